"""Plain JPEGs and WebPs that are decoded by one call: pixels, notes and faults are those of Pillow's way."""

import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from harness.image import DecodingTimeoutError, ImageError, Limits, decode, decoder_name
from harness.image import decoding as decoding_module
from harness.image import direct as direct_module
from tests.image.test_decoding import RGB, saved

JPEG = pytest.param("JPEG", marks=pytest.mark.skipif(not direct_module._simplejpeg(), reason="without the extra jpeg"))
WEBP = pytest.param("WEBP", marks=pytest.mark.skipif(not direct_module._libwebp(), reason="no name can be looked up"))
BOTH = pytest.mark.parametrize("kind", [JPEG, WEBP])
SIZES = ((1, 1), (2, 3), (7, 9), (8, 8), (15, 17), (16, 16), (33, 47), (64, 48), (101, 67), (130, 129))
RNG = np.random.default_rng(29)
NOISE = RNG.integers(0, 256, (129, 130, 3), dtype=np.uint8)
PHOTO = np.asarray(Image.fromarray(RGB).resize((130, 129), Image.Resampling.BICUBIC))
PICTURES = [Image.fromarray(np.ascontiguousarray(of[:h, :w])) for of in (NOISE, PHOTO) for w, h in SIZES]


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "JPEG": [
        {"quality": quality, "subsampling": sampling, "progressive": progressive, **more}
        for quality in (10, 75, 95, 100)
        for sampling in (0, 1, 2)
        for progressive in (False, True)
        for more in ({}, {"restart_marker_blocks": 2})
        if not (progressive and more)  # libjpeg cannot always write that through Pillow's buffer
    ]
    + [{"exif": turned()}, {"icc_profile": SRGB}, {"keep_rgb": True}, {"optimize": True}],
    "WEBP": [
        *({"lossless": True, "method": method} for method in (0, 2, 4)),
        *({"quality": quality} for quality in (1, 50, 90, 100)),
        *({"lossless": lossless, "exif": turned(), "icc_profile": SRGB} for lossless in (True, False)),
    ],
}


def outcome(data: bytes) -> tuple[Any, ...]:
    """All that decoding says of the bytes."""
    try:
        image = decode(data)
    except ImageError as fault:
        return type(fault).__name__, str(fault)
    return image.format, image.notes, image.pixels.shape, image.pixels.tobytes()


@pytest.fixture
def pillow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give what decoding says of the bytes where all is Pillow's."""

    def by_pillow(data: bytes) -> tuple[Any, ...]:
        with monkeypatch.context() as patch:
            for name in ("decode_jpeg", "decode_webp"):
                patch.setattr(decoding_module, name, lambda *_: None)
            return outcome(data)

    return by_pillow


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the one call gave pixels, for each image that is decoded."""
    found: list[bool] = []
    for name in ("decode_jpeg", "decode_webp"):
        real = getattr(direct_module, name)

        def seen(*given: Any, real: Any = real) -> Any:
            pixels = real(*given)
            found.append(pixels is not None)
            return pixels

        monkeypatch.setattr(decoding_module, name, seen)
    return found


@BOTH
def test_every_plain_image_has_the_pixels_and_notes_of_pillow(kind: str, pillow: Any, direct: list[bool]) -> None:
    for options in OPTIONS[kind]:
        for picture in PICTURES:
            data = saved(picture, kind, **options)
            assert outcome(data) == pillow(data), (options, picture.size)
            assert direct.pop() is (kind == "JPEG" or "exif" not in options), (options, picture.size)


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGBA")])
def test_other_images_are_left_to_pillow(kind: str, mode: str, pillow: Any, direct: list[bool]) -> None:
    picture = PICTURES[-1].convert(mode)
    if mode == "RGBA":
        picture.putalpha(90)
    for options in ({}, {"lossless": True}, {"progressive": True}):
        data = saved(picture, kind, **options)
        assert outcome(data) == pillow(data)
        assert not any(direct)


def test_a_jpeg_of_another_sampling_is_left_to_pillow(direct: list[bool], pillow: Any) -> None:
    data = saved(PICTURES[-1], "JPEG", subsampling=0)
    at = data.index(b"\xff\xc0") + 11
    assert outcome(data) == pillow(data)
    odd = data[:at] + b"\x12" + data[at + 1 :]  # 4:4:0: half of its blocks are then missing
    assert outcome(odd) == pillow(odd)
    assert direct[0]
    assert not any(direct[1:])


def bases(kind: str) -> list[bytes]:
    picture = PICTURES[-4].resize((45, 37))
    chosen = {
        "JPEG": [
            {"subsampling": sampling, "progressive": progressive}
            for sampling in (0, 2)
            for progressive in (False, True)
        ]
        + [{"restart_marker_blocks": 2}],
        "WEBP": [{"lossless": True}, {"quality": 80}],
    }
    return [saved(picture, kind, **options) for options in chosen[kind]]


@BOTH
def test_a_cut_image_has_the_fault_of_pillow(kind: str, pillow: Any) -> None:
    for data in bases(kind):
        for end in range(12, len(data), 7):
            for cut in (data[:end], data[:end] + data[-2:]):
                assert outcome(cut) == pillow(cut), end


@BOTH
def test_damage_has_the_outcome_of_pillow(kind: str, pillow: Any) -> None:
    rng = random.Random(5)
    originals = bases(kind)
    faults = images = 0
    for _ in range(1500):
        data = bytearray(rng.choice(originals))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(12, len(data))
            if rng.random() < 0.8:
                data[at] = rng.randrange(256)
            else:
                del data[at : at + rng.randint(1, 9)]
        found = outcome(bytes(data))
        assert found == pillow(bytes(data))
        faults, images = faults + (len(found) == 2), images + (len(found) == 4)
    assert faults > 100
    assert images > 100


@BOTH
def test_no_call_is_begun_when_the_time_is_over(kind: str) -> None:
    with pytest.raises(DecodingTimeoutError):
        decode(saved(PICTURES[-1], kind), Limits(seconds=0.0))


@pytest.mark.parametrize("error", [ValueError, MemoryError, OSError, AssertionError])
def test_whatever_the_one_call_raises_pillow_decides(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, pillow: Any
) -> None:
    def decode_jpeg(*_: Any, **__: Any) -> None:
        raise error

    data = saved(PICTURES[-1], "JPEG")
    monkeypatch.setattr(direct_module, "_simplejpeg", lambda: SimpleNamespace(decode_jpeg=decode_jpeg))
    assert outcome(data) == pillow(data)


def test_a_jpeg_of_much_work_is_read_block_by_block(monkeypatch: pytest.MonkeyPatch, direct: list[bool]) -> None:
    data = saved(PICTURES[-1], "JPEG", progressive=True)
    monkeypatch.setattr(decoding_module, "MUCH", 130 * 129 * 9)
    decode(data)
    assert not direct


def test_the_decoder_of_jpegs_is_in_the_name() -> None:
    assert ("jpeg simplejpeg" in decoder_name()) is (direct_module._simplejpeg() is not None)
