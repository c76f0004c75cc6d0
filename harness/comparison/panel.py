"""What each metric of the panel is: name, unit, range, direction and definition, as plain data.

Only the standard library is imported here, so that suites and reports can ask without loading any numerics.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from harness.comparison.plugins import comparators

BLOCK = 16
"""Side of a block in pixels: a side of n pixels has max(1, n // 16) blocks, and the last takes the remainder."""
WINDOW = 7
"""Side of the SSIM window in pixels."""
GAUSSIAN_WINDOW = 11
"""Side of the Gaussian SSIM window in pixels (σ = 1.5, cut at 3.5 σ)."""
FLAT_RANGE = 2
"""Grey levels: an image whose grey spans no more than this has no structure that a hash could hold."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``low`` and ``high`` bound its value (None = open); ``same`` is its value for equal images.

    ``better`` is ``higher`` or ``lower``: which way images are more alike. ``unit`` is empty for a pure number.
    ``boolean`` metrics have True and False as values.
    """

    name: str
    title: str
    unit: str
    low: float | None
    high: float | None
    better: str
    definition: str
    same: float | None = None
    boolean: bool = False


_BUILT_IN = (
    Metric(
        "bytes_equal", "bytes equal", "", 0, 1, "higher", "the two files are the same, byte for byte", 1, boolean=True
    ),
    Metric(
        "pixels_equal",
        "pixels equal",
        "",
        0,
        1,
        "higher",
        "size, mode and every level of the decoded images are the same",
        1,
        boolean=True,
    ),
    Metric(
        "max_abs",
        "largest difference",
        "levels",
        0,
        255,
        "lower",
        "the largest |a − b| over all pixels and channels",
        0,
    ),
    Metric(
        "changed",
        "changed pixels",
        "fraction",
        0,
        1,
        "lower",
        "pixels that differ in any channel, as a fraction of all that are compared",
        0,
    ),
    Metric("mae", "mean difference", "levels", 0, 255, "lower", "mean |a − b| over all pixels and channels", 0),
    Metric(
        "psnr",
        "PSNR",
        "dB",
        0,
        None,
        "higher",
        "10 log10(255² / MSE), MSE the mean (a − b)² over all pixels and channels; absent (infinite) when equal",
    ),
    Metric(
        "ssim",
        "SSIM",
        "",
        -1,
        1,
        "higher",
        "structural similarity with 7 × 7 uniform windows and sample covariance, mean over all windows inside the "
        "image and all channels: scikit-image's structural_similarity(a, b, channel_axis=-1, data_range=255). On "
        "request Gaussian windows, σ = 1.5, population covariance (Wang et al. 2004)",
        1,
    ),
    Metric(
        "ssim_block_min",
        "lowest block SSIM",
        "",
        -1,
        1,
        "higher",
        "the lowest mean SSIM of any block of 16 × 16 pixels, windows counted at their centers",
        1,
    ),
    Metric(
        "delta_e",
        "color difference",
        "ΔE",
        0,
        None,
        "lower",
        "the largest CIE 1976 color difference between the mean colors (of sRGB levels, D65) of any 32 × 32 pixels, "
        "in steps of 16: low-frequency, so noise averages out and a tint or a changed object does not",
        0,
    ),
    Metric("phash", "pHash", "bits", 0, 64, "lower", "Hamming distance of ImageHash's phash (8 × 8 DCT)", 0),
    Metric("dhash", "dHash", "bits", 0, 64, "lower", "Hamming distance of ImageHash's dhash (8 × 8 gradients)", 0),
    Metric("whash", "wHash", "bits", 0, 64, "lower", "Hamming distance of ImageHash's whash (8 × 8 Haar)", 0),
    Metric(
        "colorhash",
        "color hash",
        "bits",
        0,
        42,
        "lower",
        "Hamming distance of ImageHash's colorhash (3 bits for black, for grey and for 12 hue and saturation bins)",
        0,
    ),
)

HASHES = ("phash", "dhash", "whash", "colorhash")
"""The metrics that are distances of hashes."""


@cache
def metrics() -> Mapping[str, Metric]:
    """Every metric by name: the built-in panel in its order, then the installed comparators' by name.

    Raises ComparatorError when an installed comparator cannot be used.
    """
    table = {metric.name: metric for metric in _BUILT_IN}
    for plugin in comparators().values():
        table[plugin.name] = Metric(
            plugin.name, plugin.name, plugin.unit, plugin.low, plugin.high, plugin.better, plugin.definition
        )
    return MappingProxyType(table)
