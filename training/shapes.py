"""Signed distances (in pixels, negative inside) of the shapes of the training images."""

import math

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def polygon(points: list[tuple[float, float]], x: Field, y: Field) -> Field:
    """Return the signed distance to a closed polygon; ``points`` in the units of ``x`` and ``y``."""
    p = np.asarray(points, np.float32)
    q = np.roll(p, -1, axis=0)
    edge = q - p
    dx, dy = x[..., None] - p[:, 0], y[..., None] - p[:, 1]
    t = np.clip((dx * edge[:, 0] + dy * edge[:, 1]) / (edge**2).sum(1), 0, 1)
    near = ((dx - t * edge[:, 0]) ** 2 + (dy - t * edge[:, 1]) ** 2).min(-1)
    crosses = (p[:, 1] > y[..., None]) != (q[:, 1] > y[..., None])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = p[:, 0] + dy / edge[:, 1] * edge[:, 0]
    inside = (crosses & (x[..., None] < at)).sum(-1) % 2 == 1
    return np.where(inside, -np.sqrt(near), np.sqrt(near)).astype(np.float32)


def _star(points: int, inner: float) -> list[tuple[float, float]]:
    """Return a star of outer radius 1, one tip up."""
    out = []
    for i in range(2 * points):
        r = 1.0 if i % 2 == 0 else inner
        a = math.pi * i / points
        out.append((r * math.sin(a), -r * math.cos(a)))
    return out


def _heart() -> list[tuple[float, float]]:
    """Return the classical heart curve, scaled to the unit box."""
    out = []
    for i in range(26):
        a = 2 * math.pi * i / 26
        hx = 16 * math.sin(a) ** 3
        hy = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
        out.append((hx / 16, -(hy + 2.5) / 14.5))
    return out


_K = 0.36
OUTLINES: dict[str, list[tuple[float, float]]] = {
    "square": [(-0.92, -0.92), (0.92, -0.92), (0.92, 0.92), (-0.92, 0.92)],
    "triangle": [(0, -1), (1, 0.88), (-1, 0.88)],
    "star": _star(5, 0.42),
    "heart": _heart(),
    "diamond": [(0, -1), (1, 0), (0, 1), (-1, 0)],
    "cross": [
        (-_K, -1), (_K, -1), (_K, -_K), (1, -_K), (1, _K), (_K, _K),
        (_K, 1), (-_K, 1), (-_K, _K), (-1, _K), (-1, -_K), (-_K, -_K),
    ],
    "house": [(0, -1), (1, -0.12), (0.82, -0.12), (0.82, 1), (-0.82, 1), (-0.82, -0.12), (-1, -0.12)],
    "sun": _star(10, 0.74),
}  # fmt: skip
"""Shapes in the unit box [-1, 1]², y down."""

ROOF = [(0, -1), (1, -0.12), (-1, -0.12)]
DOOR = [(-0.22, 0.36), (0.22, 0.36), (0.22, 1.0), (-0.22, 1.0)]
TRUNK = [(-0.2, 0.2), (0.2, 0.2), (0.24, 1.0), (-0.24, 1.0)]
HOLE = 0.54
"""Radius of the hole of a ring, of the outer radius 1."""


def ellipse(x: Field, y: Field, rx: float, ry: float) -> Field:
    """Return an approximate signed distance to an axis-parallel ellipse (exact for a circle)."""
    return ((np.sqrt((x / rx) ** 2 + (y / ry) ** 2) - 1) * min(rx, ry)).astype(np.float32)


def scaled(points: list[tuple[float, float]], rx: float, ry: float) -> list[tuple[float, float]]:
    """Return the points scaled to the half extents (rx, ry)."""
    return [(px * rx, py * ry) for px, py in points]


def distance(shape: str, x: Field, y: Field, rx: float, ry: float) -> Field:
    """Return the signed distance of a shape with half extents (rx, ry), centered on the origin."""
    if shape in ("circle", "stars"):
        return ellipse(x, y, rx, ry)
    if shape == "ring":
        return np.maximum(ellipse(x, y, rx, ry), -ellipse(x, y, rx * HOLE, ry * HOLE))
    if shape == "moon":
        bite = ellipse(x - np.float32(0.52 * rx), y + np.float32(0.16 * ry), rx * 0.88, ry * 0.88)
        return np.maximum(ellipse(x, y, rx, ry), -bite)
    if shape == "tree":
        crown = ellipse(x, y + np.float32(0.32 * ry), rx, ry * 0.68)
        return np.minimum(crown, polygon(scaled(TRUNK, rx, ry), x, y))
    return polygon(scaled(OUTLINES[shape], rx, ry), x, y)
