"""Changes of place that keep the pixels: turned, shifted, cropped, padded."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.comparison.explanation.sides import Floats, Found, Sides, mean_difference
from harness.comparison.heat import absolute_difference
from harness.image import Pixels
from harness.records import Reason
from harness.vocabulary import Code

TURNS: Mapping[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
    "left-right": lambda x: x[:, ::-1],
    "top-bottom": lambda x: x[::-1],
    "rotated-180": lambda x: x[::-1, ::-1],
    "rotated-90": lambda x: np.rot90(x, -1),
    "rotated-270": lambda x: np.rot90(x),
    "transposed": lambda x: x.swapaxes(0, 1),
    "transverse": lambda x: x[::-1, ::-1].swapaxes(0, 1),
}
"""What makes the new image of the accepted one; ``rotated-90`` is clockwise."""
_CLEARER = 0.5
"""The largest part of the difference without a shift that some pixels may leave at an offset."""
_POINTS = 500
_FEWEST = 100
_PEAKS = 2
_LOOSE = 2.5
"""By how much more than an explanation may leave, a reduced image may leave before the whole one is looked at."""

Offset = tuple[int, int]


def turned(sides: Sides) -> Iterator[Found]:
    """Find a mirroring, a rotation by 90°, 180° or 270°, or a transposition."""
    ranked = []
    for how, turn in TURNS.items():
        small = turn(sides.small_a)
        if turn(sides.a).shape == sides.b.shape and small.shape == sides.small_b.shape:
            ranked.append((float(np.abs(small - sides.small_b).mean()), how))
    for screened, how in sorted(ranked)[:2]:
        if sides.explains(screened / _LOOSE):
            left = mean_difference(np.ascontiguousarray(TURNS[how](sides.a)), sides.b)
            yield Found(Reason(Code.CHANGE_TURNED, {"how": how, "left": left}), left)


def moved(sides: Sides) -> Iterator[Found]:
    """Find a shift by whole pixels; of images of other sizes a part that was cut out, or a border that was added."""
    height, width = sides.a.shape[:2]
    new_height, new_width = sides.b.shape[:2]
    if sides.same_size or (new_height <= height and new_width <= width):
        for offset in offsets(sides.green_a, sides.green_b, (sides.small_a, sides.small_b)):
            yield from _shifted(sides, offset) if sides.same_size else _cropped(sides, offset)
    elif new_height >= height and new_width >= width:
        for y, x in offsets(sides.green_b, sides.green_a, (sides.small_b, sides.small_a)):
            left = mean_difference(sides.b[y : y + height, x : x + width], sides.a)
            box = [x, y, width, height]
            yield Found(Reason(Code.CHANGE_PADDED, {"box": box, "left": left}), left)


def _cropped(sides: Sides, offset: Offset) -> Iterator[Found]:
    (y, x), (height, width) = offset, sides.b.shape[:2]
    left = mean_difference(sides.a[y : y + height, x : x + width], sides.b)
    yield Found(Reason(Code.CHANGE_CROPPED, {"box": [x, y, width, height], "filter": None, "left": left}), left)


def _shifted(sides: Sides, offset: Offset) -> Iterator[Found]:
    """``offset``: the pixel of the accepted image that the first pixel of the new one shows; may be negative."""
    y, x = offset
    if offset == (0, 0):
        return
    old, new = zip(*(_overlap(one, side) for one, side in zip(offset, sides.a.shape[:2], strict=True)), strict=True)
    left = mean_difference(sides.a[old], sides.b[new])
    edge = "cut"
    if sides.explains(left):
        whole = mean_difference(np.roll(sides.a, (-y, -x), axis=(0, 1)), sides.b)
        edge = "wrapped" if sides.explains(whole) and whole <= max(2 * left, 0.5) else "cut"
        left = whole if edge == "wrapped" else left
    yield Found(Reason(Code.CHANGE_SHIFTED, {"x": -x, "y": -y, "edge": edge, "left": left}), left)


def _overlap(offset: int, side: int) -> tuple[slice, slice]:
    """Return which part of the accepted image is which part of the new one, along one axis."""
    old, new = max(0, offset), max(0, -offset)
    length = side - old - new
    return slice(old, old + length), slice(new, new + length)


def offsets(large: Pixels, part: Pixels, small: tuple[Floats, Floats]) -> Iterator[Offset]:
    """Yield at which pixel of ``large`` the first pixel of ``part`` may lie, the most likely first; both are levels,
    height × width.

    By phase correlation of both, reduced (``small``), then by the mean difference of some pixels around each of its
    peaks. Of equal sizes an offset may be negative, and at most half of a side.
    """
    a, b = small
    factor = -(-large.shape[0] // a.shape[0])
    if min(b.shape) < 4:
        return
    spectrum = np.fft.rfft2(a - a.mean()) * np.conj(np.fft.rfft2(b - b.mean(), a.shape))
    strength = np.abs(spectrum)
    surface = np.fft.irfft2(spectrum / (strength + 1e-3 * strength.max() + 1e-9), a.shape)
    same = large.shape == part.shape
    points = _points(part, b, factor)
    ranked = (
        [] if same else [found for one in _corners(large, part) if (found := _refined(large, part, points, one, 1))]
    )
    for peak in np.argpartition(surface.ravel(), -_PEAKS)[-_PEAKS:]:
        y, x = np.unravel_index(peak, surface.shape)
        rough = [int(at) - (side if same and at > side // 2 else 0) for at, side in zip((y, x), a.shape, strict=True)]
        best = _refined(large, part, points, (rough[0] * factor, rough[1] * factor), factor)
        ranked += [] if best is None else [best]
    yield from (offset for _, offset in sorted(set(ranked))[:1])


def _corners(large: Pixels, part: Pixels) -> Iterator[Offset]:
    """Yield where a part is cut most often: the middle and the corners."""
    down, across = (one - other for one, other in zip(large.shape[:2], part.shape[:2], strict=True))
    yield down // 2, across // 2
    yield from ((y, x) for y in (0, down) for x in (0, across))


def _points(part: Pixels, small: npt.NDArray[np.float32], factor: int) -> npt.NDArray[np.intp]:
    """Return pixels of ``part`` (2 × n) where it changes most, by its reduced levels."""
    rows, columns = (min(side, pixels // factor) for side, pixels in zip(small.shape, part.shape[:2], strict=True))
    slope = np.abs(np.diff(small, axis=0, append=small[-1:])) + np.abs(np.diff(small, axis=1, append=small[:, -1:]))
    slope = slope[:rows, :columns]
    count = max(1, slope.size // 4)
    most = np.argpartition(slope, -count, axis=None)[-count:]
    chance = np.random.default_rng(0)
    chosen = chance.choice(most, _POINTS)
    places = np.array(np.unravel_index(chosen, slope.shape))
    return np.asarray(places * factor + chance.integers(0, factor, places.shape))


def _refined(
    large: Pixels, part: Pixels, points: npt.NDArray[np.intp], rough: Offset, radius: int
) -> tuple[float, Offset] | None:
    """Return the offset around a rough one at which the pixels differ least, with by how much."""
    height, width = large.shape[:2]
    there_y, there_x = points[0] + rough[0], points[1] + rough[1]
    inside = (there_y >= radius) & (there_y < height - radius) & (there_x >= radius) & (there_x < width - radius)
    if inside.sum() < _FEWEST:
        return None
    steps = np.arange(-radius, radius + 1)
    y, x = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    at = there_y[inside] * width + there_x[inside]
    moved_levels = large.reshape(-1).take(at + (y * width + x)[:, None])
    levels = part[points[0][inside], points[1][inside]]
    far = absolute_difference(moved_levels, levels).sum(axis=1, dtype=np.uint32) / len(levels)
    best = int(far.argmin())
    if large.shape == part.shape:
        same = large[points[0][inside], points[1][inside]]
        if far[best] > _CLEARER * float(absolute_difference(same, levels).mean()):
            return None
    offset = (rough[0] + int(y[best]), rough[1] + int(x[best]))
    if large.shape != part.shape:
        limits = (height - part.shape[0], width - part.shape[1])
        if not all(0 <= one <= most for one, most in zip(offset, limits, strict=True)):
            return None
    return float(far[best]), offset
