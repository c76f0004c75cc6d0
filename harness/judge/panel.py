"""Reading the panel: single values, and which of several accepted pictures is the closest."""

from harness.judge.evidence import Reference
from harness.records import Comparison


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
