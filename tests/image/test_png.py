"""The short way through a PNG gives the pixels that Pillow gives, or leaves the image to Pillow."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from harness.image import CorruptImageError, TruncatedImageError, decode, decoder_name, encode_png
from harness.image import png as png_module
from harness.image.headers import read_header

RNG = np.random.default_rng(11)


@pytest.fixture(autouse=True)
def from_the_seed() -> None:
    """Give each test the same numbers, whichever ran before it in its process."""
    RNG.bit_generator.state = np.random.default_rng(11).bit_generator.state


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def by_hand(rows: list[bytes], width: int, color: int, depth: int = 8, interlaced: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(rows), depth, color, 0, 0, interlaced)
    body = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pillow(data: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


@pytest.fixture(params=["native", "pillow"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pillow":
        monkeypatch.setattr(png_module, "_unfilter", lambda: None)
    elif png_module._unfilter() is None:
        pytest.skip("the C extension is not built")
    return str(request.param)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([0, 2, 6]),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_every_mix_of_filters(height: int, width: int, color: int, seed: int, smooth: bool) -> None:
    rng = np.random.default_rng(seed)
    row = width * {0: 1, 2: 3, 6: 4}[color]
    top = 4 if smooth else 256
    rows = [bytes([rng.integers(0, 5)]) + rng.integers(0, top, row, dtype=np.uint8).tobytes() for _ in range(height)]
    data = by_hand(rows, width, color)
    direct = png_module.decode_png(data, read_header(data), png_module.chunks(data))
    if png_module._unfilter() is not None:
        assert direct is not None
        assert np.array_equal(direct, pillow(data))


@pytest.mark.skipif(png_module._unfilter() is None, reason="the C extension is not built")
@given(st.integers(1, 30), st.integers(1, 60), st.sampled_from([1, 2, 3, 4]), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_the_wave_and_the_plain_rows_agree(height: int, width: int, channels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    raw = rng.integers(0, 256, (height, width * channels + 1), dtype=np.uint8)
    raw[:, 0] %= 5
    wave, plain = np.empty((2, height, width * channels), np.uint8)
    png_module._unfilter()(raw, wave, width * channels, channels, True)
    png_module._unfilter()(raw, plain, width * channels, channels, False)
    assert np.array_equal(wave, plain)


@pytest.mark.skipif(png_module._unfilter() is None, reason="the C extension is not built")
@pytest.mark.parametrize(
    ("raw", "out", "row", "channels"),
    [
        (10, 9, 9, 0),
        (10, 9, 9, 5),
        (10, 9, 9, 2),
        (10, 18, 9, 3),
        (9, 9, 9, 3),
        (10, 9, -9, 3),
        (0, 0, 0, 1),
        (10, 9, 0, 1),
    ],
)
def test_buffers_that_do_not_fit_are_refused(raw: int, out: int, row: int, channels: int) -> None:
    with pytest.raises(ValueError, match="sizes of the buffers"):
        png_module._unfilter()(bytes(raw), bytearray(out), row, channels)


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "camera.png", "logo.png", "horse.png", "page.png"])
def test_photographs(way: str, name: str) -> None:
    data = (Path(skimage.data.__file__).parent / name).read_bytes()
    wanted = pillow(data)
    got = decode(data).pixels
    assert np.array_equal(got, wanted[:, :, : got.shape[2]])


@pytest.mark.parametrize("color", [0, 2, 6])
def test_rows_that_end_early_are_cut_off(way: str, color: int) -> None:
    row = b"\0" + bytes(64 * {0: 1, 2: 3, 6: 4}[color])
    data = by_hand([row] * 10, 64, color)
    longer = data[:20] + struct.pack(">I", 64) + data[24:29] + b"\0\0\0\0" + data[33:]
    longer = longer[:29] + struct.pack(">I", zlib.crc32(longer[12:29])) + longer[33:]
    with pytest.raises(TruncatedImageError):
        decode(longer)


def test_an_unknown_filter_is_damage(way: str) -> None:
    with pytest.raises(CorruptImageError):
        decode(by_hand([b"\x07" + bytes(90)] * 30, 30, 2))


def test_a_wrong_checksum_of_the_rows_is_damage(way: str) -> None:
    data = bytearray(encode_png(RNG.integers(0, 256, (30, 30, 3), dtype=np.uint8)))
    at = data.index(b"IEND") - 4 - 4 - 1
    data[at] ^= 0xFF
    with pytest.raises(CorruptImageError):
        decode(bytes(data))


def test_an_image_that_needs_more_than_rows_is_left_to_pillow() -> None:
    image = Image.fromarray(RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8))
    plain = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a fox, steps 20, seed 4")
    image.save(plain, "PNG", pnginfo=info)
    keyed = io.BytesIO()
    image.save(keyed, "PNG", transparency=(1, 2, 3))
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(turned, "PNG", exif=exif)
    described = io.BytesIO()
    xmp = PngImagePlugin.PngInfo()
    xmp.add_itxt("XML:com.adobe.xmp", '<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>')
    image.save(described, "PNG", pnginfo=xmp)
    for out, direct in ((plain, True), (keyed, False), (turned, False), (described, False)):
        data = out.getvalue()
        if png_module._unfilter() is not None:
            assert (png_module.decode_png(data, read_header(data), png_module.chunks(data)) is not None) is direct
        assert decode(data).format == "png"
    assert decode(turned.getvalue()).pixels.shape == (30, 20, 3)


def test_interlaced_images(way: str) -> None:
    # Adam7 of 3 × 2 grey pixels: pass 1 has (0,0), pass 4 (2,0), pass 6 (1,0), pass 7 the second row.
    body = zlib.compress(bytes([0, 10]) + bytes([0, 30]) + bytes([0, 20]) + bytes([0, 40, 50, 60]))
    header = struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 1)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    data = start + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    assert decode(data).pixels[:, :, 0].tolist() == [[10, 20, 30], [40, 50, 60]]
    png_module.check_complete(data, read_header(data), png_module.chunks(data))
    short = start + chunk(b"IDAT", zlib.compress(bytes([0, 10]))) + chunk(b"IEND", b"")
    with pytest.raises(TruncatedImageError):
        png_module.check_complete(short, read_header(short), png_module.chunks(short))


def test_the_decoder_has_a_name(way: str) -> None:
    assert decoder_name().startswith("pillow ")
    assert ("png native" in decoder_name()) is (way == "native")
