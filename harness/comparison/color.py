"""Low-frequency color difference between two images, from the sums of their blocks."""

import numpy as np

from harness.comparison.grid import edges
from harness.comparison.raw import Floats, Ints

_WHITE = np.array([0.95047, 1.0, 1.08883])
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
MATRIX = np.ascontiguousarray(_TO_XYZ / _WHITE[:, None])
"""Linear sRGB to XYZ, each as a fraction of the white point D65 (IEC 61966-2-1)."""
_LEVELS = np.arange(257) / 255
LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
"""Linear light of the levels 0 to 255 (IEC 61966-2-1), and one more behind them for interpolation."""


def delta_e(sums_a: Ints, sums_b: Ints, height: int, width: int) -> float:
    """Return the largest CIE 1976 ΔE between the mean colors of 2 × 2 blocks (32 × 32 pixels; less in a small image).

    ``sums_a`` and ``sums_b`` are sums of levels by block (down × across × 3). Means are taken of the sRGB levels, as
    every resizing does; the curve to linear light is interpolated linearly between the 256 levels.
    """
    heights, widths = np.diff(edges(height)), np.diff(edges(width))
    pixels = _pairs(_pairs((heights[:, None] * widths)[:, :, None], 0), 1)
    mean_a = _pairs(_pairs(sums_a, 0), 1) / pixels
    mean_b = _pairs(_pairs(sums_b, 0), 1) / pixels
    return float(np.sqrt(np.square(lab(mean_a) - lab(mean_b)).sum(axis=-1)).max())


def lab(levels: Floats) -> Floats:
    """CIE L*a*b* (D65) of sRGB levels 0 to 255 (… × 3), fractions allowed."""
    whole = levels.astype(np.int64)
    linear = LINEAR[whole] + (LINEAR[whole + 1] - LINEAR[whole]) * (levels - whole)
    ratio = linear @ MATRIX.T
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (ratio * (24389 / 27) + 16) / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _pairs(values: Ints, axis: int) -> Ints:
    """Return the sums of neighbors along an axis; an axis of one block is returned as it is."""
    count = values.shape[axis]
    if count == 1:
        return values
    return np.take(values, range(count - 1), axis) + np.take(values, range(1, count), axis)
