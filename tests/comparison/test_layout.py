import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.comparison import features, thumbnail
from harness.comparison.color import lab

SIDES = st.integers(1, 40)
LEVELS = st.integers(0, 255)


@given(SIDES, SIDES, st.tuples(LEVELS, LEVELS, LEVELS))
def test_one_color_is_that_color_in_every_part(height: int, width: int, color: tuple[int, int, int]) -> None:
    pixels = np.full((height, width, 3), color, np.uint8)
    assert thumbnail(pixels) == pytest.approx(np.tile(lab(pixels[:1, :1].astype(float))[0, 0], 64))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_each_part_is_the_mean_of_its_pixels(down: int, across: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (8 * down, 8 * across, 3), np.uint8)
    parts = lab(pixels.astype(float)).reshape(8, down, 8, across, 3).mean(axis=(1, 3))
    assert thumbnail(pixels) == pytest.approx(parts.reshape(-1))


@given(st.integers(0, 2**32 - 1))
def test_what_is_mirrored_has_its_parts_mirrored_and_the_same_colors(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 24, 3), np.uint8)
    mirrored = pixels[:, ::-1]
    assert thumbnail(mirrored).reshape(8, 8, 3) == pytest.approx(thumbnail(pixels).reshape(8, 8, 3)[:, ::-1])
    # what the numbers of color and edges do not see
    assert features(mirrored)[:28] == pytest.approx(features(pixels)[:28])


def test_transparent_pixels_are_white() -> None:
    assert thumbnail(np.zeros((9, 9, 4), np.uint8)) == pytest.approx(thumbnail(np.full((9, 9, 3), 255, np.uint8)))
