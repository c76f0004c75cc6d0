"""The two images of an explanation, with what several hypotheses need, made once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.comparison.heat import differences, largest
from harness.image import Pixels
from harness.records import Reason

LEFT = 3.0
"""Largest mean difference, in levels, that an explanation may leave between the accepted image, changed by it, and the
new one."""
PART = 0.2
"""The largest part of the difference before that it may leave."""
_SIDE = 128
"""Longest side of the reduced images."""
_SAMPLE = 64

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A hypothesis that was applied to the accepted image: ``left`` is the mean difference, in levels, that stays."""

    reason: Reason
    left: float


class Sides:
    """The accepted image ``a`` and the new one ``b``, both uint8, height × width × 3."""

    def __init__(self, a: Pixels, b: Pixels) -> None:
        self.a, self.b = a, b
        self.same_size = a.shape == b.shape

    @cached_property
    def before(self) -> float:
        """The mean difference without an explanation; of images of other sizes the one that an even image leaves."""
        if self.same_size:
            return self._difference[1]
        levels = reduced(self.b, self.factor)
        return float(np.abs(levels - levels.mean(axis=(0, 1))).mean())

    def explains(self, left: float) -> bool:
        """Return whether a mean difference that stays is small enough to name what was applied."""
        return left <= min(LEFT, PART * self.before)

    @cached_property
    def factor(self) -> int:
        """By how much the small images are reduced."""
        longest: int = max(*self.a.shape[:2], *self.b.shape[:2])
        return -(-longest // _SIDE)

    @cached_property
    def green_a(self) -> Pixels:
        """The green levels of the accepted image, height × width."""
        return np.ascontiguousarray(self.a[..., 1])

    @cached_property
    def green_b(self) -> Pixels:
        """Those of the new image."""
        return np.ascontiguousarray(self.b[..., 1])

    @cached_property
    def small_a(self) -> Floats:
        """The green levels of the accepted image, each cell the mean of ``factor`` × ``factor`` pixels."""
        return reduced(self.green_a, self.factor)

    @cached_property
    def small_b(self) -> Floats:
        """Those of the new image, likewise."""
        return reduced(self.green_b, self.factor)

    @cached_property
    def sample(self) -> tuple[Pixels, Pixels]:
        """The levels of both at the same pixels, n × 3: some thousand, spread evenly."""
        down, across = (max(1, side // _SAMPLE) for side in self.a.shape[:2])
        a, b = (side[down // 2 :: down, across // 2 :: across].reshape(-1, 3) for side in (self.a, self.b))
        return a, b

    @cached_property
    def delta(self) -> Pixels:
        """The largest difference of any channel, height × width."""
        return self._difference[0]

    @cached_property
    def _difference(self) -> tuple[Pixels, float]:
        delta, total = np.empty(self.a.shape[:2], np.uint8), 0
        for rows, levels in differences(self.a, self.b):
            delta[rows] = largest(levels)
            total += _sum(levels)
        return delta, total / self.a.size


def mean_difference(a: Pixels, b: Pixels) -> float:
    """Return the mean of |a − b|, in levels."""
    return sum(_sum(levels) for _, levels in differences(a, b)) / a.size


def _sum(levels: Pixels) -> int:
    # row by row, as short sums are made twice as fast
    return int(levels.reshape(len(levels), -1).sum(axis=1, dtype=np.uint32).sum(dtype=np.uint64))


def reduced(pixels: Pixels, factor: int) -> Floats:
    """Return the means of blocks of ``factor`` × ``factor`` pixels."""
    from PIL import Image

    image: Any = Image.fromarray(pixels)
    return np.asarray(image.reduce(factor) if factor > 1 else image, np.float32)
