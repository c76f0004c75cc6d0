"""From the results of an arm to its figures. Pure: the same results give the same figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from harness.judge import weakest
from harness.records import Latency, Share, Shown, TrialKey, TrialResult
from harness.study.figures import cost_of, percentile, share
from harness.vocabulary import CheckOutcome, Level, Source, Verdict

NEEDED = {50: 1, 90: 10, 99: 100}
"""How many generations a percentile needs before it says more than the slowest one."""


def latency_of(results: Sequence[TrialResult]) -> Latency:
    """Return the latency over generations made one at a time, in the order they were made; what came from a cache is
    left out."""
    seconds = [result.seconds for result in results if result.image is not None and result.source == Source.GENERATED]
    if not seconds:
        return Latency(None)
    first, rest = seconds[0], tuple(sorted(seconds[1:]))
    return Latency(
        first, rest, *(percentile(rest, percent) if len(rest) >= least else None for percent, least in NEEDED.items())
    )


def costs_of(results: Iterable[TrialResult]) -> tuple[float | None, float | None]:
    """US dollars an image that was generated, and in all; None where the cost of one is unknown."""
    return cost_of(
        [result.cost for result in results if result.image is not None and result.source == Source.GENERATED]
    )


def determinism_of(results: Iterable[TrialResult]) -> tuple[Level | None, dict[str, int]]:
    """Return the weakest level between repeats, and the count of seeded trials by their own weakest level."""
    levels: dict[object, list[Level]] = {}
    for result in results:
        if result.key.seed is not None and result.outcome.determinism is not None:
            levels.setdefault(result.key, []).append(result.outcome.determinism)
    counted = Counter(weakest(seen) for seen in levels.values())
    return (weakest(counted) if counted else None), {str(level): count for level, count in counted.items()}


def checks_of(results: Iterable[TrialResult], asked: Mapping[TrialKey, int]) -> tuple[Share, dict[str, Share], int]:
    """Return checks passed of those decided, all and by tag, and how many could not be decided.

    ``asked`` is how many checks a trial has: all of them count as failed when there is no image, for what was
    refused shows nothing. ``results`` hold one generation per trial, so that repeats of one image do not count twice.
    """
    every: Counter[bool] = Counter()
    tags: dict[str, Counter[bool]] = {}
    undecided = 0
    for result in results:
        outcomes = [finding.outcome for finding in result.findings]
        if result.image is None:
            outcomes = [CheckOutcome.FAIL] * asked.get(result.key, 0)
        decided = Counter(
            outcome == CheckOutcome.PASS for outcome in outcomes if outcome in (CheckOutcome.PASS, CheckOutcome.FAIL)
        )
        undecided += len(outcomes) - decided.total()
        every += decided
        for tag in result.tags:
            tags[tag] = tags.get(tag, Counter()) + decided
    return _share(every), {tag: _share(tags[tag]) for tag in sorted(tags) if tags[tag]}, undecided


def missing_of(results: Iterable[TrialResult]) -> dict[str, int]:
    """Count generations without an image, by verdict."""
    return dict(Counter(result.outcome.verdict for result in results if result.image is None))


def shown_of(results: Iterable[TrialResult], folder: str) -> tuple[Shown, ...]:
    """Return the images to look at; ``folder`` is where the arm's files are, relative to the bench."""
    return tuple(
        Shown(
            trial=f"{result.key.case}/{result.key.variant}-s{result.key.seed}"
            if result.key.seed is not None
            else f"{result.key.case}/{result.key.variant} #{result.attempt.index + 1}",
            prompt=result.recipe.request.prompt,
            image=replace(result.image, file=f"{folder}/{result.image.file}") if result.image else None,
            verdict=result.outcome.verdict,
            tags=result.tags,
            findings=result.findings,
            reasons=result.outcome.reasons if result.outcome.verdict != Verdict.NEW else (),
        )
        for result in results
    )


def _share(counted: Counter[bool]) -> Share:
    return share(counted[True], counted.total())
