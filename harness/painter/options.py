"""How a picture is to be drawn: options, their limits and their defaults."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.painter import guided
from harness.painter.faults import OptionError
from harness.painter.sampler import TIERS

SMALLEST, GREATEST = 64, 1024
"""Limits of a picture's sides, in pixels."""

ASPECT = 4
"""The longer side is at most this many times the shorter."""

MOST_STEPS = 200
BACKGROUND = "background"
"""The mask that keeps the things of an input picture and draws the background under them anew."""


@dataclass(frozen=True)
class Options:
    """How to draw.

    ``size`` is (width, height); None takes 256 × 256, or the input picture's own. ``guidance`` and ``steps`` replace
    those of the quality. ``image`` is what to start from: with a ``mask`` (booleans of its size, or boxes x0, y0, x1,
    y1 in its pixels) it is drawn anew inside and kept outside, with the mask BACKGROUND everything but its things
    is drawn anew. ``strength`` above 0 up to 1 starts from the picture with that much noise; things stay where the
    seed's layout puts them, so it is meant for the seed that the picture was drawn with.
    """

    quality: str = "standard"
    size: tuple[int, int] | None = None
    guidance: float | None = None
    steps: int | None = None
    image: NDArray[np.uint8] | None = None
    mask: NDArray[np.bool_] | Sequence[tuple[int, int, int, int]] | str | None = None
    strength: float | None = None

    @property
    def keeps_things(self) -> bool:
        """Whether the things of the input picture are kept and the background is drawn under them anew."""
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
    if o.strength is not None and not (0 < o.strength <= 1 and o.image is not None):
        raise OptionError("strength", o.strength, "a number above 0, at most 1, together with an image")
    if o.mask is not None and o.image is None:
        raise OptionError("mask", "without an image", "an image that the mask belongs to")
    size = o.size or (256, 256)
    if o.image is not None:
        height, width = guided.checked(o.image).shape[:2]
        if o.size not in (None, (width, height)):
            raise OptionError("size", o.size, f"the size of the input picture, ({width}, {height}), or none")
        size = (width, height)
    if not all(SMALLEST <= v <= GREATEST for v in size) or max(size) > ASPECT * min(size):
        raise OptionError("size", size, f"sides from {SMALLEST} to {GREATEST} pixels, at most {ASPECT} : 1")
    return size, steps, guidance


def mask_of(o: Options, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Return where the picture is drawn anew (None: everywhere)."""
    if isinstance(o.mask, str):
        if o.mask != BACKGROUND or o.image is None:
            raise OptionError("mask", o.mask, f"an array, boxes or {BACKGROUND!r}")
        return guided.background_mask(o.image)
    return guided.mask_of(o.mask, *size)
