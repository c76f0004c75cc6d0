import io
import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageEnhance, ImageFilter
from skimage.color import rgb2lab

from harness.comparison import FEATURES, features
from harness.comparison.color import lab
from harness.image import UnsupportedPixelsError
from harness.judge import set_test
from harness.painter import Options, Painter
from harness.prompt import interpret

Pixels = np.ndarray
PLACE = {name: index for index, name in enumerate(FEATURES)}
PROMPTS = (
    "two red circles to the left of a blue square",
    "a yellow moon above a green hill at night",
    "a house beside a tree by the sea",
    "three orange triangles on a white background",
    "a purple star and a pink heart",
    "a small black car in front of a house at sunset",
)


def named(pixels: Pixels) -> dict[str, float]:
    return dict(zip(FEATURES, features(pixels).tolist(), strict=True))


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3, 4]))))
def test_any_image_has_all_numbers(pixels: Pixels) -> None:
    found = features(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    assert found.shape == (len(FEATURES),)
    assert np.isfinite(found).all()
    for channel in "Lab":
        shares = [found[index] ** 2 for name, index in PLACE.items() if name[0] == channel and name[1:].isdigit()]
        assert sum(shares) == pytest.approx(1)


@given(arrays.arrays(np.uint8, (9, 12, 3)))
def test_means_and_spreads_are_those_of_lab(pixels: Pixels) -> None:
    found, colors = named(pixels), rgb2lab(pixels).reshape(-1, 3)
    chroma = np.hypot(colors[:, 1], colors[:, 2])
    # D65 to five digits there, to six here
    for index, channel in enumerate("Lab"):
        assert found[f"{channel}_mean"] * 10 == pytest.approx(colors[:, index].mean(), abs=0.02)
        assert found[f"{channel}_sd"] * 10 == pytest.approx(colors[:, index].std(), abs=0.02)
    assert found["chroma_mean"] * 10 == pytest.approx(chroma.mean(), abs=0.02)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 13), st.integers(1, 13), st.just(3))))
def test_edges_are_those_of_neighboring_pixels(pixels: Pixels) -> None:
    found, level = named(pixels), lab(pixels.astype(float))[:, :, 0]
    for size, sharp in ((1, "sharp_1"), (2, "sharp_2"), (4, "")):
        height, width = (side // size for side in pixels.shape[:2])
        means = [
            [level[y * size : y * size + size, x * size : x * size + size].mean() for x in range(width)]
            for y in range(height)
        ]
        steps = [
            math.hypot(means[y + 1][x] - means[y][x], means[y][x + 1] - means[y][x])
            for y in range(height - 1)
            for x in range(width - 1)
        ]
        bends = [
            abs(means[y - 1][x] + means[y + 1][x] + means[y][x - 1] + means[y][x + 1] - 4 * means[y][x])
            for y in range(1, height - 1)
            for x in range(1, width - 1)
        ]
        step, bend = (sum(values) / len(values) if values else 0.0 for values in (steps, bends))
        assert found[f"gradient_{size}"] == pytest.approx(math.log(1 + step), abs=1e-9)
        if sharp:
            assert found[sharp] == pytest.approx(math.log((bend + 0.05) / (step + 0.05)), abs=1e-9)


@given(arrays.arrays(np.uint8, (5, 4, 3)))
def test_a_pixel_between_two_bins_counts_for_both(pixels: Pixels) -> None:
    found, colors = named(pixels), lab(pixels.astype(float)).reshape(-1, 3)
    for channel, count, low, high in ((0, 8, 0, 100), (1, 6, -60, 60), (2, 6, -60, 60)):
        size = (high - low) / count
        for index in range(count):
            center = low + (index + 0.5) * size
            inside = np.clip(colors[:, channel], low + size / 2, high - size / 2)
            share = np.maximum(0, 1 - abs(inside - center) / size).mean()
            assert found[f"{'Lab'[channel]}{index}"] ** 2 == pytest.approx(share, abs=1e-9)


def test_a_flat_image_has_no_edges_and_one_color() -> None:
    found = named(np.full((20, 30, 3), 255, np.uint8))
    assert [found[name] for name in ("gradient_1", "gradient_2", "gradient_4", "sharp_1", "sharp_2")] == [0.0] * 5
    assert (found["L7"], found["L0"]) == (pytest.approx(1), 0.0)


def test_alpha_is_composited_on_white() -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    assert np.array_equal(features(clear), features(np.full((8, 8, 3), 255, np.uint8)))


def test_twice_as_large_is_nearly_the_same() -> None:
    small = _images(0)[0]
    large = np.asarray(Image.fromarray(small).resize((512, 512), Image.Resampling.NEAREST))
    assert features(large) == pytest.approx(features(small), abs=1e-9)


@pytest.mark.parametrize("pixels", [np.zeros((4, 4)), np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4, 3), np.uint8)])
def test_what_is_no_image_is_refused(pixels: Pixels) -> None:
    with pytest.raises(UnsupportedPixelsError):
        features(pixels)


@cache
def _images(prompt: int) -> list[Pixels]:
    """Twenty images of one prompt, by as many seeds."""
    seeds = list(range(20))
    scenes = [interpret(PROMPTS[prompt], seed=seed) for seed in seeds]
    painter = _painter()
    return [generated.pixels for generated in painter.generate_batch(scenes, seeds, Options(quality="draft"))]


@cache
def _painter() -> Painter:
    return Painter("painter@2", "float32")


def _image(change: Callable[[Image.Image], Image.Image]) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.asarray(change(Image.fromarray(pixels)))


def _jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=60)
    return Image.open(io.BytesIO(out.getvalue()))


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "less saturated": _image(lambda image: ImageEnhance.Color(image).enhance(0.9)),
    "blurred": _image(lambda image: image.filter(ImageFilter.GaussianBlur(0.7))),
    "brighter": lambda pixels: np.minimum(pixels.astype(int) + 6, 255).astype(np.uint8),
    "coded at 60": _image(_jpeg),
}


@pytest.mark.parametrize("change", CHANGES)
def test_ten_images_of_six_prompts_show_a_change(change: str) -> None:
    strata = [
        (
            np.stack([features(pixels) for pixels in _images(prompt)[:10]]),
            np.stack([features(CHANGES[change](pixels)) for pixels in _images(prompt)[10:]]),
        )
        for prompt in range(6)
    ]
    assert set_test(strata).p == 1 / 1000


def test_ten_images_of_six_prompts_show_no_change_where_there_is_none() -> None:
    numbers = [np.stack([features(pixels) for pixels in _images(prompt)]) for prompt in range(6)]
    p = [set_test([(rows[cut], np.delete(rows, cut, axis=0)) for rows in numbers], permutations=199).p for cut in CUTS]
    assert sum(value <= 0.05 for value in p if value is not None) <= 4  # of 20: binomial, more has chance .003


CUTS = [np.random.default_rng(seed).permutation(20)[:10] for seed in range(20)]
