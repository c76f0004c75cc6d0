"""Transparency: what no viewer shows counts for nothing, what any of them shows counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.comparison import broken, compare, difference, heat_map
from harness.image import on_ground, read_file
from harness.vocabulary import PANEL
from tests.cases import IMAGES
from tests.comparison.conftest import KERNELS, KINDS, generated, using


@pytest.fixture(params=KERNELS)
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@given(st.sampled_from(KINDS), st.integers(1, 60), st.integers(1, 60), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_colors_under_alpha_0_reach_no_metric(kind: str, height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = generated(kind, height, width, 4, seed), generated(kind, height, width, 4, seed + 1)
    a[:, :, 3] = rng.choice([0, 1, 255], (height, width))
    b[:, : width // 2, 3] = 0
    other_a, other_b = a.copy(), b.copy()
    for array in (other_a, other_b):
        array[array[:, :, 3] == 0, :3] = rng.integers(0, 256, 3)
    for name in KERNELS:
        with using(name):
            assert compare(a, other_a).same_pixels
            assert compare(a, b) == compare(other_a, other_b)
    assert heat_map(a, b) == heat_map(other_a, other_b)
    assert np.array_equal(difference(a, b), difference(other_a, other_b))
    assert not difference(a, other_a).any()


def test_a_color_that_shows_through_alpha_1_is_no_large_change() -> None:
    clear = np.zeros((16, 16, 4), np.uint8)
    faint = np.full((16, 16, 4), 255, np.uint8)
    faint[:, :, 3] = 1
    found = compare(clear, faint)
    assert (found.value("max_abs"), found.value("mae")) == (1, 0.25)
    assert found.value("delta_e") < 1


@given(st.sampled_from(KINDS), st.integers(1, 60), st.integers(1, 60), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_rgb_is_opaque_rgba(kind: str, height: int, width: int, seed: int) -> None:
    a, b = generated(kind, height, width, 3, seed), generated("shapes", height, width, 3, seed + 1)
    opaque = np.dstack([b, np.full((height, width), 255, np.uint8)])
    for name in KERNELS:
        with using(name):
            assert compare(a, opaque) == compare(a, b) == compare(np.insert(a, 3, 255, axis=2), opaque)


def test_the_same_image_to_every_viewer_is_identical(by: str) -> None:
    a, b = (read_file(IMAGES / f"alpha0-colors-{name}").pixels for name in ("a.png", "b.webp"))
    with using(by):
        assert compare(a, b).same_pixels


def test_one_pixel_with_alpha_leaves_images_comparable(by: str) -> None:
    a, b = (read_file(IMAGES / f"one-pixel-alpha-{side}.png").pixels for side in "ab")
    with using(by):
        found = compare(a, b)
    assert all(found.value(name) is not None for name in PANEL if name != "bytes_equal")
    assert found.value("changed") == 1 / 256**2
    assert found.value("ssim") > 0.999


def test_white_that_moves_on_a_transparent_ground_is_seen(by: str) -> None:
    a, b = (read_file(IMAGES / f"white-on-transparent-moved-{side}.png").pixels for side in "ab")
    assert np.array_equal(on_ground(a, 255), on_ground(b, 255))
    with using(by):
        found = compare(a, b)
    assert found.value("delta_e") > 50
    assert min(found.value(name) for name in ("phash", "dhash", "whash")) > 0
    assert found.value("ssim") < 0.9


def test_a_hash_that_one_image_has_not_on_a_ground_is_absent() -> None:
    white = np.full((64, 64, 4), 255, np.uint8)
    white[:32, :, 3] = 0
    drawn = white.copy()
    drawn[40:50, 20:40, :3] = 0
    measured = compare(white, drawn).measurements["phash"]
    assert measured.value is None
    assert set(measured.detail) == {"b"}


def test_an_image_of_hidden_colors_alone_is_blank() -> None:
    hidden = generated("shapes", 64, 64, 4)
    hidden[:, :, 3] = 0
    assert broken(hidden) is not None


@pytest.mark.parametrize("level", [0, 128, 255])
def test_every_level_under_every_alpha_is_composited_to_the_nearest(level: int) -> None:
    color, alpha = np.mgrid[:256, :256]
    pixels = np.stack([color, 255 - color, color, alpha], axis=2).astype(np.uint8)
    exact = (pixels[:, :, :3].astype(np.int64) * alpha[:, :, None] + level * (255 - alpha[:, :, None]) + 127) // 255
    assert np.array_equal(on_ground(pixels, level), exact)
