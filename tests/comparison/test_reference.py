"""The same answers as scikit-image and ImageHash, on photographs and on what trips shortcuts up."""

from itertools import pairwise

import imagehash
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.metrics import structural_similarity

from harness.comparison import compare
from harness.comparison.channels import grounded, with_channels
from harness.comparison.hashing import colorhash, gradient_hashes
from harness.comparison.kernel import kernel
from harness.image import on_ground
from harness.image.image import Pixels
from tests.comparison.conftest import KERNELS, KINDS, PHOTOS, generated, photo, using

NAMES = ("phash", "dhash", "whash", "colorhash")
SIDES = st.integers(1, 90) | st.sampled_from([64, 100, 127, 128, 129, 255, 256, 257])


def ours(pixels: Pixels, name: str) -> dict[str, str]:
    """All four hashes by one kernel, flat images included; of an image with alpha those on white."""
    colors = grounded(with_channels(pixels))[0]
    with using(name):
        raw = kernel().one(colors)
    return gradient_hashes(raw, colors) | {"colorhash": colorhash(raw)}


def theirs(pixels: Pixels) -> dict[str, str]:
    image = Image.fromarray(on_ground(pixels, 255) if pixels.ndim == 3 else pixels)
    return {name: str(getattr(imagehash, name)(image)) for name in NAMES}


@pytest.mark.parametrize("name", PHOTOS)
def test_hashes_of_photographs(name: str) -> None:
    pixels = photo(name)
    for part in (pixels, pixels[: pixels.shape[0] // 2, 13:], pixels[5:138, 40:111]):
        part = np.ascontiguousarray(part)
        wanted = theirs(part)
        for kernel_name in KERNELS:
            assert ours(part, kernel_name) == wanted


@given(st.sampled_from(KINDS), SIDES, SIDES, st.sampled_from([None, 3, 4]), st.integers(0, 5))
@example("flat", 512, 512, 3, 0)
@example("symmetric", 64, 64, 3, 0)
@example("shapes", 256, 256, 3, 1)
@settings(max_examples=150, deadline=None)
def test_hashes_of_generated_images(kind: str, height: int, width: int, channels: int | None, seed: int) -> None:
    pixels = generated(kind, height, width, channels, seed)
    wanted = theirs(pixels)
    for name in KERNELS:
        assert ours(pixels, name) == wanted, name


def ssim(a: Pixels, b: Pixels) -> float:
    """scikit-image's; of images with alpha the lower one of their composites on white and on black."""
    if a.ndim == 3 and a.shape[2] == 4:
        return min(ssim(on_ground(a, level), on_ground(b, level)) for level in (255, 0))
    axis = None if a.ndim == 2 else -1
    return float(structural_similarity(a, b, channel_axis=axis, data_range=255))


@pytest.mark.parametrize("name", PHOTOS)
def test_ssim_of_photographs(name: str) -> None:
    a = photo(name)
    rng = np.random.default_rng(1)
    noisy = np.clip(a + rng.normal(0, 9, a.shape), 0, 255).astype(np.uint8)
    for b in (noisy, np.roll(a, 1, axis=1), 255 - a, a // 2):
        wanted = ssim(a, b)
        for kernel_name in KERNELS:
            with using(kernel_name):
                assert compare(a, b).measurements["ssim"].value == pytest.approx(wanted, abs=1e-9)


@given(
    st.sampled_from(KINDS),
    st.sampled_from(KINDS),
    st.integers(11, 80),
    st.integers(11, 80),
    st.sampled_from([None, 3, 4]),
    st.integers(0, 99),
)
@settings(max_examples=80, deadline=None)
def test_ssim_of_generated_images(
    first: str, second: str, height: int, width: int, channels: int | None, seed: int
) -> None:
    a, b = generated(first, height, width, channels, seed), generated(second, height, width, channels, seed + 1)
    if np.array_equal(a, b):
        return
    wanted = ssim(a, b)
    for name in KERNELS:
        with using(name):
            assert compare(a, b).measurements["ssim"].value == pytest.approx(wanted, abs=1e-9)


@given(st.integers(7, 70), st.integers(7, 70), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_lowest_block_is_that_of_the_full_map(height: int, width: int, seed: int) -> None:
    a, b = generated("gradient", height, width, 3, seed), generated("noise", height, width, 3, seed)
    _, full = structural_similarity(a, b, channel_axis=-1, full=True)
    inside = np.full(full.shape, np.nan)
    inside[3:-3, 3:-3] = full[3:-3, 3:-3]
    rows = [*range(0, max(1, height // 16) * 16, 16), height]
    columns = [*range(0, max(1, width // 16) * 16, 16), width]
    wanted = min(
        np.nanmean(inside[top:bottom, left:right])
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    )
    for name in KERNELS:
        with using(name):
            assert compare(a, b).measurements["ssim_block_min"].value == pytest.approx(wanted, abs=1e-9)


def test_color_difference_is_scikit_images_of_the_mean_colors() -> None:
    from skimage.color import deltaE_cie76, rgb2lab

    a, b = photo("coffee.png")[:96, :128], photo("chelsea.png")[:96, :128]
    wanted = 0.0
    for y in range(0, 80, 16):
        for x in range(0, 112, 16):
            means = [part[y : y + 32, x : x + 32].mean(axis=(0, 1)) / 255 for part in (a, b)]
            wanted = max(wanted, float(deltaE_cie76(rgb2lab(means[0]), rgb2lab(means[1]))))
    for name in KERNELS:
        with using(name):
            assert compare(a, b).measurements["delta_e"].value == pytest.approx(wanted, abs=0.02)


@given(
    st.sampled_from(KINDS),
    st.sampled_from(KINDS),
    st.integers(11, 80),
    st.integers(11, 80),
    st.sampled_from([3, 4]),
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_with_alpha_the_worse_of_both_composites_counts(
    first: str, second: str, height: int, width: int, channels: int, seed: int
) -> None:
    a, b = generated(first, height, width, 4, seed), generated(second, height, width, channels, seed + 1)
    a[: height // 2, :, 3] = 255
    a[height // 3 :, : width // 2, 3] = 0
    if channels == 4:
        b[:, : width // 3, 3] = 0
    composites = [(on_ground(a, level), on_ground(b, level)) for level in (255, 0)]
    for name in KERNELS:
        with using(name):
            found = compare(a, b).measurements
            each = [compare(x, y).measurements for x, y in composites]
        assert found["ssim"].value == pytest.approx(min(ssim(x, y) for x, y in composites), abs=1e-9)
        assert found["ssim_block_min"].value == min(one["ssim_block_min"].value for one in each)
        assert found["delta_e"].value == max(one["delta_e"].value for one in each)
        for kind in NAMES:
            theirs_of = getattr(imagehash, kind)
            distances = [theirs_of(Image.fromarray(x)) - theirs_of(Image.fromarray(y)) for x, y in composites]
            if all(one[kind].value is not None for one in each):
                assert found[kind].value == max(distances)
