"""Changes that resample: another size, or a part of the image enlarged to the whole."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.comparison.explanation.sides import LEFT, Found, Sides, mean_difference
from harness.image import Pixels
from harness.records import Reason
from harness.vocabulary import Code

FILTERS = ("nearest", "box", "bilinear", "bicubic", "lanczos")
"""Pillow's filters that are tried; each antialiases when it reduces, but for ``nearest``."""
_SIDE = 32
_GRID = 32
_REGION = 96
_LARGEST_MARGIN = 4
"""A crop that is enlarged is looked for up to this part of a side cut at each border."""

Area = tuple[float, float, float, float]


def resized(sides: Sides) -> Iterator[Found]:
    """Find the accepted image in another size."""
    small = [_scaled(side, (_SIDE, _SIDE), "box").astype(np.float32) for side in (sides.a, sides.b)]
    if float(np.abs(small[0] - small[1]).mean()) > LEFT:
        return
    height, width = sides.a.shape[:2]
    name, left = _filtered(sides, (0, 0, width, height))
    sizes = {"before": [width, height], "after": [sides.b.shape[1], sides.b.shape[0]]}
    yield Found(Reason(Code.CHANGE_RESIZED, {**sizes, "filter": name, "left": left}), left)


def zoomed(sides: Sides) -> Iterator[Found]:
    """Find the middle of the accepted image enlarged to its size: with equal margins, or margins in
    proportion to the sides."""
    height, width = sides.a.shape[:2]
    factor = sides.factor
    a, b = sides.small_a, sides.small_b
    at = (np.arange(_GRID) + 0.5) / _GRID
    shown = _cells(b, at, at)
    margins = [
        (y, x)
        for margin in range(factor, min(height, width) // _LARGEST_MARGIN, factor)
        for y, x in {(margin, margin), _proportional(margin, height, width)}
    ]
    if not margins:
        return
    down, across = (np.array(cut)[:, None] for cut in zip(*margins, strict=True))
    far = np.abs(_cells(a, _within(at, down / height), _within(at, across / width)) - shown).mean(axis=(1, 2))
    rough = margins[int(far.argmin())]
    if float(far.min()) > 0.65 * float(np.abs(_cells(a, at, at) - shown).mean()):
        return
    both = (rough[0] == rough[1], rough == _proportional(min(rough), height, width))
    boxes = [
        (x, y, width - x, height - y)
        for margin in range(max(1, min(rough) - factor - 1), min(rough) + factor + 2)
        for tried, (y, x) in zip(both, ((margin, margin), _proportional(margin, height, width)), strict=True)
        if tried
    ]
    box = min(boxes, key=lambda one: _left_in_region(sides, one, "bilinear"))
    if not sides.explains(_left_in_region(sides, box, "bilinear") / 2):
        return
    name, left = _filtered(sides, box)
    x, y, right, bottom = box
    yield Found(Reason(Code.CHANGE_CROPPED, {"box": [x, y, right - x, bottom - y], "filter": name, "left": left}), left)


def _proportional(margin: int, height: int, width: int) -> tuple[int, int]:
    """Return margins (top, left) of equal parts of both sides, ``margin`` of the shorter one."""
    short = min(height, width)
    return round(height * margin / short), round(width * margin / short)


def _within(at: Any, part: float) -> Any:
    return part + at * (1 - 2 * part)


def _cells(small: Any, down: Any, across: Any) -> Any:
    """Return the cells at places from 0 to 1 of each axis, which may be several series of places."""
    rows, columns = (down * small.shape[0]).astype(int), (across * small.shape[1]).astype(int)
    return small[rows[..., :, None], columns[..., None, :]]


def _filtered(sides: Sides, box: Area) -> tuple[str, float]:
    """Return the filter that makes the new image of an area of the accepted one best, and what it leaves."""
    name = min(FILTERS, key=lambda one: _left_in_region(sides, box, one))
    height, width = sides.b.shape[:2]
    return name, mean_difference(_scaled(sides.a, (width, height), name, box), sides.b)


def _left_in_region(sides: Sides, box: Area, name: str) -> float:
    """Return the mean difference in the middle of the image."""
    height, width = sides.b.shape[:2]
    h, w = min(height, _REGION), min(width, _REGION)
    # off the middle, so that a wrong scale shows as a shift
    y, x = (height - h) // 4, (width - w) // 4
    across, down = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    area = (box[0] + x * across, box[1] + y * down, box[0] + (x + w) * across, box[1] + (y + h) * down)
    return mean_difference(_scaled(sides.a, (w, h), name, area), sides.b[y : y + h, x : x + w])


def _scaled(pixels: Pixels, size: tuple[int, int], name: str, box: Area | None = None) -> Pixels:
    from PIL import Image

    how = Image.Resampling[name.upper()]
    if box is None:
        return np.asarray(Image.fromarray(pixels).resize(size, how))
    # only what the area needs is given to Pillow, which copies all that it gets
    edge = 8 + int(4 * max(1.0, (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]))
    x, y = max(0, int(box[0]) - edge), max(0, int(box[1]) - edge)
    part = np.ascontiguousarray(pixels[y : int(box[3]) + edge, x : int(box[2]) + edge])
    area = (box[0] - x, box[1] - y, box[2] - x, box[3] - y)
    return np.asarray(Image.fromarray(part).resize(size, how, area))
