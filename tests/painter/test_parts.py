"""Random integers, tables, palette, features and resampling."""

import numpy as np
import pytest

from harness.painter import arrange, palette
from harness.painter.condition import GROUND, ONE, PAIR, SCENE, condition
from harness.painter.rng import Stream, words
from harness.painter.tables import EXP, EXP_STEPS, NORMAL, noise
from harness.painter.upscale import average, enlarge, reduce, spline
from harness.prompt.scene import COLORS, PLAIN, SHAPES, STYLES, Background, Scene, Thing


def test_streams_depend_on_seed_and_keys_only() -> None:
    assert [Stream(7, 1, 2).bits() for _ in range(2)] == [Stream(7, 1, 2).bits()] * 2
    assert len({Stream(7).bits(), Stream(8).bits(), Stream(7, 0).bits(), Stream(7, 1, 0).bits()}) == 4
    assert words(7, 1, 3).tolist() == words(7, 1, 10)[:3].tolist()
    assert {Stream(n).below(5) for n in range(60)} == set(range(5))


def test_splitmix_gives_the_published_numbers() -> None:
    """The first outputs of SplitMix64 from state 1234567, from its reference implementation."""
    stream = Stream(0)
    stream._state = 1234567
    assert [stream.bits() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_tables_are_what_they_say() -> None:
    np.testing.assert_allclose(EXP[:-1] / 2**20, np.exp(-np.arange(len(EXP) - 1) / EXP_STEPS), atol=5e-7)
    assert EXP[-1] == 0
    assert abs((NORMAL.astype(float) / 4096).var() + (NORMAL / 4096).mean() ** 2 - 1) < 1e-3
    field = noise(3, 0, 64, 64) / 4096
    assert abs(field.mean()) < 0.05
    assert abs(field.std() - 1) < 0.03
    np.testing.assert_array_equal(noise(3, 0, 32, 64), noise(3, 0, 64, 64)[:32])


def test_every_color_of_a_style_is_distinct() -> None:
    for style in STYLES:
        table = palette.OBJECTS[style]
        assert set(table) == set(COLORS)
        for a in COLORS:
            for b in COLORS:
                assert a == b or palette.distance(table[a], table[b]) > 48
    assert set(palette.PLAIN) == set(PLAIN)


def test_things_stand_out_from_what_they_lie_on() -> None:
    for style in STYLES:
        for color in COLORS:
            for ground in PLAIN:
                under = (palette.PLAIN[ground],)
                fill, line, width = palette.paints("circle", color, style, Background("plain", ground), under, 320)
                clear = min(palette.distance(fill, u) for u in under)
                assert clear >= palette.NEAR or (width and min(palette.distance(line, u) for u in under) > 60)


@pytest.mark.parametrize("shape", SHAPES)
def test_features_are_integers_in_range(shape: str) -> None:
    layout = arrange(Scene((Thing(shape, "red", "large"), Thing("moon"), Thing("stars"))), 1)
    c = condition(layout)
    assert c.pair.shape[1] == PAIR
    assert c.ground.shape == (256, GROUND)
    assert c.scene.shape == (SCENE,)
    for part in (c.pair, c.ground, c.scene):
        assert part.dtype == np.int64
        assert np.abs(part).max() <= 4 * ONE


def test_resampling_keeps_flat_colors_and_the_mean() -> None:
    flat = np.full((64, 48, 3), 93, np.uint8)
    assert (enlarge(flat, (0, 0, 768, 1024), 300, 400) == 93).all()
    assert (reduce(np.full((300, 200, 3), 93, np.uint8), (0, 0, 512, 768), 32, 48) == 93).all()
    for matrix in (spline(64, 16, 900, 333), spline(64, 0, 1024, 1024, linear=True), average(256, 32, 960, 64)):
        assert (matrix.sum(1) == 4096).all()


def test_enlarging_adds_no_halo_and_the_native_size_is_untouched() -> None:
    image = np.full((64, 64, 3), 40, np.uint8)
    image[20:40, 20:40] = 200
    big = enlarge(image, (0, 0, 1024, 1024), 512, 512)
    assert big.min() == 40
    assert big.max() == 200
    soft = ((big > 45) & (big < 195)).mean()
    assert soft < 0.02
    np.testing.assert_array_equal(enlarge(image, (0, 0, 1024, 1024), 64, 64), image)


def test_reducing_undoes_enlarging() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[16:48, 8:40] = (200, 100, 50)
    frame = (0, 0, 1024, 1024)
    back = reduce(enlarge(image, frame, 256, 256), frame, 64, 64)
    assert np.abs(back - image).mean() < 1
