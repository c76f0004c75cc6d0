"""Arrays of one, three or four channels as the metrics want them."""

import numpy as np

from harness.image import Pixels

_MODES = {1: "grey", 3: "RGB", 4: "RGBA"}


def incomparable_reason(a: Pixels, b: Pixels) -> str:
    """Why two arrays height × width × channels cannot be compared with each other; empty when they can."""
    if a.shape[:2] != b.shape[:2]:
        return f"the sizes differ: {a.shape[1]}×{a.shape[0]} and {b.shape[1]}×{b.shape[0]}"
    if a.shape != b.shape:
        return f"the modes differ: {_MODES[a.shape[2]]} and {_MODES[b.shape[2]]}"
    return ""


def with_channels(pixels: Pixels) -> Pixels:
    """Height × width × channels; one channel for a grey array."""
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def rgb(pixels: Pixels) -> Pixels:
    """Three channels: grey repeated, alpha left out, as ImageHash sees an image. C-contiguous."""
    channels = pixels.shape[2]
    if channels == 3:
        return pixels
    return np.repeat(pixels, 3, axis=2) if channels == 1 else np.ascontiguousarray(pixels[:, :, :3])
