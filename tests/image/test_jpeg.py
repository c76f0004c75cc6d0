"""A JPEG that is cut is never a whole image, whatever its end says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.image import TruncatedImageError, decode, read_file
from harness.image.jpeg import jpeg_layout
from tests.cases import IMAGES
from tests.image.test_decoding import RGB, saved

KINDS: list[dict[str, Any]] = [
    {"progressive": progressive, **more}
    for progressive in (False, True)
    for more in ({}, {"subsampling": 0}, {"restart_marker_blocks": 3}, {"optimize": True})
]
NOISY = np.random.default_rng(3).integers(0, 256, (70, 90, 3), dtype=np.uint8) // 8 + RGB[:1, :1]
LAST = 0.08
"""The part of a JPEG of one scan that can be missing unseen: within its last block, at the sizes used here."""


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_complete_image_is_whole(options: dict[str, Any], mode: str) -> None:
    for pixels in (NOISY, np.full((33, 47, 3), 128, np.uint8)):
        data = saved(Image.fromarray(pixels).convert(mode), "JPEG", **options)
        layout = jpeg_layout(data)
        assert (layout.end, layout.covered) == (len(data), True)
        assert layout.simple is (not options["progressive"] and mode != "CMYK")
        assert decode(data).width == pixels.shape[1]


@given(st.sampled_from(KINDS), st.sampled_from(["RGB", "L", "CMYK"]), st.floats(0, 1))
@settings(max_examples=250, deadline=None)
def test_an_image_that_is_cut_and_ended_is_cut(options: dict[str, Any], mode: str, part: float) -> None:
    data = saved(Image.fromarray(NOISY).convert(mode), "JPEG", **options)
    first = data.index(b"\xff\xda") + 20
    one_scan = not options["progressive"] and mode != "CMYK"
    last = len(data) - 2 - (int(LAST * len(data)) if one_scan else 0)
    cut = first + int(part * (last - first))
    try:
        image = decode(data[:cut] + b"\xff\xd9")
    except TruncatedImageError:
        return
    assert np.array_equal(image.pixels, decode(data).pixels), "what is missing changes no pixel"


def test_a_cut_image_that_ends_in_an_end_mark() -> None:
    with pytest.raises(TruncatedImageError):
        read_file(IMAGES / "jpeg-cut-but-ends-in-eoi.jpg")


def test_an_end_mark_of_a_thumbnail_ends_nothing() -> None:
    thumbnail = saved(Image.fromarray(RGB[:8, :8]), "JPEG")
    data = saved(Image.fromarray(NOISY), "JPEG")
    with_one = data[:2] + b"\xff\xe1" + (2 + len(thumbnail)).to_bytes(2, "big") + thumbnail + data[2:]
    assert jpeg_layout(with_one).end == len(with_one)
    with pytest.raises(TruncatedImageError):
        decode(with_one[:-2])
