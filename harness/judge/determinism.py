"""How alike repeated generations of one recipe are, as a level."""

from collections.abc import Iterable, Mapping

from harness.judge.floor import SCALES, score
from harness.records import Comparison, Finding
from harness.vocabulary import EMBEDDING, LEVELS, CheckOutcome, Level

LSB = 2.0
"""Largest difference of any channel value, of 255, that counts as ``lsb``."""
PERCEPTUAL: Mapping[str, float] = {name: scale for name, scale in SCALES.items() if name != EMBEDDING}
"""Limits of ``perceptual`` without a measured noise floor: the scales of the metrics of pixels."""


def level_between(
    comparison: Comparison, findings: tuple[tuple[Finding, ...], tuple[Finding, ...]] | None = None
) -> Level:
    """Return the determinism level of two generations of one recipe.

    ``bytes`` › ``pixels`` › ``lsb`` (max|Δ| ≤ 2) › ``perceptual`` (a score of 1 at most, of the metrics
    of pixels) ›
    ``structural`` (the same checks came out the same way, answered by the same judges; needs ``findings`` of both, not
    empty) › ``none``.
    ``distribution`` cannot be decided from two images.
    """
    if comparison.value("bytes_equal") == 1.0:
        return Level.BYTES
    if comparison.same_pixels:
        return Level.PIXELS
    largest = comparison.value("max_abs")
    if largest is not None and largest <= LSB:
        return Level.LSB
    apart = score(comparison, PERCEPTUAL)
    if apart is not None and apart <= 1:
        return Level.PERCEPTUAL
    if findings is not None and findings[0] and _outcomes(findings[0]) == _outcomes(findings[1]):
        return Level.STRUCTURAL
    return Level.NONE


def weakest(levels: Iterable[Level]) -> Level:
    """Return the weakest of some levels. Raises ValueError for none at all."""
    return max(levels, key=LEVELS.index)


def _outcomes(findings: tuple[Finding, ...]) -> list[tuple[str, CheckOutcome, str | None]]:
    return [(finding.check, finding.outcome, finding.judge) for finding in findings]
