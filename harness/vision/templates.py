"""What each shape looks like: signed distances in the unit box, from which soft templates of any size are made."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Points = tuple[tuple[float, float], ...]

CELLS = 22
"""Cells across the box of a patch."""

MARGIN = 2
"""Cells around the box."""

GRID = CELLS + 2 * MARGIN
TURNS = (-7.0, -3.5, 0.0, 3.5, 7.0)
"""Rotations tried, in degrees; houses and trees stand straighter than that, but a shake of the hand is allowed."""


def _star(points: int, inner: float) -> Points:
    """Return a star of outer radius 1 with one tip up."""
    radii = [1.0, inner] * points
    return tuple((r * math.sin(math.pi * i / points), -r * math.cos(math.pi * i / points)) for i, r in enumerate(radii))


def _heart() -> Points:
    """Return the heart curve 16 sin³, 13 cos − 5 cos 2 − 2 cos 3 − cos 4, in the unit box."""
    out = []
    for i in range(32):
        a = 2 * math.pi * i / 32
        y = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
        out.append((math.sin(a) ** 3, -(y + 2.5) / 14.5))
    return tuple(out)


_ARM = 0.36
_POLYGONS: dict[str, Points] = {
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "triangle": ((0, -1), (1, 1), (-1, 1)),
    "star": _star(5, 0.42),
    "heart": _heart(),
    "diamond": ((0, -1), (1, 0), (0, 1), (-1, 0)),
    "cross": (
        (-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM),
        (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM),
    ),
    "house": ((0, -1), (1, -0.12), (0.82, -0.12), (0.82, 1), (-0.82, 1), (-0.82, -0.12), (-1, -0.12)),
    "sun": _star(10, 0.74),
}  # fmt: skip
_ROOF: Points = ((0, -1), (1, -0.12), (-1, -0.12))
_DOOR: Points = ((-0.22, 0.36), (0.22, 0.36), (0.22, 1.0), (-0.22, 1.0))
_TRUNK: Points = ((-0.2, 0.2), (0.2, 0.2), (0.24, 1.0), (-0.24, 1.0))
RING_HOLE = 0.54
SUN_DISC = 0.62

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "ring", "cross", "house", "tree", "sun", "moon")


@dataclass(frozen=True)
class Template:
    """Signed distances over a grid, in units of half the box (negative inside).

    ``outline`` is the whole shape; ``parts`` are inner parts: the roof and door of a house, the crown of a
    tree, the disc of a sun.
    """

    shape: str
    turn: float
    outline: Field
    parts: tuple[Field, ...] = ()


def _polygon(points: Points, x: Field, y: Field) -> Field:
    p = np.asarray(points, np.float32)
    q = np.roll(p, -1, axis=0)
    ex, ey = (q - p).T
    dx, dy = x[..., None] - p[:, 0], y[..., None] - p[:, 1]
    t = np.clip((dx * ex + dy * ey) / (ex * ex + ey * ey), 0, 1)
    near = ((dx - t * ex) ** 2 + (dy - t * ey) ** 2).min(-1)
    rises = np.where(ey == 0, np.float32(1), ey)
    crosses = (p[:, 1] > y[..., None]) != (q[:, 1] > y[..., None])
    inside = (crosses & (dx < dy / rises * ex)).sum(-1) % 2 == 1
    return np.asarray(np.where(inside, -np.sqrt(near), np.sqrt(near)), np.float32)


def _ellipse(x: Field, y: Field, rx: float = 1.0, ry: float = 1.0) -> Field:
    """Return a signed distance to an upright ellipse (exact for a circle)."""
    return ((np.sqrt((x / rx) ** 2 + (y / ry) ** 2) - 1) * min(rx, ry)).astype(np.float32)


def _distances(shape: str, x: Field, y: Field) -> tuple[Field, tuple[Field, ...]]:
    """Return the outline's and the parts' signed distances of an upright shape."""
    if shape == "circle":
        return _ellipse(x, y), ()
    if shape == "ring":
        return np.asarray(np.maximum(_ellipse(x, y), -_ellipse(x, y, RING_HOLE, RING_HOLE))), ()
    if shape == "moon":
        bite = _ellipse(x - np.float32(0.52), y + np.float32(0.16), 0.88, 0.88)
        return np.maximum(_ellipse(x, y), -bite), ()
    if shape == "tree":
        crown = _ellipse(x, y + np.float32(0.32), 1, 0.68)
        return np.minimum(crown, _polygon(_TRUNK, x, y)), (crown,)
    outline = _polygon(_POLYGONS[shape], x, y)
    if shape == "house":
        return outline, (_polygon(_ROOF, x, y), _polygon(_DOOR, x, y))
    if shape == "sun":
        return outline, (_ellipse(x, y, SUN_DISC, SUN_DISC),)
    return outline, ()


@cache
def _extent(shape: str, turn: float) -> tuple[float, float, float, float]:
    """Return the box (x0, y0, x1, y1) of a turned shape, in units of its own half extents."""
    side = np.linspace(-1.3, 1.3, 131, dtype=np.float32)
    x, y = np.meshgrid(side, side)
    c, s = np.float32(math.cos(math.radians(turn))), np.float32(math.sin(math.radians(turn)))
    inside = _distances(shape, x * c + y * s, y * c - x * s)[0] <= 0
    half = float(side[1] - side[0]) / 2
    xs, ys = side[inside.any(0)], side[inside.any(1)]
    return float(xs[0]) - half, float(ys[0]) - half, float(xs[-1]) + half, float(ys[-1]) + half


def at(shape: str, turn: float, x: Field, y: Field) -> Template:
    """Return the template of a shape turned by ``turn`` degrees, at box coordinates.

    ``x`` and ``y`` run from −1 to 1 over the box of the turned shape, y down.
    """
    x0, y0, x1, y1 = _extent(shape, turn)
    ux = np.float32((x0 + x1) / 2) + x * np.float32((x1 - x0) / 2)
    uy = np.float32((y0 + y1) / 2) + y * np.float32((y1 - y0) / 2)
    c, s = np.float32(math.cos(math.radians(turn))), np.float32(math.sin(math.radians(turn)))
    outline, parts = _distances(shape, ux * c + uy * s, uy * c - ux * s)
    return Template(shape, turn, outline, parts)


def patch_axis() -> Field:
    """Return the box coordinates of the cells of a patch along one axis."""
    return ((np.arange(GRID, dtype=np.float32) - MARGIN + 0.5) / CELLS * 2 - 1).astype(np.float32)


@cache
def library() -> tuple[Template, ...]:
    """Return every shape at every turn on the patch grid."""
    axis = patch_axis()
    x, y = np.meshgrid(axis, axis)
    return tuple(at(shape, turn, x, y) for shape in SHAPES for turn in TURNS if shape != "circle" or turn == 0)


def cover(distance: Field, soft: float) -> Field:
    """Return how much of each cell lies inside, for a smooth edge that is ``soft`` wide (box units)."""
    t = np.clip(np.float32(0.5) - distance * np.float32(1 / soft), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
