"""How an image is to be generated: options, their limits and their defaults."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.painter import guided
from harness.painter.errors import OptionError
from harness.painter.sampler import TIERS
from harness.vocabulary import Quality

SMALLEST, GREATEST = 64, 2048
"""Limits of an image's sides, in pixels."""

ASPECT = 4
"""The longer side is at most this many times the shorter."""

MOST_STEPS = 200
BACKGROUND = "background"
"""The mask that keeps the things of an input image and generates the background under them again."""


@dataclass(frozen=True)
class Options:
    """How to generate.

    ``size`` is (width, height); None takes 256 × 256, or the input image's own. ``guidance`` and ``steps`` replace
    those of the quality. ``image`` is what to start from: with a ``mask`` (booleans of its size, or boxes x0, y0, x1,
    y1 in its pixels) it is generated again inside and kept outside, with the mask BACKGROUND everything but its things
    is generated again. ``strength`` above 0 up to 1 starts from the image with that much noise; things stay where the
    seed's layout puts them, so it is meant for the seed that the image was generated with.
    """

    quality: str = Quality.STANDARD
    size: tuple[int, int] | None = None
    guidance: float | None = None
    steps: int | None = None
    input_image: NDArray[np.uint8] | None = None
    mask: NDArray[np.bool_] | Sequence[tuple[int, int, int, int]] | str | None = None
    strength: float | None = None

    @property
    def keeps_things(self) -> bool:
        """Whether the things of the input image are kept and the background under them is generated again."""
        return isinstance(self.mask, str) and self.mask == BACKGROUND


def resolved(o: Options) -> tuple[tuple[int, int], int, float]:
    """Return size, steps and guidance, all checked."""
    if o.quality not in TIERS:
        raise OptionError("quality", o.quality, ", ".join(TIERS))
    steps = TIERS[o.quality].steps if o.steps is None else o.steps
    guidance = TIERS[o.quality].guidance if o.guidance is None else o.guidance
    if not 1 <= steps <= MOST_STEPS:
        raise OptionError("steps", steps, f"1 to {MOST_STEPS}")
    if not 0 <= guidance <= 10:
        raise OptionError("guidance", guidance, "0 to 10 (1: none)")
    if o.strength is not None and not (0 < o.strength <= 1 and o.input_image is not None):
        raise OptionError("strength", o.strength, "a number above 0, at most 1, together with an image")
    if o.mask is not None and o.input_image is None:
        raise OptionError("mask", "without an image", "an image that the mask belongs to")
    size = o.size or (256, 256)
    if o.input_image is not None:
        height, width = guided.checked(o.input_image).shape[:2]
        if o.size not in (None, (width, height)):
            raise OptionError("size", o.size, f"the size of the input image, {width}x{height}, or none")
        size = (width, height)
    if not all(SMALLEST <= v <= GREATEST for v in size) or max(size) > ASPECT * min(size):
        raise OptionError("size", size, f"sides from {SMALLEST} to {GREATEST} pixels, at most {ASPECT} : 1")
    return size, steps, guidance


def mask_of(o: Options, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Return where the image is generated again (None: everywhere)."""
    if isinstance(o.mask, str):
        if o.mask != BACKGROUND or o.input_image is None:
            raise OptionError("mask", o.mask, f"an array, boxes or {BACKGROUND!r}")
        return guided.background_mask(o.input_image)
    return guided.mask_of(o.mask, *size)
