"""The heat map is a small palette PNG of the size of the images, and the regions of difference are data."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.comparison import IncomparableImagesError, difference, heat_map
from harness.comparison.regions import MOST, regions_of
from harness.image.image import Pixels
from harness.records import Box, Region
from harness.vocabulary import HEAT_SCALE, NOTICEABLE

COLORS = {least: tuple(bytes.fromhex(color[1:])) for least, color in HEAT_SCALE}
SEEN_BY = {
    "everyone": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""Linear RGB as it is seen (Machado, Oliveira, Fernandes 2009, severity 1)."""


def opened(data: bytes) -> Pixels:
    image = Image.open(io.BytesIO(data))
    assert image.mode == "P"
    return np.asarray(image.convert("RGB"))


def class_of(level: int) -> tuple[int, ...]:
    return COLORS[max(least for least in COLORS if least <= level)]


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (6, 7), (64, 64), (65, 130), (1030, 17), (700, 1501)])
def test_each_pixel_has_the_color_of_its_difference_or_a_dark_gray(height: int, width: int, channels: int) -> None:
    rng = np.random.default_rng(height)
    a = rng.integers(0, 256, (height, width, channels), np.uint8)
    a[..., 3:] = 255
    b = np.where(rng.random((height, width, 1)) < 0.2, rng.integers(0, 256, a.shape, np.uint8), a)
    shown, delta = opened(heat_map(a, b).png), difference(a, b).max(axis=2)
    assert shown.shape == (height, width, 3)
    for level in np.unique(delta[delta > 0]).tolist():
        assert (shown[delta == level] == class_of(level)).all()
    ground = shown[delta == 0]
    assert (ground == ground[:, :1]).all()
    assert ground.max(initial=0) <= 50


def lightness(color: tuple[int, ...], seen: str = "everyone") -> float:
    """CIE L* of a color, 0 to 100, as it is seen."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in color)]
    y = float(np.clip(np.array(SEEN_BY[seen]) @ linear, 0, 1) @ (0.2126, 0.7152, 0.0722))
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("seen", SEEN_BY)
def test_more_difference_is_lighter_to_every_eye_and_ten_levels_glow(seen: str) -> None:
    found = [lightness((50, 50, 50), seen), *(lightness(color, seen) for color in COLORS.values())]
    assert min(np.diff(found)) > 2.5
    assert found[1] < 32, "one level is faint"
    assert lightness(class_of(10), seen) > 45


def test_the_steps_of_the_scale_are_even() -> None:
    assert np.diff([lightness(color) for color in COLORS.values()]) == pytest.approx(10, abs=0.3)


def test_ignored_boxes_are_hatched_and_count_for_nothing(astronaut: Pixels) -> None:
    b = np.ascontiguousarray(astronaut[:, ::-1])
    found = heat_map(astronaut, b, ignore=[Box(0, 0, 512, 512)])
    colors = {tuple(color) for color in opened(found.png).reshape(-1, 3).tolist()}
    assert not colors & set(COLORS.values())
    assert (opened(found.png) == 110).all(axis=2).mean() > 0.3
    assert found.regions.listed == ()


def test_the_same_images_give_the_same_bytes_and_few(astronaut: Pixels) -> None:
    b = astronaut.copy()
    b[100:140, 200:260] = np.where(b[100:140, 200:260] > 127, 0, 255)
    found = heat_map(astronaut, b)
    assert heat_map(astronaut, b) == found
    assert len(found.png) < 60_000
    [region] = found.regions.listed
    assert region.box == (200, 100, 60, 40)
    assert region.pixels == 60 * 40
    assert found.regions.more == 0


def test_other_sizes_are_refused() -> None:
    with pytest.raises(IncomparableImagesError, match="the sizes differ: 3×2 and 3×4"):
        heat_map(np.zeros((2, 3, 3), np.uint8), np.zeros((4, 3, 3), np.uint8))


@settings(deadline=None)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    spots=st.lists(
        st.tuples(st.integers(0, 299), st.integers(0, 299), st.integers(1, 40), st.integers(1, 255)), max_size=30
    ),
)
def test_regions_hold_what_differs_each_pixel_once(
    size: tuple[int, int], spots: list[tuple[int, int, int, int]]
) -> None:
    delta = np.zeros(size, np.uint8)
    for y, x, side, level in spots:
        delta[y : y + side, x : x + side // 2 + 1] = level
    found = regions_of(delta)
    counted = delta >= (NOTICEABLE if delta.max() >= NOTICEABLE else 1)
    for region in found.listed:
        x, y, width, height = region.box
        part, levels = counted[y : y + height, x : x + width], delta[y : y + height, x : x + width]
        assert part.shape == (height, width)
        assert region.pixels <= np.count_nonzero(part)
        assert all(part[edge].any() for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1])), "the box is tight"
        assert region.greatest in levels
    pixels = sum(region.pixels for region in found.listed)
    assert (pixels < np.count_nonzero(counted)) == bool(found.more), "each pixel is in one region"
    assert not found.more or len(found.listed) == MOST
    assert (found.listed == ()) == (not delta.any())
    assert max((one.greatest for one in found.listed), default=0) == delta.max()
    assert [one.greatest for one in found.listed] == sorted((one.greatest for one in found.listed), reverse=True)


def test_what_lies_within_another_region_is_a_region_of_its_own() -> None:
    delta = np.zeros((256, 256), np.uint8)
    delta[20:200, [20, 199]] = delta[[20, 199], 20:200] = 40
    delta[100:110, 100:110] = 30
    assert regions_of(delta).listed == (Region((20, 20, 180, 180), 716, 40), Region((100, 100, 10, 10), 100, 30))


def test_faint_noise_everywhere_hides_no_object() -> None:
    delta = np.random.default_rng(0).integers(0, 4, (256, 256)).astype(np.uint8)
    assert [one.box[2:] for one in regions_of(delta).listed] == [(256, 256)]
    delta[40:60, 100:130], delta[200:210, 20:25] = 90, 200
    assert regions_of(delta).listed == (Region((20, 200, 5, 10), 50, 200), Region((100, 40, 30, 20), 600, 90))


def test_the_difference_has_the_levels_of_all_channels() -> None:
    a, b = np.zeros((1, 2, 4), np.uint8), np.zeros((1, 2, 4), np.uint8)
    a[0, 0], b[0, 0], b[0, 1] = (9, 0, 200, 255), (4, 7, 255, 255), (0, 30, 0, 20)
    assert difference(a, b).tolist() == [[[5, 7, 55], [20, 20, 20]]]
    assert difference(a[:, :, :3], b[:, :, :3]).tolist() == [[[5, 7, 55], [0, 30, 0]]]
    with pytest.raises(IncomparableImagesError):
        difference(a, a[:, :1])
