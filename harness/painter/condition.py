"""What the network receives: a layout as integer features, on the grid of 1/4096.

Objects enter only through the tokens (4×4 pixels each) that their boxes cover: every such pair of object and token
has a row of features that encodes which part of which shape, in which colors, the token shows. Every feature is made
of integers by + − × and by one correctly rounded division or root followed by rounding to the grid, so features are
the same on every machine.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.painter import palette
from harness.painter.layout import UNIT, Item, Layout
from harness.prompt import SCENIC, SHAPES, SKY, STYLES, TIMES

Ints = NDArray[np.int64]

ONE = 4096
"""The value 1 on the grid of features."""

TOKEN = 4
"""Width of a token in pixels."""

REACH = 4 * UNIT
"""A token describes an object when its center is at most this far outside the object's box."""

KINDS = (*SHAPES, *SKY)
GROUNDS = ("plain", *SCENIC)
_FIVE = ((0, -4096), (3896, -1266), (2408, 3314), (-2408, 3314), (-3896, -1266))
"""Directions of the five tips of a star, on the grid."""

PAIR = 2 + 4 + 3 + 1 + 4 + 2 + 18 + 8 + 5 + 4 + 2 + 9 + 1 + len(STYLES) + len(KINDS)
"""Number of features of one pair of object and token."""

GROUND = 1 + 7 + 2 + 10 + 12 + len(GROUNDS) + len(TIMES) + len(STYLES)
"""Number of features of one token's background."""

SCENE = 9 + len(GROUNDS) + len(TIMES) + len(STYLES)
"""Number of features of the whole image."""


@dataclass(frozen=True)
class Condition:
    """The features of a layout: ``pair`` rows for the tokens ``where``, a ``ground`` row for every token, ``scene``."""

    rows: int
    columns: int
    pair: Ints
    where: Ints
    ground: Ints
    scene: Ints


def divide(a: Ints, b: Ints | int) -> Ints:
    """Return a / b rounded to the nearest integer (ties to even); |a| and |b| below 2^53."""
    return np.rint(np.asarray(a, np.float64) / np.asarray(b, np.float64)).astype(np.int64)


