"""Generation that starts from an input image: what may change, and how what may not is kept."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.painter.errors import OptionError
from harness.painter.layout import UNIT, Quad
from harness.painter.network import TIME
from harness.painter.sampler import Guide, encode
from harness.painter.upscale import reduce

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Boxes = Sequence[tuple[int, int, int, int]]

CALM = 12
"""Neighboring pixels that differ by less (in any channel) belong to one surface."""

FRINGE = 28
"""A pixel this much beyond the colors of the background around it belongs to a thing."""


def checked(image: NDArray[np.generic]) -> Pixels:
    """Return an input image, or raise OptionError if it is not an RGB image of bytes."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise OptionError("input_image", f"{image.dtype} {image.shape}", "an RGB image: uint8, height × width × 3")
    return image  # type: ignore[return-value]


def mask_of(mask: Mask | Boxes | None, width: int, height: int) -> Mask | None:
    """Return a mask of the image's size: as given, or True inside any of the boxes (x0, y0, x1, y1)."""
    if mask is None:
        return None
    if isinstance(mask, np.ndarray):
        if mask.dtype != np.bool_ or mask.shape != (height, width):
            raise OptionError("mask", f"{mask.dtype} {mask.shape}", f"booleans of the image's size, {width} × {height}")
        out = mask
    else:
        out = np.zeros((height, width), np.bool_)
        for x0, y0, x1, y1 in mask:
            if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
                raise OptionError("mask", (x0, y0, x1, y1), f"boxes (x0, y0, x1, y1) within {width} × {height}")
            out[y0:y1, x0:x1] = True
    if not out.any():
        raise OptionError("mask", "empty", "a mask that leaves something to generate")
    return out


def area_of(mask: Mask, frame: Quad) -> Quad:
    """Return the box around a mask on the native canvas, in sixteenths of a native pixel."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    height, width = mask.shape
    x0, y0, x1, y1 = frame
    return (
        x0 + int(columns[0]) * (x1 - x0) // width,
        y0 + int(rows[0]) * (y1 - y0) // height,
        x0 + (int(columns[-1]) + 1) * (x1 - x0) // width,
        y0 + (int(rows[-1]) + 1) * (y1 - y0) // height,
    )


def guide(image: Pixels, mask: Mask | None, strength: float, frame: Quad, canvas: tuple[int, int]) -> Guide:
    """Return the input image on the native canvas (width, height); ``strength`` 1 starts from pure noise."""
    width, height = canvas
    native = reduce(image, frame, width, height)
    small = None
    if mask is not None:
        cover = reduce(np.repeat(mask[..., None].astype(np.uint8) * 255, 3, 2), frame, width, height)
        small = cover[..., 0] > 0
    return Guide(encode(native), small, TIME - max(1, round(strength * TIME)))


def background_mask(image: Pixels) -> Mask:
    """Return where an input image shows background: calm surfaces that reach its border, and their soft edges.

    Meant for flat, generated images, such as the painter's own; integer operations only.
    """
    from scipy import ndimage

    wide = image.astype(np.int16)
    across = np.abs(np.diff(wide, axis=1)).max(-1) >= CALM
    down = np.abs(np.diff(wide, axis=0)).max(-1) >= CALM
    edge = np.zeros(image.shape[:2], np.bool_)
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    labels, _ = ndimage.label(~edge)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    ground: Mask = np.isin(labels, np.unique(border[border > 0]))
    size = max(3, 2 * (max(image.shape[:2]) * 2 // 64) + 1)
    low = np.where(ground[..., None], wide, np.int16(999))
    high = np.where(ground[..., None], wide, np.int16(-999))
    low = np.stack([ndimage.minimum_filter(low[..., c], size) for c in range(3)], -1) - FRINGE
    high = np.stack([ndimage.maximum_filter(high[..., c], size) for c in range(3)], -1) + FRINGE
    soft = edge & (wide >= low).all(-1) & (wide <= high).all(-1)
    # The kept things give up a thin rim, which still shows the old background.
    rim = max(1, max(image.shape[:2]) // 128)
    out: Mask = ndimage.binary_dilation(ground | soft, iterations=rim)
    return out


def native_frame(width: int, height: int, side: int = 64) -> tuple[tuple[int, int], Quad]:
    """Return the native canvas (width, height in pixels) for an image's size, and the part of it that is shown.

    The longer side is ``side`` pixels; the shorter is rounded up to a multiple of 8, at least 32, and cut evenly.
    """
    longer = max(width, height)
    shown = [(v * side * UNIT + longer // 2) // longer for v in (width, height)]
    canvas = [max(32, -(-v // (8 * UNIT)) * 8) for v in shown]
    x0, y0 = ((c * UNIT - s) // 2 for c, s in zip(canvas, shown, strict=True))
    return (canvas[0], canvas[1]), (x0, y0, x0 + shown[0], y0 + shown[1])
