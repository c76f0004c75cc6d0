"""SSIM in numpy, from exact integer moments.

With s = a + b and d = a − b, the sums S, D, Σs², Σd² over a window hold all that SSIM needs, and every one fits 32
bits for 8-bit levels and 7 × 7 windows. With n = 49 and c = n / (n − 1) the sample covariance's factor, multiplying
numerator and denominator by (2n²)² / c gives

    SSIM = (S² − D² + 2n²C1) (Vs − Vd + 2n²C2/c) / ((S² + D² + 2n²C1) (Vs + Vd + 2n²C2/c)),   Vx = n Σx² − (Σx)²

where everything but the four constants' additions, two products and the quotient is exact.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from harness.comparison.grid import edges
from harness.comparison.panel import WINDOW
from harness.comparison.raw import Floats, Ints
from harness.image import Pixels

C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2
_N = WINDOW * WINDOW
K1 = 2 * _N * _N * C1
K2 = 2 * _N * (_N - 1) * C2
_STRIP = 4

Skip = npt.NDArray[np.bool_] | None


def ssim_blocks(a: Pixels, b: Pixels, skip: Skip) -> tuple[Floats, Ints] | None:
    """Return sums and counts of SSIM values by block, or None when a side is smaller than the window.

    ``a`` and ``b`` are uint8, height × width × channels; ``skip`` (height × width) marks centers to leave out. Worked
    in strips of a few rows of blocks, so that the temporaries stay small whatever the image.
    """
    height, width, _ = a.shape
    radius = WINDOW // 2
    if min(height, width) < WINDOW:
        return None
    rows, columns = edges(height), edges(width)
    sums = np.zeros((len(rows) - 1, len(columns) - 1))
    counts = np.zeros(sums.shape, np.int64)
    for first in range(0, len(rows) - 1, _STRIP):
        last = min(first + _STRIP, len(rows) - 1)
        top, bottom = max(rows[first], radius), min(rows[last], height - radius)
        part = slice(top - radius, bottom + radius)
        values = _ssim_map(a[part], b[part])
        weights = np.full(values.shape[:2], a.shape[2], np.int64)
        if skip is not None:
            out = skip[top:bottom, radius : width - radius]
            values[out] = 0
            weights[out] = 0
        starts_down = [max(row, radius) - top for row in rows[first:last]]
        starts_across = [max(column, radius) - radius for column in columns[:-1]]
        sums[first:last] = _by_block(values.sum(axis=2), starts_down, starts_across)
        counts[first:last] = _by_block(weights, starts_down, starts_across)
    return sums, counts


def _by_block(values: npt.NDArray[Any], down: list[int], across: list[int]) -> npt.NDArray[Any]:
    return np.asarray(np.add.reduceat(np.add.reduceat(values, down, axis=0), across, axis=1))


def _ssim_map(a: Pixels, b: Pixels) -> Floats:
    """SSIM (rows − 6) × (columns − 6) × channels."""
    wide = a.astype(np.int16)
    total = wide + b
    delta = wide - b
    sum_total = _box(total).astype(np.int32)
    sum_delta = _box(delta).astype(np.int32)
    square_total = _box(np.square(total, dtype=np.int32))
    square_delta = _box(np.square(delta, dtype=np.int32))
    sum_total *= sum_total
    sum_delta *= sum_delta
    square_total *= _N
    square_total -= sum_total
    square_delta *= _N
    square_delta -= sum_delta
    top = (sum_total - sum_delta) + K1
    top *= (square_total - square_delta) + K2
    sum_total += sum_delta
    square_total += square_delta
    bottom = sum_total + K1
    bottom *= square_total + K2
    top /= bottom
    return np.asarray(top, np.float64)


def _box(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return sums over 7 × 7 windows of (rows × columns × channels), by doubling: four additions an axis."""
    pairs = values[:-1] + values[1:]
    down = pairs[:-5] + pairs[2:-3]
    down += pairs[4:-1]
    down += values[6:]
    pairs = down[:, :-1] + down[:, 1:]
    across = pairs[:, :-5] + pairs[:, 2:-3]
    across += pairs[:, 4:-1]
    across += down[:, 6:]
    return np.asarray(across)
