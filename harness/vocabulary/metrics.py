"""The metrics of the panel: what each is, its unit, range, direction and definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Better(StrEnum):
    """Whether larger or smaller values mean more alike images."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``low`` and ``high`` bound its value (None = open); ``same`` is its value for equal images.

    ``unit`` is empty for a pure number. ``boolean`` metrics have True and False as values. ``viewed`` ones are measured
    by a viewer, and only where one was chosen; the others of the pixels of any two images. ``source`` says where the
    formula comes from, ``blind`` what no value of it shows.
    """

    name: str
    title: str
    unit: str
    low: float | None
    high: float | None
    better: Better
    definition: str
    same: float | None = None
    boolean: bool = False
    viewed: bool = False
    source: str = ""
    blind: str = ""

    @property
    def higher_is_closer(self) -> bool:
        """Whether a larger value means more alike."""
        return self.better == Better.HIGHER

    def can_be(self, value: float) -> bool:
        """Return whether a value is within the metric's bounds."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


EMBEDDING = "embedding"
"""The metric, and the kind of viewer that measures it."""
_HIGHER, _LOWER = Better.HIGHER, Better.LOWER
_PANEL = (
    Metric(
        "bytes_equal", "bytes equal", "", 0, 1, _HIGHER, "the two files are the same, byte for byte", 1, True,
        source="equality",
        blind="what an image shows: another encoder, or a text in the file, makes it false",
    ),
    Metric(
        "pixels_equal", "pixels equal", "", 0, 1, _HIGHER,
        "size and every level of the decoded images are the same, but for colors under alpha 0", 1, True,
        source="equality",
        blind="how much differs, and colors under alpha 0",
    ),
    Metric(
        "max_abs", "largest difference", "levels", 0, 255, _LOWER,
        "the largest |a − b| over all pixels and channels", 0,
        source="maximum norm",
        blind="how many pixels differ: one pixel of noise counts like a new object",
    ),
    Metric(
        "changed", "changed pixels", "fraction", 0, 1, _LOWER,
        "pixels that differ in any channel, as a fraction of all that are compared", 0,
        source="a share",
        blind="how much they differ: one level everywhere is 1, a new object in a corner 0.01",
    ),
    Metric(
        "mae", "mean difference", "levels", 0, 255, _LOWER, "mean |a − b| over all pixels and channels", 0,
        source="mean absolute error",
        blind="what is small: a large difference in a corner is averaged away; where it is",
    ),
    Metric(
        "psnr", "PSNR", "dB", 0, None, _HIGHER,
        "10 log10(255² / MSE), MSE the mean (a − b)² over all pixels and channels; absent (infinite) when equal",
        source="peak signal-to-noise ratio, of 8-bit levels",
        blind="what is small in a large image; where it is",
    ),
    Metric(
        "ssim", "SSIM", "", -1, 1, _HIGHER,
        "structural similarity with 7 × 7 uniform windows and sample covariance, mean over all windows inside the "
        "image and all channels: scikit-image's structural_similarity(a, b, channel_axis=-1, data_range=255)", 1,
        source="Wang, Bovik, Sheikh & Simoncelli 2004; scikit-image",
        blind="what is small in a large image, as it is a mean; tints",
    ),
    Metric(
        "ssim_block_min", "lowest block SSIM", "", -1, 1, _HIGHER,
        "the lowest mean SSIM of any block of 16 × 16 pixels, windows counted at their centers", 1,
        source="SSIM, see there",
        blind="tints; in dark or flat places noise looks like a change",
    ),
    Metric(
        "delta_e", "color difference", "ΔE", 0, None, _LOWER,
        "the largest CIE 1976 color difference between the mean colors (of sRGB levels, D65) of any 32 × 32 pixels, "
        "in steps of 16: low-frequency, so noise averages out and a tint or a changed object does not", 0,
        source="CIE 15:2004 (ΔE*ab), IEC 61966-2-1 (sRGB)",
        blind="blur, sharpening, text, grids, noise: what leaves mean colors as they are",
    ),
    Metric(
        "delta_e_block_max", "lightness of a block", "ΔE", 0, 100, _LOWER,
        "the largest mean CIE 1976 ΔE of the pixels of any 8 × 8 block, both images seen as grey (Pillow's L): it sees "
        "what is small or fine (a glyph, blur, sharpening), and no change of color alone", 0,
        source="CIE 15:2004 (L*), ITU-R BT.601 (grey)",
        blind="a color of the same grey; less than one level everywhere; where it is",
    ),
    Metric(
        "spectrum_peak", "peak of the spectrum", "", 0, 16384, _LOWER,
        "the highest power of a wave in the difference of L* against the mean power of all and 1 more, of at most "
        "128 × 128 cells, both images seen as grey: it tells grids, bands and watermarks from noise", 0,
        source="discrete Fourier transform of the L* difference, relative to its mean power",
        blind="one small place; color alone; patterns finer than its cells",
    ),
    Metric(
        "phash", "pHash", "bits", 0, 64, _LOWER, "Hamming distance of ImageHash's phash (8 × 8 DCT)", 0,
        source="ImageHash (phash)",
        blind="color; fine texture and small things: it sees 8 × 8 waves of a grey thumbnail of 32 × 32",
    ),
    Metric(
        "dhash", "dHash", "bits", 0, 64, _LOWER, "Hamming distance of ImageHash's dhash (8 × 8 gradients)", 0,
        source="ImageHash (dhash)",
        blind="color; what is smaller than a ninth of a side",
    ),
    Metric(
        "whash", "wHash", "bits", 0, 64, _LOWER, "Hamming distance of ImageHash's whash (8 × 8 Haar)", 0,
        source="ImageHash (whash, Haar)",
        blind="color; what is smaller than an eighth of a side",
    ),
    Metric(
        "colorhash", "color hash", "bits", 0, 42, _LOWER,
        "Hamming distance of ImageHash's colorhash (3 bits for black, for grey and for 12 hue and saturation bins)", 0,
        source="ImageHash (colorhash)",
        blind="where anything is: it counts the colors of the whole image, coarsely",
    ),
    Metric(
        EMBEDDING, "embedding distance", "", 0, 2, _LOWER,
        "1 − the cosine of the vectors that the chosen viewer of kind `embedding` makes of the two images", 0,
        viewed=True,
        source="cosine of the model's own vectors",
        blind="what its model does not tell apart; a value of another model means something else",
    ),
)  # fmt: skip

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _PANEL})
"""Every built-in metric by name, in the order it is shown. Plug-ins add theirs behind."""
PANEL = tuple(name for name, metric in METRICS.items() if not metric.viewed)
"""The metrics of the pixels of two images."""
HASHES = ("phash", "dhash", "whash", "colorhash")
"""The metrics that are distances of hashes."""
KEY_METRICS: Mapping[str, str] = MappingProxyType({"ssim": "ssim", "delta_e": "ΔE", "changed": "changed"})
"""The metrics that are shown beside a trial, and their short names."""


def higher_is_closer(name: str) -> bool:
    """Return whether a larger value means more alike; False for a metric that is not in the panel."""
    return name in METRICS and METRICS[name].higher_is_closer
