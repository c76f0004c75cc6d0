"""Reading the panel: single values, and which of several accepted images is the closest."""

from harness.judge.evidence import Reference
from harness.records import Comparison


def value_of(comparison: Comparison, metric: str) -> float | None:
    """The value of a metric, or None where it could not be measured."""
    measurement = comparison.measurements.get(metric)
    if measurement is None or measurement.value is None:
        return None
    return float(measurement.value)


def same_pixels(comparison: Comparison) -> bool:
    """Whether every compared pixel is equal (outside the ignored boxes)."""
    return value_of(comparison, "pixels_equal") == 1.0


SEES_NOTHING = {"phash": 2.0, "ssim": 0.99}
"""A change that pHash (bits of 64) or the mean SSIM calls none."""
SEES_MUCH = {"phash": 10.0, "ssim_block_min": 0.9, "delta_e": 2.0}
"""A change that a metric calls one: pHash bits, lowest block SSIM, ΔE."""


def disagreements(comparison: Comparison) -> tuple[str, ...]:
    """Metrics that contradict each other, in sentences: ``pHash sees no change, but color does: ΔE 22.6``."""
    phash, ssim = value_of(comparison, "phash"), value_of(comparison, "ssim")
    block, color = value_of(comparison, "ssim_block_min"), value_of(comparison, "delta_e")
    blind = []
    if phash is not None and phash <= SEES_NOTHING["phash"]:
        blind.append("pHash")
    if ssim is not None and ssim >= SEES_NOTHING["ssim"]:
        blind.append(f"mean SSIM ({ssim:.4f})")
    sees = []
    if color is not None and color > SEES_MUCH["delta_e"]:
        sees.append(("color", f"ΔE {color:.1f}"))
    if block is not None and block < SEES_MUCH["ssim_block_min"]:
        sees.append(("its worst place", f"SSIM {block:.2f}"))
    found = []
    if blind and sees:
        both = " and ".join(f"{what} ({value})" for what, value in sees)
        but = f"{sees[0][0]} does: {sees[0][1]}" if len(sees) == 1 else f"{both} do"
        found.append(f"{' and '.join(blind)} {'sees' if len(blind) == 1 else 'see'} no change, but {but}")
    if phash is not None and phash >= SEES_MUCH["phash"] and block is not None and color is not None and not sees:
        found.append(f"pHash sees a change ({phash:.0f} of 64 bits), but no place and no color does")
    return tuple(found)


def closest(references: tuple[Reference, ...]) -> Reference:
    """The reference most like the candidate: equal pixels, then mean absolute difference, then SSIM; ties by order."""

    def distance(reference: Reference) -> tuple[bool, float, float]:
        comparison = reference.comparison
        mae, ssim = value_of(comparison, "mae"), value_of(comparison, "ssim")
        far = float("inf")
        return (not same_pixels(comparison), far if mae is None else mae, far if ssim is None else -ssim)

    return min(references, key=distance)
