"""Changes of each pixel by itself: the order of the channels, a curve of the levels, alpha."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np

from harness.comparison.explanation.sides import Floats, Found, Sides, mean_difference
from harness.comparison.heat import absolute_difference
from harness.image import Pixels, on_ground
from harness.records import Reason
from harness.vocabulary import Code

_FEWEST = 200
_STEPS = 64
_ROUNDED = 0.6
"""The mean difference, in levels, that a curve may leave: that of rounding."""


def channels(sides: Sides) -> Iterator[Found]:
    """Find an order of the channels, as the accepted image's stand in the new one: ``BGR``."""
    a, b = (np.ascontiguousarray(side.T) for side in sides.sample)
    far = absolute_difference(a[:, None], b).sum(axis=2, dtype=np.uint32).tolist()
    orders = list(permutations(range(3)))[1:]
    sums, order = min((sum(far[old][new] for new, old in enumerate(order)), order) for order in orders)
    screened = sums / a.size
    if sides.explains(screened):
        left = _left_by_planes(sides, order)
        yield Found(Reason(Code.CHANGE_CHANNELS, {"order": "".join("RGB"[i] for i in order), "left": left}), left)


def curve(sides: Sides) -> Iterator[Found]:
    """Find a curve that maps every level of every channel: a straight line, a power, or fewer levels."""
    a, b = (side.astype(np.float32) for side in sides.sample)
    for find in (_line, _power, _bands):
        found = find(a, b)
        if found is None:
            continue
        code, data, function = found
        if sides.explains(float(np.abs(function(a) - b).mean())):
            table = np.clip(np.rint(function(np.arange(256, dtype=np.float32))), 0, 255).astype(np.uint8)
            left = mean_difference(table[sides.a], sides.b)
            if left <= _ROUNDED:
                yield Found(Reason(code, data | {"left": left}), left)


_Curve = tuple[Code, dict[str, object], Callable[[Floats], Any]]


def _line(a: Floats, b: Floats) -> _Curve | None:
    """b = gain · a + offset, cut at 0 and 255."""
    # what is cut, and what rounding near the ends bends, says nothing of the line
    inside = (b > 4) & (b < 251)
    x, y = a[inside], b[inside]
    if x.size < _FEWEST or np.ptp(x) < 16:
        return None
    middle = x.mean()
    gain = round(float(((x - middle) * (y - y.mean())).sum() / np.square(x - middle).sum()), 2)
    offset = round(2 * float((y - gain * x).mean())) / 2
    return (
        Code.CHANGE_LINE,
        {"gain": gain, "offset": offset},
        lambda levels: np.clip(levels * gain + offset, 0, 255),
    )


def _power(a: Floats, b: Floats) -> _Curve | None:
    """b = 255 · (a / 255) ^ gamma."""
    inside = (a > 8) & (a < 247) & (b > 2) & (b < 253)
    if inside.sum() < _FEWEST:
        return None
    x, y = np.log(a[inside] / 255), np.log(b[inside] / 255)
    gamma = round(float((x * y).sum() / (x * x).sum()), 3)
    if not 0.1 <= gamma <= 10 or abs(gamma - 1) < 0.02:
        return None
    return (
        Code.CHANGE_GAMMA,
        {"gamma": gamma},
        lambda levels: np.float32(255) * (levels / np.float32(255)) ** np.float32(gamma),
    )


def _bands(a: Floats, b: Floats) -> _Curve | None:
    """Fewer levels, evenly spaced: rounded to the nearest, or cut to the one below."""
    there, before = (np.flatnonzero(np.bincount(side.reshape(-1).astype(np.uint8))) for side in (b, a))
    if not 2 <= there.size <= _STEPS or before.size < 2 * there.size:
        return None
    step = float(np.median(np.diff(there)))
    count = round(255 / step) + 1
    rounded: list[tuple[int, Callable[[Floats], Floats]]] = [
        (count, lambda levels: np.rint(np.rint(levels / 255 * (count - 1)) / (count - 1) * 255)),
        (round(256 / step), lambda levels: np.floor(levels / step) * step),
    ]
    levels, function = min(rounded, key=lambda one: float(np.abs(one[1](a) - b).mean()))
    return Code.CHANGE_BANDS, {"levels": levels}, function


def alpha(a: Pixels, b: Pixels, before: float) -> Iterator[Found]:
    """Find what was done with alpha, of images of the same size of which one or both have it (straight, × 4)."""
    if a.shape[2] == 4 and b.shape[2] == 3:
        yield from (
            Found(Reason(Code.CHANGE_ALPHA, {"how": how, "left": left}), left)
            for how, made in (("on-white", on_ground(a, 255)), ("on-black", on_ground(a, 0)), ("dropped", a[..., :3]))
            if (left := mean_difference(np.ascontiguousarray(made), b)) <= before
        )
    elif a.shape[2] == b.shape[2] == 4 and np.array_equal(a[..., 3], b[..., 3]):
        left = mean_difference(_premultiplied(a), b)
        yield Found(Reason(Code.CHANGE_ALPHA, {"how": "premultiplied", "left": left}), left)
        left = mean_difference(a, _premultiplied(b))
        yield Found(Reason(Code.CHANGE_ALPHA, {"how": "straight", "left": left}), left)
    elif a.shape[2] == 3:
        left = mean_difference(a, np.ascontiguousarray(b[..., :3]))
        yield Found(Reason(Code.CHANGE_ALPHA, {"how": "added", "left": left}), left)


def _premultiplied(pixels: Pixels) -> Pixels:
    levels = pixels.astype(np.uint16)
    levels[..., :3] = (levels[..., :3] * levels[..., 3:] + 127) // 255
    return levels.astype(np.uint8)


def _left_by_planes(sides: Sides, order: tuple[int, ...]) -> float:
    return mean_difference(np.ascontiguousarray(sides.a[..., list(order)]), sides.b)
