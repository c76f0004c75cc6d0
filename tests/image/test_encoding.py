"""Writing PNG files."""

import io
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from harness.image import Image as Decoded
from harness.image import PixelImage, UnsupportedPixelsError, decode, encode_png, pixel_digest, quick_png


def levels(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.integers(0, random.choice([2, 256]), shape).astype(np.uint8)


@pytest.fixture(params=["installed", "without isal"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "without isal":
        monkeypatch.setattr("harness.image.encoding.deflater", lambda: zlib)
    return str(request.param)


def test_both_encoders_hold_the_same_pixels(library: str) -> None:
    @given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40), st.sampled_from([(), (3,), (4,)]))
    def holds(seed: int, height: int, width: int, channels: tuple[int, ...]) -> None:
        pixels = levels(seed, (height, width, *channels))
        data = quick_png(pixels)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
        assert np.array_equal(decode(data).pixels, decode(encode_png(pixels)).pixels)

    holds()


def test_a_palette_gives_the_levels_their_colors(library: str) -> None:
    indices = levels(3, (9, 7)) % 5
    palette = bytes(range(15))
    image = Image.open(io.BytesIO(quick_png(indices, palette)))
    assert image.mode == "P"
    assert np.array_equal(np.asarray(image.convert("RGB")), np.frombuffer(palette, np.uint8).reshape(5, 3)[indices])


@pytest.mark.parametrize("pixels", [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4)), np.zeros((0, 4), np.uint8), [[1]]])
def test_other_arrays_are_refused(pixels: Any) -> None:
    with pytest.raises(UnsupportedPixelsError):
        quick_png(pixels)


def test_an_image_that_came_as_pixels_is_encoded_when_its_bytes_are_needed() -> None:
    pixels = decode(encode_png(levels(1, (9, 7, 3)))).pixels
    image = PixelImage(Decoded(pixels, "RGB", 7, 9, "array"))
    assert image.pixel_digest == pixel_digest(pixels)
    assert (image.decoded, image.format, "data" in vars(image)) == (True, "png", False)
    assert np.array_equal(decode(image.data).pixels, pixels)
    assert "data" in vars(image)
