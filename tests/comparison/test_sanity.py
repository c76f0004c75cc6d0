"""Blank images and noise are broken; generations and photographs are not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from harness.comparison import broken, sanity
from harness.image import settled
from harness.image.image import Pixels
from harness.vocabulary import Code
from tests.comparison.conftest import PHOTOS, generated, photo

RNG = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def from_the_seed() -> None:
    """Give each test the same numbers, whichever ran before it in its process."""
    RNG.bit_generator.state = np.random.default_rng(3).bit_generator.state


def two_shapes(ground: str, size: int = 256, radius: int = 6) -> Pixels:
    image = Image.new("RGB", (size, size), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 60, 60 + 2 * radius, 60 + 2 * radius), fill="red")
    draw.rectangle((180, 190, 180 + 2 * radius, 190 + 2 * radius), fill="blue")
    return np.asarray(image)


@pytest.mark.parametrize("ground", ["white", "black", "#4060a0"])
def test_a_few_small_shapes_on_an_even_ground_are_an_image(ground: str) -> None:
    assert broken(two_shapes(ground)) is None


@pytest.mark.parametrize("name", PHOTOS)
def test_photographs_are_images(name: str) -> None:
    assert broken(photo(name)) is None


@pytest.mark.parametrize("kind", ["gradient", "shapes", "symmetric"])
def test_generations_are_images(kind: str) -> None:
    for channels in (None, 3, 4):
        assert broken(generated(kind, 96, 80, channels)) is None


@pytest.mark.parametrize(
    ("pixels", "code", "color"),
    [
        (np.zeros((64, 64, 3), np.uint8), Code.IMAGE_BLANK, [0, 0, 0]),
        (np.full((64, 64), 255, np.uint8), Code.IMAGE_BLANK, [255]),
        (np.zeros((1, 1, 3), np.uint8), Code.IMAGE_BLANK, [0, 0, 0]),
        (np.clip(RNG.normal(90, 1, (64, 64, 3)), 0, 255).astype(np.uint8), Code.IMAGE_BLANK, [89, 89, 90]),
        (RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8), Code.IMAGE_NOISE, None),
        (RNG.integers(0, 256, (64, 64), dtype=np.uint8), Code.IMAGE_NOISE, None),
        (np.clip(RNG.normal(128, 25, (64, 64, 3)), 0, 255).astype(np.uint8), Code.IMAGE_NOISE, None),
    ],
)
def test_blank_images_and_noise_are_broken(pixels: Pixels, code: Code, color: list[int] | None) -> None:
    reason = broken(pixels)
    assert reason is not None
    assert (reason.code, reason.data.get("color")) == (code, color)
    assert reason.data.get("correlation", 0) < 0.3


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", ["noise", "flat", "smoothed", "one pixel", "stripe", "ramp"])
def test_what_is_clear_at_a_glance_is_what_a_whole_look_says(kind: str, channels: int) -> None:
    for number in range(40):
        height, width = RNG.integers(8, 70, 2)
        shape, color = (height, width, channels), RNG.integers(0, 256, channels)
        levels = np.broadcast_to(color, shape).astype(float).copy()
        if kind == "noise":
            levels = RNG.integers(0, 256, shape).astype(float)
        elif kind == "flat":
            levels += RNG.integers(-4, 5, shape)
        elif kind == "smoothed":
            levels = 128 + RNG.normal(0, RNG.uniform(5, 60), shape)
            levels[1:] += RNG.uniform(0, 1) * (levels[:-1] - 128)
        elif kind == "one pixel":
            levels[number % height, 0] = 255 - color
        elif kind == "stripe":
            levels[: number // 8] = 0
        else:
            levels += np.arange(height)[:, None, None] * RNG.uniform(0, 4)
        pixels = settled(np.clip(levels, 0, 255).astype(np.uint8))
        whole = sanity._blank(pixels) or sanity._noise(pixels)
        assert broken(pixels) == whole
