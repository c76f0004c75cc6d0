"""Every kind of image has one stated treatment; everything else has one typed fault."""

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.image import (
    DEFAULT_LIMITS,
    AnimatedImageError,
    CorruptImageError,
    ImageError,
    ImageTooLargeError,
    LfsPointerError,
    Limits,
    NotAnImageError,
    TruncatedImageError,
    UnreadableFileError,
    UnsupportedPixelsError,
    decode,
    encode_png,
    file_digest,
    looks_like,
    pixel_digest,
    read_bytes,
    read_file,
    read_header,
    sniff,
)
from harness.records import Reason
from harness.vocabulary import Code

RNG = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def from_the_seed() -> None:
    """Give each test the same numbers, whichever ran before it in its process."""
    RNG.bit_generator.state = np.random.default_rng(7).bit_generator.state


SMOOTH = np.add.outer(np.arange(40) * 4, np.arange(56) * 2)[:, :, None] + np.array([0, 10, 20])
RGB = SMOOTH.astype(np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, color: int, raw: bytes, *extra: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    idat = chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + idat + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_lossless_formats_give_the_pixels_back(kind: str) -> None:
    image = decode(saved(Image.fromarray(RGB), kind, lossless=True))
    assert np.array_equal(image.pixels, RGB)
    assert (image.mode, image.width, image.height, image.format) == ("RGB", 56, 40, kind.lower())
    assert image.notes == ()
    assert image.pixels.flags.c_contiguous
    assert not image.pixels.flags.writeable


def test_jpeg_is_what_pillow_decodes() -> None:
    data = saved(Image.fromarray(RGB), "JPEG", quality=80)
    assert np.array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize(("mode", "kind"), [("1", "PNG"), ("L", "PNG"), ("L", "JPEG"), ("L", "WEBP"), ("P", "PNG")])
def test_grey_and_palette_become_rgb(mode: str, kind: str) -> None:
    data = saved(Image.fromarray(RGB).convert(mode), kind)
    image = decode(data)
    assert image.mode == "RGB"
    assert np.array_equal(image.pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_that_is_used_is_kept_straight(mode: str) -> None:
    made = Image.fromarray(RGB).convert(mode)
    made.putalpha(Image.fromarray(RGB[:, :, 0]))
    image = decode(saved(made, "PNG"))
    assert image.mode == "RGBA"
    wanted = np.asarray(made.convert("RGBA")).copy()
    wanted[wanted[:, :, 3] == 0] = 0
    assert np.array_equal(image.pixels, wanted)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_alpha_that_is_opaque_everywhere_is_dropped(kind: str) -> None:
    opaque = decode(saved(Image.fromarray(RGB).convert("RGBA"), kind, lossless=True))
    assert opaque.mode == "RGB"
    assert pixel_digest(opaque.pixels) == pixel_digest(RGB)


def test_palette_with_a_transparent_entry_becomes_rgba() -> None:
    image = Image.fromarray(RGB).quantize(8)
    image = decode(saved(image, "PNG", transparency=3))
    assert image.mode == "RGBA"
    assert set(np.unique(image.pixels[:, :, 3])) == {0, 255}


@pytest.mark.parametrize(("color", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_keep_the_high_byte_and_say_so(color: int, channels: int) -> None:
    high = np.resize(RGB, (40, 56, channels)).astype(np.uint16)
    levels = (high << 8 | 0x7F).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in levels)
    image = decode(png(56, 40, 16, color, raw))
    assert image.notes == (Reason(Code.DEPTH_REDUCED, {"bits": 16, "accepted": None}),)
    assert np.array_equal(image.pixels[:, :, 0], high[:, :, 0])
    assert image.mode == ("RGBA" if channels in (2, 4) else "RGB")


def test_cmyk_is_converted_and_says_so() -> None:
    image = Image.fromarray(RGB).convert("CMYK")
    data = saved(image, "JPEG")
    image = decode(data)
    assert image.notes == (Reason(Code.IMAGE_CMYK),)
    assert np.array_equal(image.pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(kind: str, orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(RGB), kind, exif=exif)
    image = decode(data)
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(image.pixels, np.asarray(wanted))
    assert image.notes == (() if orientation == 1 else (Reason(Code.IMAGE_ROTATED, {"orientation": orientation}),))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty body"),
        (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "an HTML page"),
        (b'{"error": "invalid key"}', "JSON text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG image"),
        (b"upstream timed out", "plain text"),
        (bytes(range(128, 256)), "unknown binary data"),
        (b"BMW, Mercedes and Audi", "plain text"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video"),
    ],
)
def test_what_is_no_image_is_named(data: bytes, words: str) -> None:
    with pytest.raises(NotAnImageError, match="it looks like") as caught:
        decode(data)
    assert caught.value.looks_like == words == looks_like(data)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_a_git_lfs_pointer_is_named_wherever_it_is_read() -> None:
    pointer = Path(__file__).with_name("lfs-pointer.png")
    for read in (lambda: decode(pointer.read_bytes()), lambda: read_file(pointer), lambda: read_bytes(pointer)):
        with pytest.raises(LfsPointerError) as caught:
            read()
        assert "git lfs pull" in caught.value.hint


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_an_image_cut_anywhere_is_a_fault_never_half_an_image(kind: str) -> None:
    data = saved(Image.fromarray(RNG.integers(0, 256, (48, 48, 3), dtype=np.uint8)), kind)
    for length in range(3, len(data) - 2, max(1, len(data) // 97)):
        with pytest.raises((TruncatedImageError, NotAnImageError, CorruptImageError)):
            decode(data[:length])
    with pytest.raises(TruncatedImageError, match=f"{kind} image that is cut off"):
        decode(data[: len(data) // 2])


def test_limits_hold_before_decoding() -> None:
    bomb = png(20_000, 20_000, 8, 2, b"")
    with pytest.raises(ImageTooLargeError, match=r"20,000 × 20,000.*limit 'pixels' is 67,108,864") as caught:
        decode(bomb)
    assert caught.value.limit == "pixels"
    with pytest.raises(ImageTooLargeError) as caught:
        decode(saved(Image.fromarray(RGB), "PNG"), Limits(bytes=100))
    assert caught.value.limit == "bytes"
    jpeg = bytearray(saved(Image.fromarray(RGB), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65000, 65000)
    with pytest.raises(ImageTooLargeError):
        decode(bytes(jpeg))


def test_a_header_that_promises_less_than_the_data_holds_is_no_bomb() -> None:
    raw = b"\0" * (50 * 1024 * 1024)
    data = png(8, 8, 8, 2, raw)
    assert decode(data).pixels.shape == (8, 8, 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_animation_is_refused_unless_allowed(kind: str) -> None:
    frames = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (0, 128, 255)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, lossless=True)
    with pytest.raises(AnimatedImageError, match=r"3 (frames|pages); the limit 'frames' is 1"):
        decode(data)
    image = decode(data, Limits(frames=3))
    assert image.notes == (Reason(Code.IMAGE_FIRST_FRAME, {"frames": 3}),)
    assert image.pixels.max() == 0


def test_bytes_behind_the_end_are_noted() -> None:
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF"):
        image = decode(saved(Image.fromarray(RGB), kind) + b"trailing")
        assert image.notes == (Reason(Code.IMAGE_TRAILING, {"count": 8}),), kind


def test_an_image_of_no_size_is_damaged() -> None:
    with pytest.raises(CorruptImageError, match="0 × 5"):
        decode(png(0, 5, 8, 2, b""))


@given(st.binary(max_size=400), st.sampled_from(["PNG", "JPEG", "WEBP"]), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_damaged_bytes_give_an_image_or_a_fault(noise: bytes, kind: str, seed: int) -> None:
    data = bytearray(saved(Image.fromarray(RGB), kind))
    rng = np.random.default_rng(seed)
    for byte in noise[:40]:
        data[rng.integers(len(data))] = byte
    for candidate in (bytes(data), noise):
        with contextlib.suppress(ImageError):
            image = decode(candidate, Limits(pixels=1_000_000))
            assert image.pixels.shape[:2] == (image.height, image.width)


def test_files_are_named_in_faults(tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    page.write_bytes(b"<html>no</html>")
    with pytest.raises(NotAnImageError, match=r"page\.png: not an image"):
        read_file(page)
    with pytest.raises(UnreadableFileError, match=r"missing\.png: cannot be read"):
        read_file(tmp_path / "missing.png")
    with pytest.raises(UnreadableFileError, match="directory"):
        read_file(tmp_path)
    (tmp_path / "a.png").write_bytes(encode_png(RGB))
    assert np.array_equal(read_file(tmp_path / "a.png").pixels, RGB)
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(DEFAULT_LIMITS.bytes + 1)
    with pytest.raises(ImageTooLargeError, match=r"a\.png"):
        read_file(tmp_path / "a.png")


def test_headers_are_read_without_decoding() -> None:
    assert read_header(encode_png(RGB))[:4] == ("png", 56, 40, 1)
    assert read_header(saved(Image.fromarray(RGB), "JPEG"))[:4] == ("jpeg", 56, 40, 1)
    for lossless in (True, False):
        assert read_header(saved(Image.fromarray(RGB), "WEBP", lossless=lossless))[:4] == ("webp", 56, 40, 1)
    assert sniff(b"\xff\xd8\xff\xe0") == "jpeg"
    assert sniff(b"text") is None


def test_digests() -> None:
    data = encode_png(RGB)
    assert file_digest(data) == file_digest(memoryview(data))
    assert encode_png(RGB) == data
    digests = {
        pixel_digest(RGB),
        pixel_digest(RGB.reshape(56, 40, 3)),
        pixel_digest(np.dstack([RGB, RGB[:, :, 0]])),
        pixel_digest(RGB + np.uint8(1)),
    }
    assert len(digests) == 4
    assert pixel_digest(np.asfortranarray(RGB)) == pixel_digest(RGB)
    # The form of the digest is stored in baselines: it must never change.
    assert pixel_digest(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)) == (
        file_digest(b"RGB 2x2\n" + bytes(range(12)))
    )


@pytest.mark.parametrize(
    "array",
    [RGB.astype(bool), RGB / 255, RGB.astype(np.uint16), RGB[:0], RGB[:, :, :2], RGB[None], np.full((4, 4, 3), np.nan)],
)
def test_arrays_that_are_no_image_are_refused(array: np.ndarray) -> None:
    with pytest.raises(UnsupportedPixelsError, match="not the pixels"):
        pixel_digest(array)
    with pytest.raises(UnsupportedPixelsError):
        encode_png(array)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([None, 3, 4]), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_what_is_encoded_decodes_to_the_same(height: int, width: int, channels: int | None, level: int) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    pixels = np.random.default_rng(height * 100 + width).integers(0, 255, shape, dtype=np.uint8)
    back = decode(encode_png(pixels, level=level)).pixels
    wanted = np.repeat(pixels[:, :, None], 3, axis=2) if channels is None else pixels.copy()
    if channels == 4:
        wanted[wanted[:, :, 3] == 0] = 0
    assert np.array_equal(back, wanted)
