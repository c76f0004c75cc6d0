"""Reading the panel: which of several accepted pictures is the closest, and what to say of it."""

from harness.judge.evidence import Reference
from harness.judge.limits import show
from harness.records import Comparison

TOLD = ("ssim", "ssim_block_min", "delta_e", "changed", "max_abs", "phash")
"""The measures that a reason quotes, in this order."""


def value_of(comparison: Comparison, measure: str) -> float | None:
    """The value of a measure, or None where it could not be measured."""
    measurement = comparison.measurements.get(measure)
    if measurement is None or measurement.value is None:
        return None
    return float(measurement.value)


def same_pixels(comparison: Comparison) -> bool:
    """Whether every compared pixel is equal (outside the ignored boxes)."""
    return value_of(comparison, "pixels_equal") == 1.0


def closest(references: tuple[Reference, ...]) -> Reference:
    """The reference most like the candidate: equal pixels, then mean absolute difference, then SSIM; ties by order."""

    def distance(reference: Reference) -> tuple[bool, float, float]:
        comparison = reference.comparison
        mae, ssim = value_of(comparison, "mae"), value_of(comparison, "ssim")
        far = float("inf")
        return (not same_pixels(comparison), far if mae is None else mae, far if ssim is None else -ssim)

    return min(references, key=distance)


def numbers(comparison: Comparison) -> str:
    """The telling values in one line: ``ssim 0.981, delta_e 3.2, changed 4.1 %``."""
    parts = []
    for measure in TOLD:
        value = value_of(comparison, measure)
        if value is not None:
            parts.append(
                f"changed {value * 100:.3g} %" if measure == "changed" else f"{measure} {show(round(value, 4))}"
            )
    return ", ".join(parts)
