"""Texts stored in an image: PNG chunks, EXIF tags, and what is no image or damaged."""

import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PilImage
from PIL.PngImagePlugin import PngInfo

from harness.image import CorruptImageError, ImageError, NotAnImageError, embedded_texts


def png(compressed: bool = False, **texts: str) -> bytes:
    info, stream = PngInfo(), BytesIO()
    for name, text in texts.items():
        info.add_text(name, text, zip=compressed)
    PilImage.new("RGB", (4, 4)).save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50))
def test_texts_of_a_png(compressed: bool, text: str) -> None:
    assert embedded_texts(png(compressed, prompt=text, other="x")) == {"prompt": text, "other": "x"}


def test_texts_of_other_formats_are_tags() -> None:
    exif, stream = PilImage.Exif(), BytesIO()
    exif[0x0110], exif[0x0112] = "prompt:{}", 1
    PilImage.new("RGB", (4, 4)).save(stream, "WEBP", exif=exif)
    assert embedded_texts(stream.getvalue()) == {"272": "prompt:{}"}


def test_an_image_without_texts_has_none() -> None:
    assert embedded_texts(png()) == {}


def test_a_text_that_grows_without_end_is_a_damaged_image() -> None:
    body = b"prompt\0\0" + zlib.compress(b"a" * 2**23)
    chunk = len(body).to_bytes(4, "big") + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4, "big")
    data = png()
    with pytest.raises(CorruptImageError):
        embedded_texts(data[:33] + chunk + data[33:])


def test_what_is_no_image_is_reported() -> None:
    with pytest.raises(NotAnImageError):
        embedded_texts(b'{"3": {}}')


@given(st.integers(9, len(png(prompt="a")) - 1), st.binary(max_size=8))
def test_a_damaged_image_is_reported_or_read(at: int, bytes_: bytes) -> None:
    data = png(prompt="a")
    for damaged in (data[:at], data[:at] + bytes_ + data[at + len(bytes_) :]):
        try:
            embedded_texts(damaged)
        except ImageError:
            continue
