"""The kernel in numpy and Pillow: exact, and needing no compiler."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.comparison.color import delta_e
from harness.comparison.grid import edges
from harness.comparison.lightness import TABLE, cell_of
from harness.comparison.panel import SMALL_BLOCK
from harness.comparison.raw import Ints, LightnessRaw, OneRaw, PairRaw, SeenRaw
from harness.comparison.structure import Skip, ssim_blocks
from harness.image import Pixels

name = "numpy"
"""What this kernel is called."""

_STRIP = 64
_HUE_BIN = np.minimum(np.arange(256) / 42.5, 5).astype(np.uint8)
_BLACK, _GREY, _DULL, _BRIGHT = 256 // 8, 256 // 3, 256 * 2 // 3, 256 * 2 // 3


def pair(a: Pixels, b: Pixels, skip: Skip) -> PairRaw:
    """Numbers of two arrays height × width × channels. ``skip`` marks SSIM windows to leave out, by center."""
    largest = changed = total = squares = 0
    for top in range(0, len(a), _STRIP):
        x, y = a[top : top + _STRIP], b[top : top + _STRIP]
        delta = np.maximum(x, y)
        delta -= np.minimum(x, y)
        largest = max(largest, int(delta.max()))
        changed += int(np.count_nonzero(delta.any(axis=2)))
        total += int(delta.sum(dtype=np.uint64))
        squares += int(np.square(delta, dtype=np.uint16).sum(dtype=np.uint64))
    whole = changed and a.shape[2] < 4
    return PairRaw(largest, changed, total, squares, ssim_blocks(a, b, skip) if whole else None)


def one(pixels: Pixels) -> OneRaw:
    """Numbers of one array height × width × 3."""
    return _one(pixels, Image.fromarray(pixels).convert("L"))


def seen(a: Pixels, b: Pixels) -> SeenRaw:
    """Numbers of two arrays height × width × 3."""
    height, width, _ = a.shape
    grey_a, grey_b = (Image.fromarray(pixels).convert("L") for pixels in (a, b))
    return SeenRaw(
        _one(a, grey_a),
        _one(b, grey_b),
        delta_e(block_sums(a), block_sums(b), height, width),
        lightness(np.asarray(grey_a), np.asarray(grey_b)),
    )


def _one(pixels: Pixels, grey: Image.Image) -> OneRaw:
    height, width, _ = pixels.shape
    levels = np.asarray(grey)
    return OneRaw(
        pixels=height * width,
        small=np.asarray(grey.resize((32, 32), Image.Resampling.LANCZOS)),
        strip=np.asarray(grey.resize((9, 8), Image.Resampling.LANCZOS)),
        haar=_haar(grey),
        colors=_colors(Image.fromarray(pixels), levels),
        low=int(levels.min()),
        high=int(levels.max()),
    )


def block_sums(pixels: Pixels) -> Ints:
    """Return the sums of levels by block: blocks down × across × channels."""
    down = np.add.reduceat(pixels, edges(len(pixels))[:-1], axis=0, dtype=np.uint32)
    return np.add.reduceat(down, edges(pixels.shape[1])[:-1], axis=1, dtype=np.int64)


def lightness(a: Pixels, b: Pixels) -> LightnessRaw:
    """Differences of lightness of two planes of grey, height × width."""
    delta = TABLE[b] - TABLE[a]  # at most 25,600 either way: int16 holds it
    return LightnessRaw(_parts(np.abs(delta), SMALL_BLOCK), _parts(delta, cell_of(*delta.shape)))


def _parts(values: npt.NDArray[np.int16], side: int) -> Ints:
    """Return the sums of parts of ``side`` × ``side`` values."""
    down = np.add.reduceat(values, edges(len(values), side)[:-1], axis=0, dtype=np.int32)
    return np.add.reduceat(down, edges(values.shape[1], side)[:-1], axis=1, dtype=np.int64)


def haar_side(width: int, height: int) -> int:
    """Return the side of the square that wHash is made of: the largest power of two that fits, 8 at least."""
    return max(8, 1 << (min(width, height).bit_length() - 1))


def haar_square(grey: Image.Image) -> Pixels:
    """Grey levels brought to the square that wHash is made of."""
    side = haar_side(*grey.size)
    return np.asarray(grey.resize((side, side), Image.Resampling.LANCZOS))


def haar_bits(_pixels: Pixels) -> npt.NDArray[np.bool_] | None:
    """None: where rounding decides wHash, this kernel leaves it to ImageHash."""
    return None


def _haar(grey: Image.Image) -> Ints:
    """Return the 8 × 8 Haar means, as sums."""
    levels = haar_square(grey)
    cell = len(levels) // 8
    return np.asarray(levels.reshape(8, cell, 8, cell).sum(axis=(1, 3), dtype=np.int64))


def _colors(image: Image.Image, grey: Pixels) -> Ints:
    """Pixel counts of the 14 bins of colorhash, on Pillow's HSV."""
    hsv = np.asarray(image.convert("HSV"))
    hue, saturation = hsv[:, :, 0], hsv[:, :, 1]
    bins = _HUE_BIN[hue]
    bins += 2
    bins[saturation > _BRIGHT] += 6
    bins[saturation == _DULL] = 14
    bins[saturation < _GREY] = 1
    bins[grey < _BLACK] = 0
    return np.bincount(bins.reshape(-1), minlength=15)[:14]
