"""Resampling by integers: a native image to the asked size with clean edges, and an input image to the canvas.

Coefficients are integers in units of 1/4096, made from rational positions; a sum is below 2^53, so it is exact in
float64 whatever the order. Enlarging is a Catmull–Rom spline followed by steepening: a value is pushed away from
the middle of what the source shows near it and never beyond it, so edges become narrow and get no halo.
"""

import numpy as np
from numpy.typing import NDArray

from harness.painter.layout import UNIT

Ints = NDArray[np.int64]

ONE = 4096
STEEP = 2
"""How much narrower edges become, at most."""


def _normalized(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows of integers that add up to ONE, the rounding error given to the greatest."""
    total = weights.sum(1, keepdims=True)
    out: NDArray[np.float64] = np.rint(weights * ONE / total)
    out[np.arange(len(out)), out.argmax(1)] += ONE - out.sum(1)
    return out


def _positions(start: int, length: int, outputs: int) -> tuple[Ints, Ints, int]:
    """Return for each output the source pixel left of its center, the rest as a fraction, and its divisor."""
    divisor = 2 * UNIT * outputs
    # Center of output i in source pixels, less one half: (start + (2i+1)·length / (2·outputs)) / UNIT − 1/2.
    top = 2 * outputs * start + (2 * np.arange(outputs, dtype=np.int64) + 1) * length - UNIT * outputs
    return top // divisor, top % divisor, divisor


def spline(source: int, start: int, length: int, outputs: int, *, linear: bool = False) -> NDArray[np.float64]:
    """Return the matrix (outputs × source) that enlarges [start, start + length) (in sixteenths of a pixel)."""
    left, rest, divisor = _positions(start, length, outputs)
    # The fraction f on a grid of 1/1024: its cubes are exact integers.
    f = (rest * 1024 + divisor // 2) // divisor
    g = 1024
    if linear:
        taps = {0: (g - f), 1: f}
    else:
        taps = {
            -1: -f * g * g + 2 * f * f * g - f * f * f,
            0: 2 * g * g * g - 5 * f * f * g + 3 * f * f * f,
            1: f * g * g + 4 * f * f * g - 3 * f * f * f,
            2: -f * f * g + f * f * f,
        }
    out = np.zeros((outputs, source))
    for offset, weight in taps.items():
        np.add.at(out, (np.arange(outputs), np.clip(left + offset, 0, source - 1)), weight)
    return _normalized(out)


def average(source: int, start: int, length: int, outputs: int) -> NDArray[np.float64]:
    """Return the matrix (outputs × source) that averages an image onto a canvas of ``outputs`` native pixels.

    The image covers the part [start, start + length) of the canvas (in sixteenths of a native pixel);
    beyond it, its edge is repeated.
    """
    edges = np.arange(outputs + 1, dtype=np.int64) * UNIT - start
    low = np.clip(edges[:-1] * source, 0, length * source - length)
    high = np.clip(edges[1:] * source, length, length * source)
    high = np.maximum(high, low + length)
    pixels = np.arange(source, dtype=np.int64)[None] * length
    cover = np.minimum(high[:, None], pixels + length) - np.maximum(low[:, None], pixels)
    return _normalized(np.maximum(cover, 0).astype(np.float64))


def apply(rows: NDArray[np.float64], columns: NDArray[np.float64], image: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return rows · image · columnsᵀ for every channel, in units of 1/2^24 of the image's."""
    source = image.astype(np.float64)
    across = np.einsum("oj,hjc->hoc", columns, source, optimize=True)
    out: NDArray[np.float64] = (rows @ across.reshape(len(source), -1)).reshape(len(rows), len(columns), -1)
    return out


def enlarge(image: NDArray[np.uint8], frame: tuple[int, int, int, int], width: int, height: int) -> NDArray[np.uint8]:
    """Return the part ``frame`` (x0, y0, x1, y1 in sixteenths of a pixel) of a native image at width × height."""
    h, w = image.shape[:2]
    x0, y0, x1, y1 = frame
    if (x1 - x0, y1 - y0) == (width * UNIT, height * UNIT) and x0 % UNIT == y0 % UNIT == 0:
        return np.ascontiguousarray(image[y0 // UNIT : y1 // UNIT, x0 // UNIT : x1 // UNIT])
    smooth = apply(spline(h, y0, y1 - y0, height), spline(w, x0, x1 - x0, width), image)
    near = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="edge")
    windows = [near[dy : dy + h, dx : dx + w] for dy in range(3) for dx in range(3)]
    rows = spline(h, y0, y1 - y0, height, linear=True)
    columns = spline(w, x0, x1 - x0, width, linear=True)
    least = apply(rows, columns, np.minimum.reduce(windows))
    most = apply(rows, columns, np.maximum.reduce(windows))
    middle = (least + most) / 2
    sharp = np.clip(middle + STEEP * (smooth - middle), least, most)
    return np.clip(np.rint(sharp / (ONE * ONE)), 0, 255).astype(np.uint8)


def reduce(image: NDArray[np.uint8], frame: tuple[int, int, int, int], width: int, height: int) -> NDArray[np.float64]:
    """Return an image averaged onto the part ``frame`` of a canvas of width × height native pixels, in 0..255."""
    x0, y0, x1, y1 = frame
    h, w = image.shape[:2]
    total = apply(average(h, y0, y1 - y0, height), average(w, x0, x1 - x0, width), image)
    return np.rint(total / (ONE * ONE))
