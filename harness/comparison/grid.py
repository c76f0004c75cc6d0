"""The blocks that an image is cut into, and the boxes that are left out of it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.comparison.panel import BLOCK, WINDOW
from harness.image import Pixels
from harness.records import Box

FILL = 128
"""The level that ignored pixels get in both images."""


def edges(side: int, block: int = BLOCK) -> list[int]:
    """Return where the blocks of a side of ``side`` pixels begin, and its end: ``[0, 16, …, side]``. The last block
    takes the remainder."""
    return [*range(0, max(1, side // block) * block, block), side]


def ignored(height: int, width: int, boxes: Sequence[Box]) -> npt.NDArray[np.bool_] | None:
    """Return which pixels the boxes cover (height × width), or None when none is. Boxes may reach over the edge."""
    if not boxes:
        return None
    mask = np.zeros((height, width), np.bool_)
    for box in boxes:
        mask[max(0, box.y) : max(0, box.y + box.height), max(0, box.x) : max(0, box.x + box.width)] = True
    return mask if mask.any() else None


def filled(pixels: Pixels, mask: npt.NDArray[np.bool_]) -> Pixels:
    """Return a copy with the ignored pixels at one level, opaque, so that nothing of them can reach a metric."""
    copy = pixels.copy()
    copy[mask, :3] = FILL
    copy[mask, 3:] = 255
    return copy


def without_ignored(pixels: Pixels, boxes: Sequence[Box]) -> Pixels:
    """Return pixels with those that the boxes cover at one level; the same array where they cover none."""
    mask = ignored(pixels.shape[0], pixels.shape[1], boxes)
    return pixels if mask is None else filled(pixels, mask)


def windows_touching(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the centers (height × width) of all windows that reach an ignored pixel."""
    from scipy.ndimage import maximum_filter1d

    for axis in (0, 1):
        mask = maximum_filter1d(mask, WINDOW, axis, mode="constant")
    return mask
