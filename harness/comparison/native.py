"""The kernel in C: the same numbers as :mod:`harness.comparison.numeric`, without the GIL."""

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.comparison import _kernel, numeric
from harness.comparison.axes import lanczos
from harness.comparison.color import LINEAR, MATRIX
from harness.comparison.lightness import TABLE, cell_of
from harness.comparison.panel import BLOCK, SMALL_BLOCK, WINDOW
from harness.comparison.raw import Ints, LightnessRaw, OneRaw, PairRaw, SeenRaw
from harness.comparison.structure import Skip
from harness.image import Pixels

name = "native"
"""What this kernel is called."""

_MAX_SIDE = 8192
_COLORS, _CELLS = 14, 64
_NUMBERS = 2 + _COLORS + _CELLS
_SMALL, _STRIP = 32 * 32, 8 * 9
_ALL = _NUMBERS + (_SMALL + _STRIP) // 8


def pair(a: Pixels, b: Pixels, skip: Skip) -> PairRaw:
    """Numbers of two arrays height × width × channels. ``skip`` marks SSIM windows to leave out, by center."""
    height, width, channels = a.shape
    if max(height, width) > _MAX_SIDE:
        return numeric.pair(a, b, skip)
    blocks = max(1, height // BLOCK), max(1, width // BLOCK)
    numbers = np.empty(4, np.int64)
    sums = np.empty(blocks)
    counts = np.empty(blocks, np.int64)
    mask = b"" if skip is None else np.ascontiguousarray(skip)
    _kernel.pair(a, b, height, width, channels, mask, numbers, sums, counts)
    largest, changed, total, squares = numbers.tolist()
    whole = changed and channels < 4 and min(height, width) >= WINDOW
    return PairRaw(largest, changed, total, squares, (sums, counts) if whole else None)


def one(pixels: Pixels) -> OneRaw:
    """Numbers of one array height × width × 3."""
    tall_first = _tall_first()
    if max(pixels.shape) > _MAX_SIDE or tall_first is None:
        return numeric.one(pixels)
    return _one(pixels, tall_first=tall_first)


def seen(a: Pixels, b: Pixels) -> SeenRaw:
    """Numbers of two arrays height × width × 3."""
    tall_first = _tall_first()
    if max(a.shape) > _MAX_SIDE or tall_first is None:
        return numeric.seen(a, b)
    height, width, _ = a.shape
    cell = cell_of(height, width)
    numbers = np.empty((2, _ALL), np.int64)
    blocks, cells = (
        np.empty((max(1, height // side), max(1, width // side)), np.int64) for side in (SMALL_BLOCK, cell)
    )
    axes = _axes(height, width, tall_first=tall_first)
    found = _kernel.seen(a, b, height, width, *axes, LINEAR, MATRIX, TABLE, SMALL_BLOCK, cell, numbers, blocks, cells)
    of_a, of_b = (_numbers(part, height * width) for part in numbers)
    return SeenRaw(of_a, of_b, found, LightnessRaw(blocks, cells))


def _one(pixels: Pixels, *, tall_first: bool) -> OneRaw:
    height, width, _ = pixels.shape
    numbers = np.empty(_ALL, np.int64)
    axes = _axes(height, width, tall_first=tall_first)
    _kernel.seen(pixels, b"", height, width, *axes, LINEAR, MATRIX, TABLE, 1, 1, numbers, bytearray(), bytearray())
    return _numbers(numbers, height * width)


def _numbers(numbers: Ints, pixels: int) -> OneRaw:
    small = numbers[_NUMBERS:].view(np.uint8)
    return OneRaw(
        pixels=pixels,
        small=small[:_SMALL].reshape(32, 32),
        strip=small[_SMALL:].reshape(8, 9),
        haar=numbers[2 + _COLORS : _NUMBERS].reshape(8, 8),
        colors=numbers[2 : 2 + _COLORS],
        low=int(numbers[0]),
        high=int(numbers[1]),
    )


@lru_cache(maxsize=64)
def _axes(height: int, width: int, *, tall_first: bool) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]:
    """Return which of the three reductions go down first, in bits, and their weights across and down."""
    side = numeric.haar_side(width, height)
    sizes = ((32, 32), (9, 8), (side, side))
    tall = sum(_is_tall(height, width, *size) << bit for bit, size in enumerate(sizes)) if tall_first else 0
    small, strip, square = ((lanczos(width, across), lanczos(height, down)) for across, down in sizes)
    return tall, *small, *strip, *square


def _is_tall(height: int, width: int, to_width: int, to_height: int) -> bool:
    """Return whether Pillow 13 reduces such an image down before across."""
    return height - to_height > max(0, 2 * (width - to_width))


@cache
def _tall_first() -> bool | None:
    """Return whether this Pillow reduces tall images down before across (since 13), or None when it does neither.

    Asked of Pillow itself with one image that shows the difference; None leaves hashing to Pillow.
    """
    probe = np.random.default_rng(0).integers(0, 256, (300, 40, 3), dtype=np.uint8)
    expected = numeric.one(probe)
    for answer in (True, False):
        found = _one(probe, tall_first=answer)
        if np.array_equal(found.small, expected.small) and np.array_equal(found.haar, expected.haar):
            return answer
    return None


def haar_bits(pixels: Pixels) -> npt.NDArray[np.bool_] | None:
    """Return the 8 × 8 bits of wHash where rounding decides, or None when this PyWavelets rounds in another way."""
    return _haar_bits(pixels) if _rounds_alike() and max(pixels.shape) <= _MAX_SIDE else None


def _haar_bits(pixels: Pixels) -> npt.NDArray[np.bool_]:
    levels = numeric.haar_square(Image.fromarray(pixels).convert("L"))
    means = np.empty((8, 8))
    _kernel.haar(np.ascontiguousarray(levels), len(levels), means)
    return np.asarray(means > np.median(means))


@cache
def _rounds_alike() -> bool:
    """Return whether PyWavelets, as it was compiled here, gives the same bits where every bit hangs on rounding."""
    import imagehash

    y, x = np.mgrid[:128, :128]
    probe = np.repeat((((x // 8 + y // 8) % 2) * 200 + (x // 16 + y // 16) % 3 * 9)[:, :, None], 3, axis=2)
    flat = np.full((64, 64, 3), 77)
    return all(
        np.array_equal(_haar_bits(levels), imagehash.whash(Image.fromarray(levels)).hash)
        for levels in (probe.astype(np.uint8), flat.astype(np.uint8))
    )
