"""The heat map is a small palette PNG that shows where images differ."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFont

from harness.comparison import IncomparableImagesError, compare, difference, heat_map
from harness.comparison.heat import _laid_out, _range
from harness.image.image import Pixels
from harness.records import Box

HOT = (74, 13, 92)
FRAME = (0, 110, 200)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.mode == "P"
    return image


def test_changed_pixels_are_hot_and_others_grey(astronaut: Pixels) -> None:
    b = astronaut.copy()
    b[100:140, 200:260] = np.where(b[100:140, 200:260] > 127, 0, 255)
    data = heat_map(astronaut, b)
    image = opened(data).convert("RGB")
    assert image.width == 512
    assert 512 < image.height < 560
    shown = np.asarray(image)[:512]
    grey = (shown[:, :, 0] == shown[:, :, 1]) & (shown[:, :, 1] == shown[:, :, 2])
    assert not grey[100:140, 200:260].any()
    assert grey.sum() == 512 * 512 - 40 * 60
    assert len(data) < 150_000
    assert heat_map(astronaut, b) == data


def test_the_most_changed_blocks_are_framed_and_ignored_boxes_hatched(astronaut: Pixels) -> None:
    b = np.ascontiguousarray(astronaut[:, ::-1])
    colors = opened(heat_map(astronaut, b, compare(astronaut, b))).convert("RGB").getcolors(1 << 20)
    assert FRAME in {color for _, color in colors or ()}
    hatched = np.asarray(opened(heat_map(astronaut, b, ignore=[Box(0, 0, 512, 512)])).convert("RGB"))[:512]
    assert HOT not in {tuple(color) for color in hatched.reshape(-1, 3).tolist()}
    assert (hatched == 150).all(axis=2).mean() > 0.3


@pytest.mark.parametrize(("height", "width"), [(1, 1), (6, 6), (64, 64), (1030, 17), (700, 1500)])
def test_any_size_gives_an_image_of_fair_size(height: int, width: int) -> None:
    a = np.zeros((height, width, 3), np.uint8)
    b = a.copy()
    b[-1, -1] = 255
    image = opened(heat_map(a, b))
    assert image.width <= 512
    assert image.height <= 580
    assert HOT in {color for _, color in image.convert("RGB").getcolors(1 << 20) or ()}


def test_other_sizes_are_refused() -> None:
    with pytest.raises(IncomparableImagesError, match="the sizes differ: 3×2 and 3×4"):
        heat_map(np.zeros((2, 3, 3), np.uint8), np.zeros((4, 3, 3), np.uint8))


@pytest.mark.parametrize(
    ("height", "width", "scale", "left"), [(64, 64, 4, 22), (96, 400, 1, 0), (1024, 700, 0.5, 0), (128, 320, 1, 0)]
)
def test_frames_lie_around_the_blocks(height: int, width: int, scale: float, left: int) -> None:
    a = np.full((height, width, 3), 90, np.uint8)
    b = a.copy()
    b[16:40, 32:48] = 200
    found = compare(a, b)
    shown = (np.asarray(opened(heat_map(a, b, found)).convert("RGB")) == FRAME).all(axis=2)
    expected = np.zeros_like(shown)
    for x, y, w, h in found.blocks:
        rows, columns = (int(y * scale), int((y + h) * scale) - 1), (int(x * scale), int((x + w) * scale) - 1)
        columns = columns[0] + left, columns[1] + left
        expected[rows[0] : rows[1] + 1, [*columns]] = True
        expected[[*rows], columns[0] : columns[1] + 1] = True
    assert found.blocks
    assert np.array_equal(shown[: int(height * scale)], expected[: int(height * scale)])


def test_the_classes_of_the_legend_hold_each_level_once() -> None:
    ranges = [_range(index).removesuffix(" levels").split("-") for index in range(6)]
    assert [level for low, high in ranges for level in range(int(low), int(high) + 1)] == list(range(1, 256))
    assert [_range(index).endswith("levels") for index in range(6)] == [False] * 5 + [True]


@pytest.mark.parametrize("width", [20, 110, 300, 512])
def test_the_parts_of_the_legend_never_overlap(width: int) -> None:
    font = ImageFont.load_default(size=11)
    texts = ["1-2", "3-8", "lowest SSIM", "ignored", "a text that is longer than others"]
    places, height = _laid_out([(0, text) for text in texts], width, font)
    ends = [x + 16 + font.getlength(text) for (x, _), text in zip(places, texts, strict=True)]
    for (x, y), before, end in zip(places[1:], places, ends, strict=False):
        assert (y, x > end) == (before[1], True) or (y, x) == (before[1] + 18, 6)
        assert x == 6 or x + 16 + font.getlength(texts[places.index((x, y))]) <= width
    assert height == places[-1][1] + 20
    assert (len({y for _, y in places}) == 1) == (width == 512)


def test_the_difference_has_the_levels_of_all_channels() -> None:
    a, b = np.zeros((1, 2, 4), np.uint8), np.zeros((1, 2, 4), np.uint8)
    a[0, 0], b[0, 0], b[0, 1] = (9, 0, 200, 255), (4, 7, 255, 255), (0, 30, 0, 20)
    assert difference(a, b).tolist() == [[[5, 7, 55], [20, 20, 20]]]
    assert difference(a[:, :, :3], b[:, :, :3]).tolist() == [[[5, 7, 55], [0, 30, 0]]]
    with pytest.raises(IncomparableImagesError):
        difference(a, a[:, :1])
