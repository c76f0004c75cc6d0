"""The painter: scenes in, pictures out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.painter import blas, guided
from harness.painter.arithmetic import ARITHMETICS, Bound
from harness.painter.condition import condition
from harness.painter.faults import LayoutError, OptionError, WeightsError
from harness.painter.layout import FEWEST_STARS, Item, Layout, Quad, arrange
from harness.painter.network import Network
from harness.painter.options import Options, mask_of, resolved
from harness.painter.rng import Stream
from harness.painter.sampler import CHUNK, sample
from harness.painter.upscale import enlarge
from harness.painter.weights import load
from harness.prompt.scene import SKY, Scene

Progress = Callable[[int, int], None]
DEFAULT = Options()


@dataclass(frozen=True)
class Drawing:
    """One picture (height × width × 3, uint8), the layout it was drawn from, and what had to be changed for it."""

    pixels: NDArray[np.uint8]
    layout: Layout
    steps: tuple[str, ...]


class Painter:
    """One network in one arithmetic (``exact`` or ``float32``); safe to use from several threads."""

    def __init__(self, model: str = "painter@2", arithmetic: str = "exact") -> None:
        """Load a shipped model by name, or a weights file by path; raises WeightsError or OptionError."""
        if arithmetic not in ARITHMETICS:
            raise OptionError("arithmetic", arithmetic, " or ".join(ARITHMETICS))
        self.model, self.arithmetic = model, arithmetic
        self._weights = load(model)
        try:
            self._network = Network(self._weights.arrays, ARITHMETICS[arithmetic])
        except (KeyError, ValueError, Bound) as fault:
            raise WeightsError(model, f"does not hold this network ({fault})") from fault

    def draw(self, scene: Scene, seed: int, options: Options = DEFAULT, progress: Progress | None = None) -> Drawing:
        """Draw one picture. Raises OptionError for a bad seed or option, LayoutError when the things do not fit."""
        return self.draw_batch([scene], [seed], options, progress)[0]

    def draw_batch(
        self,
        scenes: Sequence[Scene],
        seeds: Sequence[int],
        options: Options = DEFAULT,
        progress: Progress | None = None,
    ) -> list[Drawing]:
        """Draw several pictures with the same options.

        In ``exact`` each is the picture that :meth:`draw` gives; in ``float32`` all share one batch.
        """
        for seed in seeds:
            if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
                raise OptionError("seed", seed, "an integer from 0 to 2^63 - 1")
        size, steps, guidance = resolved(options)
        canvas, frame = guided.native_frame(*size)
        strength = 1.0 if options.strength is None else options.strength
        mask = mask_of(options, size)
        area = guided.area_of(mask, frame) if mask is not None and not options.keeps_things else None
        layouts = [
            _background_layout(scene, seed, canvas, frame, mask)
            if options.keeps_things and mask is not None
            else arrange(scene, seed, *canvas, frame, area)
            for scene, seed in zip(scenes, seeds, strict=True)
        ]
        guide = None
        if options.image is not None and not options.keeps_things:
            guide = guided.guide(options.image, mask, strength, frame, canvas)
        chunk = CHUNK if self.arithmetic == "exact" else len(layouts)
        native: list[NDArray[np.uint8]] = []
        with blas.one_thread():
            for at in range(0, len(layouts), chunk):
                part = [condition(layout) for layout in layouts[at : at + chunk]]
                native += list(sample(self._network, part, seeds[at : at + chunk], steps, guidance, guide, progress))
            return [
                Drawing(_kept(enlarge(picture, frame, *size), options.image, mask), layout, layout.steps)
                for picture, layout in zip(native, layouts, strict=True)
            ]

    def environment(self) -> dict[str, str]:
        """Return what a picture may depend on besides its recipe."""
        return {
            "model": self.model,
            "weights": self._weights.digest,
            "arithmetic": self.arithmetic,
            "numpy": np.__version__,
            "blas": blas.kernel(),
        }


def _kept(
    drawn: NDArray[np.uint8], image: NDArray[np.uint8] | None, mask: NDArray[np.bool_] | None
) -> NDArray[np.uint8]:
    """Return the drawn picture inside the mask and the input picture, unchanged, outside it."""
    if image is None or mask is None:
        return drawn
    return np.where(mask[..., None], drawn, image)


def _background_layout(
    scene: Scene, seed: int, canvas: tuple[int, int], frame: Quad, mask: NDArray[np.bool_]
) -> Layout:
    """Return a layout of the scene's background and those things of the sky that have room beside the kept things."""
    things = tuple(t for t in scene.things if t.shape in SKY)
    bare = replace(scene, things=things, relations=())
    for attempt in range(40):
        try:
            layout = arrange(bare, Stream(seed, attempt).bits() >> 1, *canvas, frame)
        except LayoutError:
            continue
        free = [i for i in layout.items if _free(i, frame, mask)]
        dots = sum(i.shape == "stars" for i in free)
        # Single dots of a group of stars may be missing, nothing else.
        if all(i in free or (i.shape == "stars" and dots >= FEWEST_STARS) for i in layout.items):
            return replace(layout, items=tuple(free))
    layout = arrange(replace(bare, things=()), seed, *canvas, frame)
    return replace(
        layout, steps=("no room beside the kept things: " + ", ".join(t.shape for t in things) + " left out",)
    )


def _free(item: Item, frame: Quad, mask: NDArray[np.bool_]) -> bool:
    """Say whether an item's box lies in the part that is drawn anew."""
    height, width = mask.shape
    x0, y0, x1, y1 = frame
    left, right = ((v - x0) * width // (x1 - x0) for v in (item.x - item.w // 2, item.x + item.w // 2))
    top, bottom = ((v - y0) * height // (y1 - y0) for v in (item.y - item.h // 2, item.y + item.h // 2))
    return bool(mask[max(0, top) : bottom + 1, max(0, left) : right + 1].all())
