"""An image as a few numbers of color and edges: what sets of images are compared with each other by.

Two images of an unseeded model never match pixel by pixel; what stays is how colors and edges are distributed. The
numbers, in the order of FEATURES:

- ``L0…L7``, ``a0…a5``, ``b0…b5``: how the pixels fall over CIE L*a*b* (D65): L* in 8 bins from 0 to 100, a* and b* in
  6 bins from −60 to 60. A pixel between two bin centers counts for both in proportion, so a small shift of color is a
  small change; the square root of each share is taken, so that rare colors count (Hellinger distance).
- ``L_mean a_mean b_mean``, ``L_sd a_sd b_sd``, ``chroma_mean chroma_sd``: in units of 10 ΔE.
- ``gradient_1 gradient_2 gradient_4``: mean gradient of L* at once, twice and four times reduced; log(1 + x).
- ``sharp_1 sharp_2``: log of the mean absolute Laplacian of L* over the mean gradient, likewise: how abrupt the edges
  are, whatever their number: blur, fine texture and coding noise.

An image whose shorter side is 512 or more is first averaged over whole k × k pixels to a side of 256 to 511, so the
numbers hardly depend on the size. Pixels with alpha are composited on white.
"""

from typing import Any

import numpy as np
from PIL import Image

from harness.comparison.channels import grounded, with_channels
from harness.comparison.color import lab
from harness.comparison.raw import Floats
from harness.image import Pixels, checked

SIDE = 256
FAINT = 0.05
"""Added to both when edges are divided by edges: a flat image is neither sharp nor blurred."""
_BINS = {"L": (8, 0.0, 100.0), "a": (6, -60.0, 60.0), "b": (6, -60.0, 60.0)}

FEATURES: tuple[str, ...] = (
    *(f"{channel}{index}" for channel, (count, _, _) in _BINS.items() for index in range(count)),
    *("L_mean", "a_mean", "b_mean", "L_sd", "a_sd", "b_sd", "chroma_mean", "chroma_sd"),
    *("gradient_1", "gradient_2", "gradient_4", "sharp_1", "sharp_2"),
)
"""The names of the numbers, in their order."""


def features(pixels: Any) -> Floats:
    """Return the numbers of one image, ``len(FEATURES)`` of them, all finite.

    ``pixels`` is uint8, height × width, × 3 (RGB) or × 4 (RGBA). An image too narrow for a gradient at some scale has
    0 there: it has no edges at that scale. Raises UnsupportedPixelsError for other arrays.
    """
    array = with_channels(checked(pixels))
    colors = lab(reduced(grounded(array)[0]))
    flat = np.ascontiguousarray(colors.reshape(-1, 3).T)
    chroma = np.hypot(flat[1], flat[2])
    spread = [*flat.mean(axis=1), *flat.std(axis=1), chroma.mean(), chroma.std()]
    shares = [_shares(values, *bins) for values, bins in zip(flat, _BINS.values(), strict=True)]
    lightness = [colors[:, :, 0]]
    for _ in range(2):
        lightness.append(_halved(lightness[-1]))
    gradients = [_gradient(level) for level in lightness]
    sharp = [
        np.log((_laplacian(level) + FAINT) / (gradient + FAINT))
        for level, gradient in zip(lightness[:2], gradients[:2], strict=True)
    ]
    return np.concatenate([*(np.sqrt(share) for share in shares), np.divide(spread, 10), np.log1p(gradients), sharp])


def reduced(pixels: Pixels) -> Floats:
    """Return the pixels as floats, averaged over whole k × k where the shorter side is 2 · SIDE or more."""
    factor = min(pixels.shape[:2]) // SIDE
    if factor > 1:
        pixels = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(factor))
    return pixels.astype(np.float64)


def _shares(values: Floats, count: int, low: float, high: float) -> Floats:
    place = np.clip((values - low) / (high - low) * count - 0.5, 0, count - 1)
    below = np.minimum(place.astype(np.int64), count - 2)
    above = place - below
    total = np.bincount(below, 1 - above, count) + np.bincount(below + 1, above, count)
    return np.asarray(total / len(values))


def _halved(level: Floats) -> Floats:
    height, width = (side // 2 * 2 for side in level.shape)
    if not height or not width:
        return level[:0, :0]
    parts = level[:height, :width].reshape(height // 2, 2, width // 2, 2)
    return np.asarray(parts.mean(axis=(1, 3)))


def _gradient(level: Floats) -> float:
    if min(level.shape) < 2:
        return 0.0
    down, across = np.diff(level, axis=0)[:, :-1], np.diff(level, axis=1)[:-1]
    return float(np.hypot(down, across).mean())


def _laplacian(level: Floats) -> float:
    if min(level.shape) < 3:
        return 0.0
    sides = level[:-2, 1:-1] + level[2:, 1:-1] + level[1:-1, :-2] + level[1:-1, 2:]
    return float(np.abs(sides - 4 * level[1:-1, 1:-1]).mean())
