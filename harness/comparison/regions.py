"""The regions in which two images differ."""

from collections.abc import Iterator
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
"""Cells along the longer side: what is less than two cells apart is one region."""
_LEAST_CELL = 8

_Cells: TypeAlias = npt.NDArray[np.bool_]
_Slices: TypeAlias = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions that differ most, and how many more there are."""

    listed: tuple[Region, ...] = ()
    """By greatest difference, then by pixels."""
    more: int = 0


def regions_of(delta: Pixels) -> Regions:
    """Return the regions of ``delta``, the differences of pixels in levels (uint8, height × width).

    Pixels count from NOTICEABLE levels, or from 1 where none differs as much. Regions are what empty rows and columns
    of cells (a 32nd of the longer side, at least 8 pixels) separate; their boxes are tight and never overlap.
    """
    side = max(_LEAST_CELL, -(-max(delta.shape) // _CELLS))
    rows, columns = (edges(length, side) for length in delta.shape)
    down = np.array([delta[top:bottom].max(axis=0) for top, bottom in pairwise(rows)])
    cells: Any = np.maximum.reduceat(down, columns[:-1], axis=1)
    greatest = int(cells.max())
    if not greatest:
        return Regions()
    least = NOTICEABLE if greatest >= NOTICEABLE else 1
    found = sorted(_separated(cells >= least), key=lambda one: -int(cells[one].max()))
    kept = [
        _region(delta, rows[y.start], rows[y.stop], columns[x.start], columns[x.stop], least) for y, x in found[:MOST]
    ]
    kept.sort(key=lambda one: (-one.greatest, -one.pixels, one.box))
    return Regions(tuple(kept), len(found) - len(kept))


def _separated(cells: _Cells, top: int = 0, left: int = 0) -> Iterator[_Slices]:
    """Cut cells at empty rows, each part at empty columns, and so on, until there is nothing to cut."""
    parts = [
        (slice(y.start, y.stop), slice(x.start, x.stop))
        for y in _runs(np.asarray(cells.any(axis=1)))
        for x in _runs(np.asarray(cells[y].any(axis=0)))
    ]
    for y, x in parts:
        if len(parts) == 1 and cells[y, x].shape == cells.shape:
            yield slice(top + y.start, top + y.stop), slice(left + x.start, left + x.stop)
        else:
            yield from _separated(cells[y, x], top + y.start, left + x.start)


def _runs(used: _Cells) -> list[slice]:
    """Return where consecutive ones are."""
    padded = np.zeros(len(used) + 2, np.int8)
    padded[1:-1] = used
    changes = np.flatnonzero(np.diff(padded)).tolist()
    return [slice(start, stop) for start, stop in zip(changes[::2], changes[1::2], strict=True)]


def _region(delta: Pixels, top: int, bottom: int, left: int, right: int, least: int) -> Region:
    """Return the region of the pixels of ``least`` levels or more in a part of the image."""
    part = delta[top:bottom, left:right]
    counted = part >= least
    y, x = (np.flatnonzero(counted.any(axis=axis)) for axis in (1, 0))
    box = (left + int(x[0]), top + int(y[0]), int(x[-1] - x[0]) + 1, int(y[-1] - y[0]) + 1)
    return Region(box, int(np.count_nonzero(counted)), int(part.max()))
