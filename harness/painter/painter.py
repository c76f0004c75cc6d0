"""The painter: scenes in, images out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.painter import blas, guided
from harness.painter.arithmetic import ARITHMETICS
from harness.painter.background_layout import background_layout
from harness.painter.condition import condition
from harness.painter.errors import OptionError, WeightsError
from harness.painter.layout import Layout, arrange
from harness.painter.network import Network
from harness.painter.options import Options, mask_of, resolved
from harness.painter.sampler import CHUNK, sample
from harness.painter.upscale import enlarge
from harness.painter.weights import SHIPPED, Weights, load
from harness.prompt import Scene

DEFAULT = Options()


class Progress(Protocol):
    """Called once for each image after each step."""

    def __call__(self, index: int, step: int, steps: int, pixels: Callable[[], NDArray[np.uint8]]) -> None:
        """``step`` of ``steps`` is done for the image at ``index`` of the batch; ``pixels()`` returns the image that
        is predicted then, after the last step the finished one."""


@dataclass(frozen=True)
class Painting:
    """One image (height × width × 3, uint8), the layout it was generated from, and what had to be changed for it."""

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
        # a file may be another one by the next time; a shipped name has one digest for ever
        of = _shipped(model, arithmetic, SHIPPED[model]) if model in SHIPPED else _loaded(model, arithmetic)
        self._weights, self._network = of

    def generate(
        self, scene: Scene, seed: int, options: Options = DEFAULT, progress: Progress | None = None
    ) -> Painting:
        """Generate one image. Raises OptionError for a bad seed or option, LayoutError when the things do not fit."""
        return self.generate_batch([scene], [seed], options, progress)[0]

    def generate_batch(
        self,
        scenes: Sequence[Scene],
        seeds: Sequence[int],
        options: Options = DEFAULT,
        progress: Progress | None = None,
    ) -> list[Painting]:
        """Generate several images with the same options.

        In ``exact`` each is the image that :meth:`generate` gives; in ``float32`` all share one batch. What
        ``progress`` raises ends the generation.
        """
        for seed in seeds:
            if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
                raise OptionError("seed", seed, "an integer from 0 to 2^64 - 1")
        size, steps, guidance = resolved(options)
        canvas, frame = guided.native_frame(*size)
        strength = 1.0 if options.strength is None else options.strength
        mask = mask_of(options, size)
        area = guided.area_of(mask, frame) if mask is not None and not options.keeps_things else None
        layouts = [
            background_layout(scene, seed, canvas, frame, mask)
            if options.keeps_things and mask is not None
            else arrange(scene, seed, *canvas, frame, area)
            for scene, seed in zip(scenes, seeds, strict=True)
        ]
        guide = None
        if options.input_image is not None and not options.keeps_things:
            guide = guided.guide(options.input_image, mask, strength, frame, canvas)
        chunk = CHUNK if self.arithmetic == "exact" else len(layouts)
        native: list[NDArray[np.uint8]] = []

        def finished(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
            return _outside_mask(enlarge(image, frame, *size), options.input_image, mask)

        def shown(images: Callable[[], NDArray[np.uint8]], position: int) -> NDArray[np.uint8]:
            return finished(images()[position])

        def note(at: int, step: int, steps: int, images: Callable[[], NDArray[np.uint8]]) -> None:
            assert progress is not None
            for index in range(at, min(at + chunk, len(layouts))):
                progress(index, step, steps, partial(shown, images, index - at))

        with blas.one_thread():
            for at in range(0, len(layouts), chunk):
                part = [condition(layout) for layout in layouts[at : at + chunk]]
                noted = partial(note, at) if progress else None
                native += list(sample(self._network, part, seeds[at : at + chunk], steps, guidance, guide, noted))
            return [
                Painting(finished(image), layout, layout.steps) for image, layout in zip(native, layouts, strict=True)
            ]

    def environment(self) -> dict[str, str]:
        """Return what an image may depend on besides its recipe."""
        return {
            "model": self.model,
            "weights": self._weights.digest,
            "arithmetic": self.arithmetic,
            "numpy": np.__version__,
            "blas": blas.kernel(),
        }


def _loaded(model: str, arithmetic: str) -> tuple[Weights, Network]:
    """Return weights and their network; raises WeightsError."""
    weights = load(model)
    try:
        return weights, Network(weights.arrays, ARITHMETICS[arithmetic])
    except (KeyError, ValueError) as fault:
        raise WeightsError(model, f"does not hold this network ({fault})") from fault


@lru_cache(maxsize=2)
def _shipped(model: str, arithmetic: str, _file: tuple[str, str]) -> tuple[Weights, Network]:
    """Return those of a shipped model, loaded once for all painters: nothing changes a network."""
    return _loaded(model, arithmetic)


def _outside_mask(
    generated: NDArray[np.uint8], image: NDArray[np.uint8] | None, mask: NDArray[np.bool_] | None
) -> NDArray[np.uint8]:
    """Return the generated image inside the mask and the input image, unchanged, outside it."""
    if image is None or mask is None:
        return generated
    return np.where(mask[..., None], generated, image)