def hats(value: Ints, centers: range) -> list[Ints]:
    """Return triangular bumps around evenly spaced centers: 1 at the center, 0 at its neighbors."""
    step = centers.step
    return [np.maximum(0, ONE - np.abs(value - c) * ONE // step) for c in centers]


def wave(value: Ints, period: int, phase: int) -> Ints:
    """Return a triangle wave in [-1, 1]."""
    return np.abs((value + phase) % period * 4 * ONE // period - 2 * ONE) - ONE


def _rgb(*colors: palette.RGB) -> list[int]:
    """Return colors as features in [-1, 1]."""
    return [(c - 128) * 32 for rgb in colors for c in rgb]


def _one(index: int, count: int) -> list[int]:
    return [ONE if i == index else 0 for i in range(count)]


def condition(layout: Layout) -> Condition:
    """Return the features of a layout."""
    rows, columns = layout.height // TOKEN, layout.width // TOKEN
    ys = (np.arange(rows, dtype=np.int64) * TOKEN + TOKEN // 2) * UNIT
    xs = (np.arange(columns, dtype=np.int64) * TOKEN + TOKEN // 2) * UNIT
    pairs, wheres = [], []
    for item in layout.items:
        iy = np.flatnonzero(np.abs(ys - item.y) * 2 <= item.h + 2 * REACH)
        ix = np.flatnonzero(np.abs(xs - item.x) * 2 <= item.w + 2 * REACH)
        dy, dx = (a.ravel() for a in np.meshgrid(ys[iy] - item.y, xs[ix] - item.x, indexing="ij"))
        wheres.append((iy[:, None] * columns + ix[None, :]).ravel())
        pairs.append(_pair(layout, item, dx, dy))
    pair = np.concatenate(pairs) if pairs else np.zeros((0, PAIR), np.int64)
    where = np.concatenate(wheres) if wheres else np.zeros(0, np.int64)
    return Condition(rows, columns, pair, where, _ground(layout, ys, xs), np.asarray(_scene(layout), np.int64))


def _pair(layout: Layout, item: Item, dx: Ints, dy: Ints) -> Ints:
    """Return the features of one item at tokens whose centers are (dx, dy) from the item's."""
    w, h = item.w, item.h
    u, v = divide(dx * 2 * ONE, w), divide(dy * 2 * ONE, h)
    uu, vv, uv = (divide(p, ONE) for p in (u * u, v * v, u * v))
    r = np.rint(np.sqrt((u * u + v * v).astype(np.float64))).astype(np.int64)
    sharp = [dx + w // 2, w // 2 - dx, dy + h // 2, h // 2 - dy]
    sharp = [np.clip(p * (ONE // 128), -2 * ONE, 2 * ONE) for p in sharp]
    round_, slant = (r - ONE) * w // 256, (np.abs(u) + np.abs(v) - ONE) * w // 256
    columns: list[Ints] = [
        u,
        v,
        np.abs(u),
        np.abs(v),
        np.abs(u) + np.abs(v),
        np.abs(u) - np.abs(v),
        uu,
        vv,
        uv,
        r,
        *sharp,
    ]
    columns += [np.clip(round_, -2 * ONE, 2 * ONE), np.clip(slant, -2 * ONE, 2 * ONE)]
    for a in (u, v):
        columns += hats(a, range(-6144, 6145, 1536))
    for a in (u, v):
        columns += [wave(a, 4096, 0), wave(a, 4096, 1024), wave(a, 2048, 0), wave(a, 2048, 512)]
    columns += [divide(u * cx + v * cy, ONE) for cx, cy in _FIVE]
    inside, line, width = palette.paints(
        item.shape, item.color, layout.style, layout.background, layout.unders(item), w
    )
    under = layout.unders(item)[0]
    flat = [w * 8, h * 8, min(2 * ONE, 128 * ONE // w), min(2 * ONE, 128 * ONE // h)]
    flat += [ONE if item.layer == 1 else 0, ONE if item.layer >= 2 else 0]
    flat += [*_rgb(inside, line, under), width * 170]
    flat += _one(STYLES.index(layout.style), len(STYLES)) + _one(KINDS.index(item.shape), len(KINDS))
    out = np.empty((dx.size, PAIR), np.int64)
    out[:, : len(columns)] = np.stack(columns, 1)
    out[:, len(columns) :] = flat
    return np.clip(out, -4 * ONE, 4 * ONE)


def _scene(layout: Layout) -> list[int]:
    ground = layout.background
    return (
        _rgb(*palette.background(ground))
        + _one(GROUNDS.index(ground.kind), len(GROUNDS))
        + _one(TIMES.index(ground.time) if ground.time else -1, len(TIMES))
        + _one(STYLES.index(layout.style), len(STYLES))
    )


def _ground(layout: Layout, ys: Ints, xs: Ints) -> Ints:
    """Return the background features of every token, row by row."""
    y, x = (a.ravel() for a in np.meshgrid(ys, xs, indexing="ij"))
    top, bottom, ground = (np.asarray(c, np.int64) for c in palette.background(layout.background))
    depth = np.clip((y - layout.horizon) * (ONE // 128), -2 * ONE, 2 * ONE)
    mix = np.clip(divide(y * ONE, layout.horizon), 0, ONE)[:, None]
    local = np.where((y > layout.horizon)[:, None], ground * ONE, top * (ONE - mix) + bottom * mix)
    columns = [depth, *hats(depth, range(-6144, 6145, 2048)), x * 8 - ONE, y * 8 - ONE]
    columns += hats(x * 8 - ONE, range(-4096, 4097, 2048)) + hats(y * 8 - ONE, range(-4096, 4097, 2048))
    out = np.empty((y.size, GROUND), np.int64)
    n = len(columns)
    out[:, :n] = np.stack(columns, 1)
    out[:, n : n + 3] = divide(local, 128) - ONE
    out[:, n + 3 :] = _scene(layout)
    return out
