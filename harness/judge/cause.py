"""The reason of a drift, in one clause, from what differs."""

from harness.judge.difference import Difference

TOLD = 3
"""Most differences that are named; the rest is counted."""

MADE_ELSEWHERE = frozenset({"compare", "pytest"})
"""Kinds of subject with no provider behind them: nothing is known of how the picture came about."""


def cause(changed: tuple[Difference, ...], kind: str) -> str:
    """``subject changed: …``, else ``environment changed: …``, else that neither did. ``kind`` is the subject's."""
    if kind in MADE_ELSEWHERE:
        return "the pictures differ"
    for part in ("subject", "environment"):
        named = [difference.short for difference in changed if difference.part == part]
        if named:
            more = f" and {len(named) - TOLD} more" if len(named) > TOLD else ""
            return f"{part} changed: {', '.join(named[:TOLD])}{more}"
    return "same request, subject and environment: the model or service changed, or it does not repeat"
