"""What a kernel hands over: plain numbers, the same from every kernel, before they become a panel."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.image import Pixels

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairRaw:
    """Of two arrays height × width × channels: exact integer sums over all levels, and SSIM by block.

    ``changed`` counts pixels that differ in any channel; ``ssim`` are the sums (blocks down × across) of the SSIM of
    the windows centered in a block, over all channels, and their counts; None when nothing differs, the image is
    smaller than the window, or there are four channels: colors with alpha are compared as they are seen on a ground.
    """

    max_abs: int
    changed: int
    sum_abs: int
    sum_square: int
    ssim: tuple[Floats, Ints] | None


@dataclass(frozen=True, slots=True, eq=False)
class OneRaw:
    """Of one array height × width × 3: what the hashes are made of.

    ``pixels`` is their number. ``small`` (32 × 32) and ``strip`` (8 × 9) are the Lanczos-reduced grey levels of pHash
    and dHash; ``haar`` (8 × 8) the sums of grey levels that decide wHash; ``colors`` (14) the pixel counts of the
    bins of colorhash: black, grey, six hues faint, six bright; ``low`` and ``high`` the range of grey.
    """

    pixels: int
    small: Pixels
    strip: Pixels
    haar: Ints
    colors: Ints
    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class LightnessRaw:
    """Of two planes of grey, height × width: exact sums of the differences of their lightness, in 1/256 L*.

    ``blocks`` are the sums of |b − a| by block of 8 × 8 pixels; ``cells`` those of b − a by cell, whose side
    :func:`harness.comparison.lightness.cell_of` gives.
    """

    blocks: Ints
    cells: Ints


@dataclass(frozen=True, slots=True, eq=False)
class SeenRaw:
    """Of two arrays height × width × 3: the numbers of each, and how their colors and their lightness differ.

    ``delta_e`` is the largest color difference of 2 × 2 blocks; see :func:`harness.comparison.color.delta_e`.
    """

    a: OneRaw
    b: OneRaw
    delta_e: float
    lightness: LightnessRaw


class Kernel(Protocol):
    """One way to get the numbers. Arrays are C-contiguous uint8; both of a pair have one shape."""

    name: str

    def pair(self, a: Pixels, b: Pixels, skip: npt.NDArray[np.bool_] | None) -> PairRaw:
        """Numbers of two arrays. ``skip`` (height × width) marks the SSIM windows to leave out, by center."""

    def one(self, pixels: Pixels) -> OneRaw:
        """Numbers of one array of three channels."""

    def seen(self, a: Pixels, b: Pixels) -> SeenRaw:
        """Numbers of two arrays of three channels."""

    def haar_bits(self, pixels: Pixels) -> npt.NDArray[np.bool_] | None:
        """Return the bits of wHash (8 × 8) where rounding decides them, or None to leave it to ImageHash."""
