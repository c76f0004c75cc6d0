"""Arrays of one, three or four channels as the metrics need them."""

import numpy as np

from harness.image import Pixels, on_ground

GROUNDS = (255, 0)
"""Levels of the grounds that an image with alpha is composited on: white and black."""


def incomparable_reason(a: Pixels, b: Pixels) -> str:
    """Why two arrays height × width × channels cannot be compared with each other; empty when they can."""
    if a.shape[:2] != b.shape[:2]:
        return f"the sizes differ: {a.shape[1]}×{a.shape[0]} and {b.shape[1]}×{b.shape[0]}"
    if (a.shape[2] == 1) != (b.shape[2] == 1):
        modes = ["grey" if one.shape[2] == 1 else "colored" for one in (a, b)]
        return f"the modes differ: {' and '.join(modes)}"
    return ""


def with_channels(pixels: Pixels) -> Pixels:
    """Height × width × channels; one channel for a grey array."""
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def grounded(pixels: Pixels) -> tuple[Pixels, ...]:
    """Return what a viewer sees, three channels each, C-contiguous: an image with alpha on each of GROUNDS; grey
    repeated."""
    if pixels.shape[2] == 4:
        return tuple(on_ground(pixels, level) for level in GROUNDS)
    return (np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels,)
