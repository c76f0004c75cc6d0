"""Differences of lightness: what the two metrics are, on arrays worked out in another way, with both kernels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.color import rgb2lab

from harness.comparison import compare
from harness.comparison.lightness import TABLE, UNITS, VISIBLE, cell_of
from harness.image.image import Pixels
from harness.records import Box, Comparison
from tests.comparison.conftest import KERNELS, KINDS, NATIVE, generated, using


def value(comparison: Comparison, name: str) -> float:
    found = comparison.value(name)
    assert found is not None
    return found


def both(a: Pixels, b: Pixels) -> tuple[float, float]:
    found = compare(a, b)
    return value(found, "delta_e_block_max"), value(found, "spectrum_peak")


def grey(levels: "np.ndarray") -> Pixels:
    return np.ascontiguousarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def parts(side: int, size: int) -> list[slice]:
    count = max(1, side // size)
    return [slice(i * size, side if i + 1 == count else (i + 1) * size) for i in range(count)]


def test_the_table_is_the_lightness_of_grey() -> None:
    levels = np.arange(256, dtype=np.uint8)
    wanted = rgb2lab(np.stack([levels] * 3, axis=-1)[None])[0, :, 0]
    assert np.abs(TABLE / UNITS - wanted).max() < 0.01


@given(
    st.sampled_from(KINDS), st.integers(1, 300), st.integers(1, 300), st.sampled_from([None, 3, 4]), st.integers(0, 99)
)
@settings(max_examples=60, deadline=None)
def test_they_are_what_their_definitions_say(
    kind: str, height: int, width: int, channels: int | None, seed: int
) -> None:
    a = generated(kind, height, width, channels, seed)
    step = np.random.default_rng(seed).integers(-3, 4, a.shape)
    b = grey(a.astype(int) + step)
    if channels == 4:
        a[..., 3] = b[..., 3] = 255
    light = [
        TABLE[np.asarray(Image.fromarray(one).convert("RGB").convert("L"))].astype(float) / UNITS for one in (a, b)
    ]
    delta = light[1] - light[0]
    cell = math.ceil(max(height, width) / 128)
    blocks = [np.abs(delta[y, x]).mean() for y in parts(height, 8) for x in parts(width, 8)]
    cells = np.array([[delta[y, x].mean() for x in parts(width, cell)] for y in parts(height, cell)])
    assert max(cells.shape) <= 128
    power = np.abs(np.fft.fft2(cells)) ** 2 / cells.size
    power[0, 0] = 0
    peak = 0.0 if cells.size == 1 else power.max() / (power.sum() / (cells.size - 1) + VISIBLE)
    for kernel in KERNELS:
        with using(kernel):
            assert both(a, b) == (pytest.approx(max(blocks), abs=1e-9), pytest.approx(peak, rel=1e-9, abs=1e-9))


@pytest.mark.skipif(not NATIVE, reason="the C extension is not built")
@given(st.sampled_from(KINDS), st.integers(1, 300), st.integers(1, 300), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_every_kernel_gives_the_same_whole_numbers(kind: str, height: int, width: int, seed: int) -> None:
    from harness.comparison import _kernel, native, numeric

    a, b = generated(kind, height, width, 3, seed), generated("noise", height, width, 3, seed)
    b[: height // 2] = a[: height // 2]
    wanted = numeric.seen(a, b).lightness
    before = _kernel.in_use()
    try:
        for name in ("base", "avx2", "avx512"):
            if _kernel.use(name):
                found = native.seen(a, b).lightness
                assert np.array_equal(found.blocks, wanted.blocks)
                assert np.array_equal(found.cells, wanted.cells)
    finally:
        _kernel.use(before)


@pytest.mark.skipif(not NATIVE, reason="the C extension is not built")
def test_an_image_beyond_the_native_size_goes_the_numpy_way() -> None:
    from harness.comparison import native, numeric

    a = generated("noise", 2, 8200, 3)
    b = a // 2
    found, wanted = native.seen(a, b), numeric.seen(a, b)
    assert np.array_equal(found.lightness.cells, wanted.lightness.cells)
    assert found.delta_e == wanted.delta_e


def test_equal_images_and_those_that_differ_evenly_have_no_peak(astronaut: Pixels) -> None:
    assert both(astronaut, astronaut.copy()) == (0, 0)
    flat = np.full((64, 40, 3), 100, np.uint8)
    block, peak = both(flat, flat + 5)
    assert block == pytest.approx((int(TABLE[105]) - int(TABLE[100])) / UNITS)
    assert peak == pytest.approx(0, abs=1e-9)
    assert both(np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)) == (100, 0)


def test_a_wave_stands_out_and_noise_does_not() -> None:
    rng = np.random.default_rng(1)
    flat = np.full((128, 128, 3), 128.0)
    noise = rng.normal(0, 8, flat.shape)
    wave = 8 * np.sin(np.arange(128) * 2 * np.pi / 8)[:, None, None]
    _, silent = both(grey(flat), grey(flat + noise))
    _, structured = both(grey(flat), grey(flat + wave))
    _, mixed = both(grey(flat), grey(flat + wave / 4 + noise))
    assert silent < 30
    assert 0.4 * 128**2 < structured <= 128**2 / 2
    assert silent * 5 < mixed < structured


def test_a_faint_grid_and_a_glyph_are_seen_and_a_color_of_the_same_grey_is_not(astronaut: Pixels) -> None:
    grid = astronaut.astype(int)
    grid[::16] -= 4
    grid[:, ::16] -= 4
    assert both(astronaut, grey(grid))[1] > 100
    glyph = astronaut.copy()
    glyph[100:112, 200:203] = 255
    assert both(astronaut, glyph)[0] > 5
    red, same = np.full((32, 32, 3), (200, 60, 90), np.uint8), np.full((32, 32, 3), (74, 120, 105), np.uint8)
    assert value(compare(red, same), "delta_e") > 60
    assert both(red, same)[0] < 0.5


def test_ignored_pixels_count_as_equal(astronaut: Pixels) -> None:
    other = astronaut.copy()
    other[40:60, 40:60] = 255 - other[40:60, 40:60]
    other[0, 0] ^= 1
    found = compare(astronaut, other, ignore=[Box(40, 40, 20, 20)])
    assert value(found, "delta_e_block_max") < 0.1
    assert value(found, "spectrum_peak") < 0.1


@given(st.integers(1, 9000), st.integers(1, 9000))
def test_cells_are_at_most_128_a_side(height: int, width: int) -> None:
    cell = cell_of(height, width)
    assert max(height // cell, width // cell) <= 128
    assert cell == 1 or max(height, width) > 128 * (cell - 1)
