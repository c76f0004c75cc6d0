"""The heat map is a small palette PNG that shows where images differ."""

import io

import numpy as np
import pytest
from PIL import Image

from harness.comparison import IncomparableImagesError, compare, heat_map
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
