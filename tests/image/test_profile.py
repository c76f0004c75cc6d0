"""What decoding leaves out of the colors of a file is noted."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from harness.image import CorruptImageError, decode, encode_png, read_file, read_image_source
from harness.image import png as png_module
from harness.records import Reason
from harness.vocabulary import Code
from tests.cases import IMAGES
from tests.image.test_decoding import RGB, chunk, png, saved
from tests.image.test_png import way  # noqa: F401 -- a fixture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_chunks(*extra: bytes) -> bytes:
    data = encode_png(RGB)
    return data[:33] + b"".join(extra) + data[33:]


def gamma(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_a_color_profile_is_noted_by_digest_and_name(kind: str) -> None:
    [note] = decode(saved(Image.fromarray(RGB), kind, icc_profile=SRGB)).notes
    assert note.code == Code.IMAGE_PROFILE
    assert note == decode(saved(Image.fromarray(RGB), "PNG", icc_profile=SRGB)).notes[0]
    assert "sRGB" in note.data["name"]


def test_a_pillow_image_has_the_note_of_its_file() -> None:
    data = saved(Image.fromarray(RGB), "PNG", icc_profile=SRGB)
    image, _ = read_image_source(Image.open(io.BytesIO(data)))
    assert image.notes == decode(data).notes


@pytest.mark.usefixtures("way")
def test_a_gamma_is_noted_where_it_is_not_that_of_srgb() -> None:
    assert decode(with_chunks(gamma(100000))).notes == (Reason(Code.IMAGE_GAMMA, {"gamma": 1.0}),)
    assert decode(with_chunks(gamma(45455))).notes == ()
    assert decode(with_chunks(chunk(b"sRGB", b"\0"), gamma(100000))).notes == ()


@pytest.mark.usefixtures("way")
def test_primaries_and_coded_colors_are_profiles() -> None:
    srgb = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    wide = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    assert decode(with_chunks(chunk(b"cHRM", struct.pack(">8I", *srgb)))).notes == ()
    for extra in (chunk(b"cHRM", struct.pack(">8I", *wide)), chunk(b"cICP", bytes([9, 16, 0, 1]))):
        assert [note.code for note in decode(with_chunks(extra)).notes] == [Code.IMAGE_PROFILE]
    assert decode(with_chunks(chunk(b"cICP", bytes([1, 13, 0, 1])))).notes == ()


def test_a_profile_that_inflates_without_end_is_read_to_a_limit() -> None:
    bomb = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(64 * 1024 * 1024)))
    [note] = decode(with_chunks(bomb)).notes
    assert note.code == Code.IMAGE_PROFILE


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_transparent_level_of_grey_is_transparent(depth: int, interlaced: int) -> None:
    count = min(2**depth, 16)
    levels = np.arange(count) * (1 if depth < 16 else 4097)
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    row = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    if interlaced:
        count, row = 1, row[:2]
    raw = b"\0" + row[: max(1, count * depth // 8)]
    key = chunk(b"tRNS", struct.pack(">H", levels[0 if interlaced else 1]))
    data = png(count, 1, depth, 0, raw, key)
    if interlaced:
        data = data[:28] + b"\1" + struct.pack(">I", zlib.crc32(data[12:28] + b"\1")) + data[33:]
    alpha = decode(data).pixels[0, :, 3]
    assert alpha.tolist() == ([0] if interlaced else [255, 0, *[255] * (count - 2)])


def test_a_transparent_color_of_sixteen_bits_is_that_color_alone() -> None:
    levels = np.random.default_rng(5).integers(0, 65536, (9, 11, 3)).astype(">u2")
    levels[3, 4] = levels[7, 8]
    levels[1, 2] = levels[7, 8]
    levels[1, 2, 2] ^= 1  # the same high bytes
    raw = b"".join(b"\0" + row.tobytes() for row in levels)
    image = decode(png(11, 9, 16, 2, raw, chunk(b"tRNS", levels[7, 8].tobytes())))
    assert list(zip(*np.nonzero(image.pixels[:, :, 3] == 0), strict=True)) == [(3, 4), (7, 8)]
    assert np.array_equal(image.pixels[0, :, :3], levels[0] >> 8)


def test_grey_of_sixteen_bits_keeps_its_transparency() -> None:
    image = read_file(IMAGES / "grey16-trns.png")
    assert image.mode == "RGBA"
    assert 0 < np.count_nonzero(image.pixels[:, :, 3] == 0) < image.width * image.height


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"tEXt", b"gAMA", b"IEND"])
def test_a_wrong_checksum_is_damage_with_every_decoder(kind: bytes) -> None:
    data = bytearray(with_chunks(chunk(b"tEXt", b"a\0b"), gamma(45455)))
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    data[at + 4 + length] ^= 1
    with pytest.raises(CorruptImageError):
        decode(bytes(data))
    assert not png_module.same_image_data(bytes(data), bytes(data))
