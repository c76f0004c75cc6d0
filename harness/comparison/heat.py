"""Where two images differ: an image of the same size, and the regions as data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from harness.comparison.channels import grounded, incomparable_reason, with_channels
from harness.comparison.errors import IncomparableImagesError
from harness.comparison.grid import filled, ignored
from harness.comparison.regions import Regions, regions_of
from harness.image import Pixels, alike, checked, quick_png
from harness.records import Box
from harness.vocabulary import HEAT_SCALE

_GROUND = 7
"""Grays of the unchanged image, from 8 to 50 of 255: darker than any difference; the palette has 16 colors."""
_GROUND_SIDE = 512
"""The ground has at most about that many cells a side: it shows where one is, and takes less time and space."""
_STRIP = 64
"""Rows at a time, so that the temporaries stay in the processor's cache."""
_HATCH = _GROUND + len(HEAT_SCALE)
_COLOR_OF = np.array([0, *(_GROUND - 1 + level.bit_length() for level in range(1, 256))], np.uint8)
"""The palette index of each difference in levels; 0, less than any of the ground, where there is none."""
_COLORS_OF = (_COLOR_OF[:, None].astype(np.uint16) << 8 | _COLOR_OF).reshape(-1)
"""The same of two pixels at once: half as many look-ups."""
_PALETTE = bytes(
    [8 + 7 * index for index in range(_GROUND) for _ in range(3)]
    + [part for _, color in HEAT_SCALE for part in bytes.fromhex(color[1:])]
    + [110, 110, 110]
)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Where two images differ."""

    png: bytes
    """A palette PNG of the size of the images."""
    regions: Regions
    """The places that differ."""


def heat_map(a: Any, b: Any, *, ignore: Sequence[Box] = ()) -> HeatMap:
    """Return where ``b`` differs from ``a``, pixel on pixel.

    The ground is ``b`` in dark gray, on white where it has alpha. Each changed pixel has the color of HEAT_SCALE of
    the largest difference of any channel; ``ignore`` boxes are hatched and count for nothing. Raises
    IncomparableImagesError when sizes differ, or one is gray and one in color, and UnsupportedPixelsError.
    """
    a, b = with_channels(checked(a, name="a")), with_channels(checked(b, name="b"))
    if reason := incomparable_reason(a, b):
        raise IncomparableImagesError(reason)
    a, b = alike(a, b)
    mask = ignored(b.shape[0], b.shape[1], ignore)
    if mask is not None:
        a, b = filled(a, mask), filled(b, mask)
    ground, cell = _ground(b)
    height, width = b.shape[:2]
    delta = np.zeros((height, width + width % 2), np.uint8)
    indices = np.empty_like(delta)
    for rows, levels in differences(a, b):
        delta[rows, :width] = largest(levels)
        under = ground[np.arange(rows.start, rows.stop) // cell]
        np.maximum(_COLORS_OF.take(delta[rows].view(np.uint16)).view(np.uint8), under, out=indices[rows])
    delta, indices = delta[:, :width], indices[:, :width]
    if mask is not None:
        y, x = np.ogrid[: mask.shape[0], : mask.shape[1]]
        indices[mask & ((y + x) % 6 < 2)] = _HATCH
    return HeatMap(quick_png(indices, _PALETTE), regions_of(delta))


def differences(a: Pixels, b: Pixels) -> Iterator[tuple[slice, Pixels]]:
    """Yield |a − b| of some rows at a time, with which rows those are."""
    for top in range(0, len(a), _STRIP):
        rows = slice(top, min(top + _STRIP, len(a)))
        yield rows, absolute_difference(a[rows], b[rows])


def absolute_difference(a: Pixels, b: Pixels) -> Pixels:
    """Return |a − b| of uint8 arrays of any shape."""
    levels = np.maximum(a, b)
    levels -= np.minimum(a, b)
    return levels


def difference(a: Pixels, b: Pixels) -> Pixels:
    """Return |a − b| in levels, height × width × 3; a change of alpha counts in all three channels.

    ``a`` and ``b`` are uint8, height × width × 3 or × 4. Raises IncomparableImagesError when sizes differ.
    """
    if reason := incomparable_reason(a, b):
        raise IncomparableImagesError(reason)
    a, b = alike(a, b)
    delta = absolute_difference(a, b)
    return np.asarray(np.maximum(delta[:, :, :3], delta[:, :, 3:].max(axis=2, keepdims=True, initial=0)))


def largest(levels: Pixels) -> Pixels:
    """Return the largest level of each pixel over its channels."""
    height, width, channels = levels.shape
    flat = levels.reshape(-1)
    end = flat.size - channels + 1
    # the values of a pixel lie side by side: of the array and its shifted copies, each first one is its maximum
    found = reduce(np.maximum, (flat[start : end + start] for start in range(channels)))
    return found[::channels].reshape(height, width)


def _ground(b: Pixels) -> tuple[Pixels, int]:
    """Return the palette indices of the faded image, one of each ``cell`` rows and an even width, and ``cell``."""
    cell = -(-max(b.shape[:2]) // _GROUND_SIDE)
    width = b.shape[1]
    rows = b[::cell]
    cells = np.empty((len(rows), -(-width // cell) + 1), np.uint8)
    for top in range(0, len(rows), _STRIP):
        seen = np.ascontiguousarray(grounded(rows[top : top + _STRIP])[0])
        half = seen.reshape(-1) >> 1
        gray = half >> 1
        # the values of a pixel lie side by side, as in ``largest``
        gray[:-2] += half[1:-1] + gray[2:]
        cells[top : top + _STRIP, :-1] = (gray // 37).reshape(seen.shape)[:, ::cell, 0]
    cells[:, -1] = cells[:, -2]
    return (cells if cell == 1 else cells.repeat(cell, axis=1))[:, : width + width % 2], cell
