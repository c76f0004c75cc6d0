"""The layout of a background that is generated again under the things of an input image."""

from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.painter.errors import LayoutError
from harness.painter.layout import Item, Layout, Quad, arrange
from harness.painter.rng import Stream
from harness.painter.stars import FEWEST_STARS
from harness.prompt import SKY, Scene, Thing

TRIES = 24
"""Random layouts tried before a thing of the sky is left out."""


def background_layout(scene: Scene, seed: int, canvas: tuple[int, int], frame: Quad, mask: NDArray[np.bool_]) -> Layout:
    """Return a layout of the scene's background and as many things of its sky as have room where ``mask`` is True.

    Its other things are taken to be those of the input image, which are kept; what is left out is reported by a step.
    """
    sky = tuple(t for t in scene.things if t.shape in SKY)
    for count in range(len(sky), 0, -1):
        for things in combinations(sky, count):
            layout = _try(replace(scene, things=things, relations=()), seed, canvas, frame, mask)
            if layout is not None:
                return _noted(layout, [t for t in sky if t not in things])
    return _noted(arrange(replace(scene, things=(), relations=()), seed, *canvas, frame), list(sky))


def _noted(layout: Layout, missing: list[Thing]) -> Layout:
    """Return the layout with a step for what was left out."""
    if not missing:
        return layout
    step = f"{', '.join(t.shape for t in missing)} left out: no room beside the kept things"
    return replace(layout, steps=(*layout.steps, step))


def _try(scene: Scene, seed: int, canvas: tuple[int, int], frame: Quad, mask: NDArray[np.bool_]) -> Layout | None:
    """Return a layout whose things all lie in the mask, or None; single dots of the stars may go missing."""
    for attempt in range(TRIES):
        try:
            layout = arrange(scene, Stream(seed, attempt).bits() >> 1, *canvas, frame)
        except LayoutError:
            continue
        free = [i for i in layout.items if _free(i, frame, mask)]
        dots = sum(i.shape == "stars" for i in free)
        if all(i in free or (i.shape == "stars" and dots >= FEWEST_STARS) for i in layout.items):
            return replace(layout, items=tuple(free))
    return None


def _free(item: Item, frame: Quad, mask: NDArray[np.bool_]) -> bool:
    """Say whether an item's box lies in the part that is generated again."""
    height, width = mask.shape
    x0, y0, x1, y1 = frame
    left, right = ((v - x0) * width // (x1 - x0) for v in (item.x - item.w // 2, item.x + item.w // 2))
    top, bottom = ((v - y0) * height // (y1 - y0) for v in (item.y - item.h // 2, item.y + item.h // 2))
    return bool(mask[max(0, top) : bottom + 1, max(0, left) : right + 1].all())
