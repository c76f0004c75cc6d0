"""How alike repeated generations of one recipe are, as a level."""

from collections.abc import Iterable

from harness.records import Comparison, Finding
from harness.vocabulary import LEVELS, CheckOutcome, Level

LSB = 2.0
"""Largest difference of any channel value, of 255, that counts as ``lsb``."""
BLOCK_SSIM = 0.90
DELTA_E = 2.0
"""Limits of ``perceptual`` without a measured noise floor: lowest block SSIM and low-frequency color difference."""


def level_between(
    comparison: Comparison, findings: tuple[tuple[Finding, ...], tuple[Finding, ...]] | None = None
) -> Level:
    """Return the determinism level of two generations of one recipe.

    ``bytes`` › ``pixels`` › ``lsb`` (max|Δ| ≤ 2) › ``perceptual`` (lowest block SSIM ≥ .90 and ΔE ≤ 2) ›
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
    block, color = comparison.value("ssim_block_min"), comparison.value("delta_e")
    if block is not None and color is not None and block >= BLOCK_SSIM and color <= DELTA_E:
        return Level.PERCEPTUAL
    if findings is not None and findings[0] and _outcomes(findings[0]) == _outcomes(findings[1]):
        return Level.STRUCTURAL
    return Level.NONE


def weakest(levels: Iterable[Level]) -> Level:
    """Return the weakest of some levels. Raises ValueError for none at all."""
    return max(levels, key=LEVELS.index)


def _outcomes(findings: tuple[Finding, ...]) -> list[tuple[str, CheckOutcome, str | None]]:
    return [(finding.check, finding.outcome, finding.judge) for finding in findings]
