"""Whatever the bytes are and whatever a decoder raises: an image or an ImageError, within its time."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from harness.image import (
    DEFAULT_LIMITS,
    CorruptImageError,
    DecodingTimeoutError,
    EncodedImage,
    ImageTooLargeError,
    Limits,
    decode,
    read_image_source,
)
from tests.proofs.deadlines import many_scans, received
from tests.proofs.images import decoded, originals, saved

CASES = Path(__file__).parent / "cases"
NO_PLTE = CASES / "palette-without-plte.png"


def test_a_palette_image_without_a_palette_is_damaged() -> None:
    with pytest.raises(CorruptImageError) as caught:
        decode(NO_PLTE.read_bytes())
    assert caught.value.format == "png"
    with Image.open(NO_PLTE) as opened, pytest.raises(CorruptImageError):
        read_image_source(opened)


@pytest.mark.parametrize("error", [AssertionError, MemoryError, RecursionError, AttributeError, struct.error, OSError])
def test_whatever_a_decoder_raises_is_a_damaged_image(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: Any) -> None:
        raise error

    monkeypatch.setattr(JpegImageFile, "load", load)
    with pytest.raises(CorruptImageError) as caught:
        decode(saved(Image.new("L", (8, 8)), "JPEG"))
    assert error.__name__ in caught.value.detail


def test_damaged_files_of_every_kind_give_an_image_or_a_fault() -> None:
    found, escaped = decoded(range(2000))
    assert not escaped
    assert found["image"] > 100
    assert found["image: CorruptImageError"] > 100
    assert all(read for read in originals())


def test_the_scans_of_a_jpeg_are_limited() -> None:
    most = DEFAULT_LIMITS.scans
    assert decode(many_scans(16, most)).pixels.shape == (16, 16, 3)
    with pytest.raises(ImageTooLargeError) as caught:
        decode(many_scans(8000, 3 * most))
    assert (caught.value.limit, caught.value.found, caught.value.allowed) == ("scans", 3 * most, most)


def test_bytes_of_metadata_are_no_scans() -> None:
    comment = b"\xff\xfe" + struct.pack(">H", 2002) + b"\xff\xda" * 1000
    data = saved(Image.new("RGB", (8, 8)), "JPEG")
    assert decode(data[:2] + comment + data[2:]).width == 8


def test_decoding_ends_at_its_time() -> None:
    data = many_scans(4000, 90)
    image = EncodedImage(data, limits=Limits(seconds=0.0))
    with pytest.raises(DecodingTimeoutError) as caught:
        _ = image.image
    assert caught.value.seconds == 0.0
    assert np.all(decode(many_scans(64, 90), Limits(seconds=60.0)).pixels == 128)


def test_decoding_has_the_time_of_its_trial() -> None:
    generated = received(many_scans(64, 90), timeout=7.0)
    assert generated.image.limits.seconds == 7.0
    assert replace(generated, left=0.0).image.limits.seconds == 0.0
    with pytest.raises(DecodingTimeoutError):
        _ = replace(generated, left=0.0).image.image
