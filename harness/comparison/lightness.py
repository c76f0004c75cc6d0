"""Differences of lightness: the largest in a small block, and whether they form waves or are noise.

The lightness of a pixel is CIE L* of its grey level (Pillow's ``L``, ITU-R BT.601). Grey it is because JPEG and WebP
halve the resolution of colors: at a sharp edge between two colors that changes the L* of a pixel by tens, and its grey
by less than one. L* is rounded to 1/256, so that all sums are whole numbers and every kernel gives the same.
"""

from functools import lru_cache

import numpy as np

from harness.comparison.color import LINEAR
from harness.comparison.grid import edges
from harness.comparison.panel import SMALL_BLOCK, SPECTRUM
from harness.comparison.raw import Floats, Ints, LightnessRaw

UNITS = 256
"""Whole numbers of one L*."""
_LIGHT = LINEAR[:256]
TABLE = np.rint(UNITS * np.where(_LIGHT > 216 / 24389, 116 * np.cbrt(_LIGHT) - 16, _LIGHT * (24389 / 27))).astype(
    np.int16
)
"""L* (CIE 15:2004, D65) of each grey level of sRGB, 0 to 100, times UNITS."""
VISIBLE = 1.0
"""Variance (L*²) that is added to that of the difference: what is too faint to be seen has no high peak."""


def cell_of(height: int, width: int) -> int:
    """Return the side in pixels of the cells of the spectrum: 1 up to 128 pixels, 2 up to 256 …"""
    return -(-max(height, width) // SPECTRUM)


def delta_e_block_max(raw: LightnessRaw, height: int, width: int) -> float:
    """Return the largest mean |ΔL*| of the pixels of one block of 8 × 8, from 0 to 100."""
    return float(_means(raw.blocks, height, width, SMALL_BLOCK).max())


def spectrum_peak(raw: LightnessRaw, height: int, width: int) -> float:
    """Return the highest power of a wave in the L* difference against the mean power of all.

    With d the mean differences of n cells less their mean, F their discrete Fourier transform and |F|²/n its power, the
    mean power is the variance s² = Σd²/(n − 1) (Parseval), and the result max |F|²/n / (s² + 1). White noise gives
    about ln n; one wave alone n/2 at most, or n where it alternates from cell to cell. 0 where nothing differs, where
    everything differs by the same, and of a single cell.
    """
    if raw.cells.size == 1:
        return 0.0
    cells = _means(raw.cells, height, width, cell_of(height, width))
    cells -= cells.mean()
    waves = np.fft.fft(np.fft.rfft(cells), axis=0)
    squares = np.square(waves.view(np.float64))
    power = squares[:, ::2] + squares[:, 1::2]
    power[0, 0] = 0.0
    variance = float(np.square(cells, out=cells).sum()) / (cells.size - 1)
    return float(power.max() / cells.size / (variance + VISIBLE))


def _means(sums: Ints, height: int, width: int, side: int) -> Floats:
    """Return the mean differences of parts, in L*."""
    return np.asarray(sums / _areas(height, width, side), np.float64)


@lru_cache(32)
def _areas(height: int, width: int, side: int) -> float | Floats:
    """Return the pixels of each part, times UNITS (a power of two rounds nothing); one number when all are equal."""
    if height % side == width % side == 0:
        return float(side * side * UNITS)
    tall, wide = (np.diff(edges(length, side)) for length in (height, width))
    return np.asarray(UNITS * tall[:, None] * wide, np.float64)
