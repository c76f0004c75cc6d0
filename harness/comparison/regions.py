"""The regions in which two images differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.comparison.grid import edges
from harness.image import Pixels
from harness.records import Region
from harness.vocabulary import NOTICEABLE

MOST = 12
"""Regions that are listed; the others are counted."""
_CELLS = 32
"""Cells along the longer side: what lies in cells that touch is one region."""
_LEAST_CELL = 8

_Cell: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions that differ most, and how many more there are."""

    listed: tuple[Region, ...] = ()
    """By greatest difference, then by pixels."""
    more: int = 0


def regions_of(delta: Pixels) -> Regions:
    """Return the regions of ``delta``, the differences of pixels in levels (uint8, height × width).

    Pixels count from NOTICEABLE levels, or from 1 where none differs as much. A region is what lies in cells (a 32nd of
    the longer side, at least 8 pixels) that touch; its box is tight, and each pixel is in one region.
    """
    side = max(_LEAST_CELL, -(-max(delta.shape) // _CELLS))
    rows, columns = (edges(length, side) for length in delta.shape)
    down = np.array([delta[top:bottom].max(axis=0) for top, bottom in pairwise(rows)])
    greatest: Any = np.maximum.reduceat(down, columns[:-1], axis=1)
    if not greatest.any():
        return Regions()
    least = NOTICEABLE if greatest.max() >= NOTICEABLE else 1
    used = greatest >= least
    if used.all():
        return Regions((_bounded(delta, (0, 0), least),))
    found = [sorted(cells) for cells in _touching(used)]
    levels = greatest.tolist()
    found.sort(key=lambda cells: (-max(levels[y][x] for y, x in cells), -len(cells), cells))
    kept = [_region(delta, cells, rows, columns, least) for cells in found[:MOST]]
    kept.sort(key=lambda one: (-one.greatest, -one.pixels, one.box))
    return Regions(tuple(kept), len(found) - len(kept))


def _touching(used: npt.NDArray[np.bool_]) -> Iterator[list[_Cell]]:
    """Yield the cells that are used, those together that touch, if only at a corner."""
    left = {(y, x) for y, x in np.argwhere(used).tolist()}
    while left:
        found = [left.pop()]
        for y, x in found:
            near = left & {(y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
            left -= near
            found += near
        yield found


def _region(delta: Pixels, cells: Sequence[_Cell], rows: Sequence[int], columns: Sequence[int], least: int) -> Region:
    """Return the region of the pixels of ``least`` levels or more in some cells."""
    y, x = np.array(cells).T
    top, left, bottom, right = y.min(), x.min(), y.max() + 1, x.max() + 1
    part = delta[rows[top] : rows[bottom], columns[left] : columns[right]]
    if len(cells) < (bottom - top) * (right - left):
        own = np.zeros((bottom - top, right - left), np.uint8)
        own[y - top, x - left] = 255
        high, wide = np.diff(rows[top : bottom + 1]), np.diff(columns[left : right + 1])
        part = part & own.repeat(wide, axis=1).repeat(high, axis=0)
    return _bounded(part, (columns[left], rows[top]), least)


def _bounded(part: Pixels, corner: tuple[int, int], least: int) -> Region:
    """Return the region of the pixels of ``least`` levels or more in a part of the differences, which begins at x, y of
    ``corner``."""
    counted = part >= least
    down, across = (np.flatnonzero(counted.any(axis=axis)) for axis in (1, 0))
    x, y = corner[0] + int(across[0]), corner[1] + int(down[0])
    box = (x, y, int(across[-1] - across[0]) + 1, int(down[-1] - down[0]) + 1)
    return Region(box, int(np.count_nonzero(counted)), int(part.max()))
