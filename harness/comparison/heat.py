"""A small image of where two images differ."""

from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from harness.comparison.channels import grounded, incomparable_reason, with_channels
from harness.comparison.errors import IncomparableImagesError
from harness.comparison.grid import filled, ignored
from harness.image import Pixels, alike, checked, quick_png
from harness.records import Box, Comparison

_CLASSES = ((1, "#fbe08d"), (3, "#fdb94d"), (9, "#f57f2c"), (25, "#d93b2b"), (65, "#a0104c"), (129, "#4a0d5c"))
"""Least difference in levels of each class, and its color: light to dark, distinguished without hue too."""
_GREYS = 64
_HEAT = _GREYS
_FRAME = _HEAT + len(_CLASSES)
_PAPER, _INK, _IGNORED = _FRAME + 1, _FRAME + 2, _FRAME + 3
_COLOR_OF = np.searchsorted([least for least, _ in _CLASSES], range(256), side="right").astype(np.uint8) + (_HEAT - 1)
"""The palette index of each difference in levels, from 1."""
_MAX_SIDE = 512
_MIN_WIDTH = 300
_LINE = 18

_Part: TypeAlias = tuple[int, str]


def heat_map(a: Any, b: Any, comparison: Comparison | None = None, *, ignore: Sequence[Box] = ()) -> bytes:
    """Return a palette PNG of where ``b`` differs from ``a``, with a legend below.

    The ground is ``b``, faded to grey, on white where it has alpha; what changed is colored by the largest difference
    of any channel, in six classes from 1 to 255 levels; ``ignore`` boxes are hatched; the blocks of ``comparison`` (its
    most changed places) are framed. An image with a side of more than 512 pixels is reduced by a whole number, each
    cell showing the largest difference in it. Raises IncomparableImagesError when sizes differ, or one is grey and one
    in color, and UnsupportedPixelsError.
    """
    a, b = with_channels(checked(a, name="a")), with_channels(checked(b, name="b"))
    reason = incomparable_reason(a, b)
    if reason:
        raise IncomparableImagesError(reason)
    a, b = alike(a, b)
    mask = ignored(b.shape[0], b.shape[1], ignore)
    if mask is not None:
        a, b = filled(a, mask), filled(b, mask)
    cell = -(-max(b.shape[:2]) // _MAX_SIDE)
    delta = _largest(a, b, cell)
    scale = max(1, min(4, _MAX_SIDE // (2 * max(delta.shape))))
    indices = _ground(b, cell)
    indices = np.where(delta > 0, _COLOR_OF[delta], indices)
    if mask is not None:
        rows, columns = np.indices(indices.shape)
        out = mask[::cell, ::cell]
        indices[out & ((rows + columns) % 6 < 2)] = _IGNORED
    if scale > 1:
        indices = indices.repeat(scale, axis=0).repeat(scale, axis=1)
    return _generated(indices, comparison, scale / cell, ignoring=mask is not None)


def difference(a: Pixels, b: Pixels) -> Pixels:
    """Return |a − b| in levels, height × width × 3; a change of alpha counts in all three channels.

    ``a`` and ``b`` are uint8, height × width × 3 or × 4. Raises IncomparableImagesError when sizes differ.
    """
    if reason := incomparable_reason(a, b):
        raise IncomparableImagesError(reason)
    a, b = alike(a, b)
    delta = np.maximum(a, b) - np.minimum(a, b)
    return np.asarray(np.maximum(delta[:, :, :3], delta[:, :, 3:].max(axis=2, keepdims=True, initial=0)))


def _largest(a: Pixels, b: Pixels, cell: int) -> Pixels:
    """Return the largest |a − b| of each cell × cell pixels over all channels."""
    delta = np.maximum(a, b) - np.minimum(a, b)
    delta = reduce(np.maximum, np.moveaxis(delta, 2, 0))
    if cell == 1:
        return np.asarray(delta)
    # zeros fill the last cells: they are no difference
    rows, columns = (-(-side // cell) * cell - side for side in delta.shape)
    delta = np.pad(delta, ((0, rows), (0, columns))) if rows or columns else delta
    down = reduce(np.maximum, (delta[start::cell] for start in range(cell)))
    return np.asarray(reduce(np.maximum, (down[:, start::cell] for start in range(cell))))


def _ground(b: Pixels, cell: int) -> Pixels:
    """Palette indices of the faded grey image."""
    red, green, blue = np.moveaxis(grounded(b[::cell, ::cell])[0], 2, 0)
    parts = (np.multiply(plane, part, dtype=np.uint16) for plane, part in ((red, 77), (green, 150), (blue, 29)))
    grey = reduce(np.add, parts) >> 8
    return np.asarray((grey * _GREYS >> 8).astype(np.uint8))


def _generated(indices: npt.NDArray[np.uint8], comparison: Comparison | None, zoom: float, *, ignoring: bool) -> bytes:
    height, width = indices.shape
    parts: list[_Part] = [(_HEAT + i, _range(i)) for i in range(len(_CLASSES))]
    frames = comparison.blocks if comparison else ()
    if frames:
        parts.append((_FRAME, "lowest SSIM"))
    if ignoring:
        parts.append((_IGNORED, "ignored"))
    wide = max(width, _MIN_WIDTH)
    legend = _legend(tuple(parts), wide)
    image = Image.new("P", (wide, height), _PAPER)
    image.paste(Image.fromarray(indices), ((wide - width) // 2, 0))
    canvas = ImageDraw.Draw(image)
    for x, y, w, h in frames:
        left = (wide - width) // 2 + int(x * zoom)
        canvas.rectangle(
            (left, int(y * zoom), left + max(2, int(w * zoom)) - 1, int((y + h) * zoom) - 1), outline=_FRAME
        )
    return quick_png(np.concatenate([np.asarray(image), legend]), bytes(_palette()))


@lru_cache(maxsize=16)
def _legend(parts: tuple[_Part, ...], width: int) -> Pixels:
    """Return the legend, in indices of the palette: drawing its texts takes longer than the map of a small image."""
    font = ImageFont.load_default(size=11)
    places, height = _laid_out(parts, width, font)
    image = Image.new("P", (width, height), _PAPER)
    canvas = ImageDraw.Draw(image)
    canvas.fontmode = "1"
    for (index, text), (x, y) in zip(parts, places, strict=True):
        canvas.rectangle((x, y + 3, x + 11, y + 14), fill=index, outline=_INK)
        canvas.text((x + 16, y + 2), text, fill=_INK, font=font)
    return np.asarray(image)


def _laid_out(
    parts: Sequence[_Part], width: int, font: "ImageFont.FreeTypeFont | ImageFont.ImageFont"
) -> tuple[list[tuple[int, int]], int]:
    """Return where each part of the legend goes, line by line, and the height of all."""
    x, y = 6, 4
    places = []
    for _, text in parts:
        need = 16 + int(font.getlength(text)) + 12
        if x + need > width and x > 6:
            x, y = 6, y + _LINE
        places.append((x, y))
        x += need
    return places, y + _LINE + 2


def _range(index: int) -> str:
    least = _CLASSES[index][0]
    most = _CLASSES[index + 1][0] - 1 if index + 1 < len(_CLASSES) else 255
    return f"{least}-{most}" + (" levels" if index + 1 == len(_CLASSES) else "")


def _palette() -> list[int]:
    greys = [level for i in range(_GREYS) for level in [170 + i * 85 // (_GREYS - 1)] * 3]
    heat = [level for _, color in _CLASSES for level in bytes.fromhex(color[1:])]
    return [*greys, *heat, 0, 110, 200, 255, 255, 255, 40, 40, 40, 150, 150, 150]
