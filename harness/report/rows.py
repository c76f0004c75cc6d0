"""A trial as the page reads it: a list of cells under the names of :data:`COLUMNS`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.judge import breaches, explain
from harness.records import Comparison, Difference, Finding, ImageRef, Policy, Region, TrialResult, to_json
from harness.report.data_script import DataScript
from harness.report.formatting import show_cost, show_time
from harness.report.image_paths import Place, Places
from harness.report.text import (
    answered_by,
    because,
    box_words,
    differing_name,
    evidence_shown,
    explained,
    floor_shown,
    hint_of,
    quality_shown,
    set_shown,
    sides,
    trial_notes,
)
from harness.report.words import show_limit, show_value
from harness.vocabulary import RuleKind

COLUMNS = (
    "suite", "case", "variant", "seed", "attempt", "verdict", "status", "reason", "hint", "warnings", "determinism",
    "tags", "source", "request", "subject", "recipe", "image", "baseline", "heat", "environment",
    "baselineEnvironment", "differences", "metrics", "accepted", "regions", "moreRegions", "findings", "policy",
    "seconds", "took", "cost", "finished", "answer", "floor", "set", "explained", "codes",
)  # fmt: skip

SHARED = (
    "suite", "case", "variant", "verdict", "status", "reason", "hint", "warnings", "determinism", "tags", "source",
    "request", "subject", "differences", "policy", "set", "codes",
)  # fmt: skip
"""Columns whose cells are numbers of shared values."""
_CELLS = tuple((name, name in SHARED) for name in COLUMNS)

DIGITS = 16
"""Hex digits of a digest that the page shows."""


Embed = Callable[[str, Path | None, bool], bool]
"""Embeds an image (by its shown digest) where the page can read its pixels; says whether it could."""


def row(result: TrialResult, places: Places, script: DataScript, embed: Embed) -> list[Any]:
    """Return the cells of a trial, in the order of COLUMNS."""
    key, outcome = result.key, result.outcome
    values: dict[str, Any] = {
        "suite": key.suite,
        "case": key.case,
        "variant": key.variant,
        "seed": key.seed if key.seed is None or key.seed < 2**53 else str(key.seed),  # a browser rounds such numbers
        "attempt": result.attempt.index,
        "verdict": outcome.verdict,
        "status": outcome.status,
        "reason": because(outcome.reasons),
        "hint": hint_of(result),
        "warnings": tuple(trial_notes(result)),
        "determinism": outcome.determinism,
        "tags": result.tags,
        "source": result.source,
        # The seed stands in a column of its own, so that the seeds of a case share one request.
        "request": replace(result.recipe.request, seed=None),
        "subject": result.recipe.subject,
        "recipe": result.recipe.digest[:DIGITS],
        "image": _image(result.image, places.candidate, embed),
        "baseline": _image(result.baseline, places.baseline, embed),
        "heat": places.heat_map and places.heat_map.address,
        "environment": _environment(result.environment, script),
        "baselineEnvironment": _environment(result.baseline_environment, script),
        "differences": _differences(result.differences),
        "metrics": _metrics(result.comparison, result.policy, script),
        "accepted": result.comparison.accepted if result.comparison else 0,
        "regions": region_rows(result.comparison.regions) if result.comparison else [],
        "moreRegions": result.comparison.more_regions if result.comparison else 0,
        "findings": [_finding(finding, script, result.finished) for finding in result.findings],
        "policy": result.policy,
        "seconds": round(result.seconds, 4),
        "took": show_time(result.seconds),
        "cost": None if result.cost is None else show_cost(result.cost),
        "finished": result.finished,
        "answer": result.answer,
        "floor": floor_shown(result.floor),
        "set": set_shown(result.set),
        "explained": [script.share(tuple(one)) for one in explained(explain(result))],
        "codes": tuple(reason.code for reason in outcome.reasons),
    }
    return [script.share(values[name]) if shared else values[name] for name, shared in _CELLS]


def _differences(found: Iterable[Difference]) -> tuple[tuple[str, ...], ...]:
    """Return name, before and after of what differs; what recipe and environment state alike is one."""
    return tuple(dict.fromkeys((differing_name(one), *sides(one.before, one.after)) for one in found))


def region_rows(regions: Sequence[Region]) -> list[list[int]]:
    """Return ``[x, y, width, height, pixels, greatest]`` of each."""
    return [[*one.box, one.pixels, one.greatest] for one in regions]


def _image(ref: ImageRef | None, place: Place | None, embed: Embed) -> list[Any] | None:
    """``[address or null, width, height, format, file digest, pixel digest, stored path, 1 when embedded]``."""
    if ref is None:
        return None
    shown = ref.file_digest[:DIGITS]
    embedded = int(place is not None and embed(shown, place.path, place.made))
    digest = ref.pixel_digest[:DIGITS]
    return [place and place.address, ref.width, ref.height, ref.format, shown, digest, ref.file, embedded]


def _environment(environment: Mapping[str, Any] | None, script: DataScript) -> list[int] | None:
    """Shared ``[name, value]`` pairs: what a whole run has in common is written once."""
    if environment is None:
        return None
    return [
        script.share((name, value) if isinstance(value, str) else [name, value]) for name, value in environment.items()
    ]


def _metrics(comparison: Comparison | None, policy: Policy | None, script: DataScript) -> list[Any] | None:
    """``[shared names, values, shared texts, shared {name: why absent}, {name: detail}, shared limits]``."""
    if comparison is None:
        return None
    measured = comparison.measurements
    absent = {name: one.absent for name, one in measured.items() if one.value is None}
    details = {name: one.detail for name, one in measured.items() if one.detail}
    return [
        script.share(tuple(measured)),
        [one.value for one in measured.values()],
        script.share(
            tuple(None if one.value is None else show_value(name, one.value) for name, one in measured.items())
        ),
        script.share_texts(absent),
        details,
        script.share_texts({} if policy is None else _limits(comparison, policy)),
    ]


def _limits(comparison: Comparison, policy: Policy) -> dict[str, tuple[str, str]]:
    """``{metric: [its limits, "met", "near" or "broken"]}``; ``near`` are those of which the suite asks to warn."""
    texts: dict[str, list[str]] = {}
    for limit in policy.drift.limits:
        texts.setdefault(limit.metric, []).append(show_limit(limit))
    broken = {breach.data["metric"] for breach in breaches(comparison, policy.drift.limits)}
    if policy.drift.kind == RuleKind.EXACT:
        texts["pixels_equal"] = ["yes"]
        broken |= set() if comparison.value("pixels_equal") else {"pixels_equal"}
    for limit in policy.warn:
        texts.setdefault(limit.metric, []).append(f"warn: {show_limit(limit)}")
    near = {breach.data["metric"] for breach in breaches(comparison, policy.warn)}
    states = {name: "broken" if name in broken else "near" if name in near else "met" for name in texts}
    return {name: (", ".join(parts), states[name]) for name, parts in texts.items()}


def _finding(finding: Finding, script: DataScript, finished: str) -> list[Any]:
    """``[check, outcome, seen, boxes, name or check, who answered, rows of evidence, words of the boxes, calibration of
    the judge]``."""
    return [
        script.share(finding.check),
        script.share(finding.outcome),
        script.share(finding.seen),
        to_json(finding.boxes),
        script.share(finding.label),
        script.share(answered_by(finding)),
        script.share(tuple(map(tuple, evidence_shown(finding)))),
        script.share(tuple(box_words(finding))),
        script.share(tuple(quality_shown(finding, finished))),
    ]
