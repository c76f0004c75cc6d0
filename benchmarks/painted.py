"""Images of the embedded painter that repeat only nearly, and the same images after something changed.

The painter repeats to the bit, so noise has to be put in, and is said: a share ``wobble`` of the noise that an image
starts from is generated again at each generation (the rest stays, so its variance does), as where a sampler or an
arithmetic does not repeat; or the image is coded as JPEG at a quality that changes from generating to generation.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from harness.painter import TIERS, arrange, blas, guided, sampler, weights
from harness.painter.arithmetic import ARITHMETICS
from harness.painter.condition import condition
from harness.painter.network import Network
from harness.painter.upscale import enlarge
from harness.prompt import interpret

Pixels = np.ndarray
SIZE = (128, 128)
BATCH = 30
PROMPTS = (
    "two red circles to the left of a blue square",
    "a yellow moon above a green hill at night",
    "a house beside a tree by the sea",
    "three orange triangles on a white background",
    "a purple star and a pink heart",
    "a small black ring above a red house at sunset",
)


@dataclass(frozen=True)
class Noise:
    """What differs between two generations of one recipe: a share of the starting noise, and JPEG qualities."""

    wobble: float = 0.0
    jpeg: tuple[int, int] | None = None


@dataclass(frozen=True)
class Maker:
    """The model: weights (``nudge`` moves each by that share of itself, normally distributed), tier, steps."""

    model: str = "painter@2"
    nudge: float = 0.0
    nudged: int = 0
    tier: str = "draft"
    steps: int | None = None
    missing: bool = False


@dataclass(frozen=True)
class Job:
    """One generation: ``number`` tells repeats apart."""

    prompt: int
    seed: int
    number: int


@cache
def network(maker: Maker) -> Network:
    arrays = dict(weights.load(maker.model).arrays)
    random = np.random.default_rng([7, maker.nudged])
    for name, values in arrays.items():
        if maker.nudge and values.ndim == 2 and values.dtype.kind == "i":
            moved = values * (1 + maker.nudge * random.standard_normal(values.shape))
            arrays[name] = np.rint(moved).astype(values.dtype)
    return Network(arrays, ARITHMETICS["float32"])


def generate(jobs: Sequence[Job], noise: Noise, maker: Maker = Maker()) -> list[Pixels]:
    """Return the images of some jobs, in their order."""
    tier = TIERS[maker.tier]
    net = network(replace(maker, tier="draft", steps=None, missing=False))
    canvas, frame = guided.native_frame(*SIZE)
    images: list[Pixels] = []
    for at in range(0, len(jobs), BATCH):
        part = jobs[at : at + BATCH]
        layouts = [arrange(interpret(PROMPTS[job.prompt], seed=job.seed), job.seed, *canvas, frame) for job in part]
        if maker.missing:
            layouts = [replace(layout, items=layout.items[:-1]) for layout in layouts]
        conditions = [condition(layout) for layout in layouts]
        with _wobbling(noise.wobble, [job.number for job in part]), blas.one_thread():
            native = sampler.sample(
                net, conditions, [job.seed for job in part], maker.steps or tier.steps, tier.guidance
            )
        images += [enlarge(image, frame, *SIZE) for image in native]
    return [_coded(image, job, noise) for image, job in zip(images, jobs, strict=True)]


@contextmanager
def _wobbling(share: float, numbers: list[int]) -> Iterator[None]:
    steady, order = sampler.noise, iter(numbers)

    def wobbling(seed: int, key: int, height: int, width: int) -> Pixels:
        start, number = steady(seed, key, height, width), next(order)
        if not share:
            return start
        fresh = np.random.default_rng([seed, number]).permutation(start.reshape(-1)).reshape(start.shape)
        return sqrt(1 - share * share) * start + share * fresh

    sampler.noise = wobbling
    try:
        yield
    finally:
        sampler.noise = steady


def _coded(pixels: Pixels, job: Job, noise: Noise) -> Pixels:
    if noise.jpeg is None:
        return pixels
    low, high = noise.jpeg
    quality = int(np.random.default_rng([job.prompt, job.seed, job.number]).integers(low, high + 1))
    return _image(_jpeg(quality))(pixels)


def _image(change: Callable[[Image.Image], Image.Image]) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.asarray(change(Image.fromarray(pixels)))


def _jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def change(image: Image.Image) -> Image.Image:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        return Image.open(io.BytesIO(out.getvalue())).convert("RGB")

    return change


def _shifted(*by: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.clip(pixels.astype(np.int16) + np.array(by), 0, 255).astype(np.uint8)


MAKERS: dict[str, Maker] = {
    "weights nudged by 0.1 %": Maker(nudge=0.001),
    "weights nudged by 0.5 %": Maker(nudge=0.005),
    "weights nudged by 2 %": Maker(nudge=0.02),
    "other checkpoint (painter@1)": Maker("painter@1"),
    "3 steps instead of 4": Maker(steps=3),
    "quality standard instead of draft": Maker(tier="standard"),
    "one thing missing": Maker(missing=True),
}
"""What the model does differently."""

EDITS: dict[str, Callable[[Pixels], Pixels]] = {
    "red + 2 of 255": _shifted(2, 0, 0),
    "red + 6 of 255": _shifted(6, 0, 0),
    "brightness + 6 of 255": _shifted(6, 6, 6),
    "saturation × 0.9": _image(lambda image: ImageEnhance.Color(image).enhance(0.9)),
    "blur σ 0.5": _image(lambda image: image.filter(ImageFilter.GaussianBlur(0.5))),
    "blur σ 1": _image(lambda image: image.filter(ImageFilter.GaussianBlur(1))),
    "JPEG 90": _image(_jpeg(90)),
    "JPEG 60": _image(_jpeg(60)),
}
"""What happens to the finished image."""
