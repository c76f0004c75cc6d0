"""A paired check: the same question about the accepted image and the candidate; only a changed answer counts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.judge import unchanged
from harness.records import Finding
from harness.vision import ViewedImage, ViewerError
from harness.vocabulary import CheckOutcome


def paired(image: ViewedImage, now: Finding, answered: Callable[[ViewedImage], Finding]) -> Finding:
    """Return the finding of a paired check: ``now`` is that of the candidate, ``answered`` gives that of another image.

    Where no image is accepted, the answer itself counts; where the accepted one cannot be read, nothing is decided.
    """
    try:
        accepted = image.accepted
    except ViewerError as fault:
        return replace(now, outcome=CheckOutcome.INCONCLUSIVE, seen=str(fault))
    if accepted is None:
        return replace(now, seen=f"{now.seen}; no image is accepted yet, so the answer itself counts")
    before = replace(now, cost=None) if accepted.digest == image.digest else answered(accepted)
    costs = [one.cost for one in (before, now) if one.cost is not None]
    return replace(
        now,
        outcome=unchanged(before, now),
        seen=f"accepted image: {_answer(before)}; this image: {_answer(now)}",
        evidence={"accepted": _recorded(before), "candidate": _recorded(now)},
        cost=round(sum(costs), 9) if costs else None,
        judge_quality=None,  # a change between two answers is no single answer
    )


def _answer(finding: Finding) -> str:
    return f"{finding.outcome} ({finding.seen})" if finding.seen else str(finding.outcome)


def _recorded(finding: Finding) -> dict[str, Any]:
    """Return a finding as the evidence of a paired one."""
    stated = {"judge": finding.judge, "boxes": [list(box) for box in finding.boxes]}
    found = {"outcome": str(finding.outcome), "seen": finding.seen, **stated, **(finding.evidence or {})}
    return {name: value for name, value in found.items() if value not in (None, [])}
