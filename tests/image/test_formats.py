"""Formats beside PNG, JPEG and WebP: read under the same limits, and never another image than their file shows."""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

from harness.image import (
    FORMATS,
    AnimatedImageError,
    CorruptImageError,
    DecoderMissingError,
    ImageTooLargeError,
    Limits,
    NotAnImageError,
    UnsupportedPixelsError,
    decode,
    read_file,
    sniff,
)
from harness.image import opening as opening_module
from harness.image.profile import boxed_info
from harness.records import Reason
from harness.vocabulary import Code
from tests.cases import NEW, OLD
from tests.image.test_decoding import RGB, saved

DEPTH = (Reason(Code.DEPTH_REDUCED, {"bits": 16, "accepted": None}),)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_an_image_is_what_pillow_decodes(kind: str, mode: str) -> None:
    made = Image.fromarray(RGB).convert(mode)
    if mode == "RGBA":
        made.putalpha(Image.fromarray(RGB[:, :, 2] | 1))
    data = saved(made, kind)
    image = decode(data)
    assert (image.format, image.notes) == (kind.lower(), ())
    assert sniff(data) == image.format in FORMATS
    theirs = Image.open(io.BytesIO(data))
    theirs = theirs.convert("RGBA" if theirs.has_transparency_data else "RGB")
    wanted = np.asarray(theirs)[:, :, : image.pixels.shape[2]].copy()
    if wanted.shape[2] == 4:
        wanted[wanted[:, :, 3] == 0] = 0
    assert np.array_equal(image.pixels, wanted)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF"])
def test_the_same_limits_hold(kind: str) -> None:
    data = saved(Image.fromarray(RGB), kind)
    for limits, name in ((Limits(bytes=100), "bytes"), (Limits(pixels=100), "pixels")):
        with pytest.raises(ImageTooLargeError) as caught:
            decode(data, limits)
        assert caught.value.limit == name


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_tiff_of_few_bits_has_all_of_its_levels(depth: int) -> None:
    grey = Image.fromarray((RGB[:, :, 0] >> (8 - depth)).astype(np.uint8) * (255 // (2**depth - 1)))
    stored = grey.convert("1") if depth == 1 else grey
    image = decode(saved(stored, "TIFF"))
    assert np.array_equal(image.pixels[:, :, 0], np.asarray(stored.convert("L")))


def test_a_tiff_of_sixteen_bits_says_so() -> None:
    levels = (RGB[:, :, 0].astype(np.uint16) << 8) | 77
    image = decode(saved(Image.fromarray(levels), "TIFF"))
    assert image.notes == DEPTH
    assert np.array_equal(image.pixels[:, :, 1], RGB[:, :, 0])


@pytest.mark.parametrize("levels", [np.ones((4, 4), np.float32), np.full((4, 4), 70_000, np.int32)])
def test_levels_that_have_no_eight_bits_are_refused(levels: np.ndarray) -> None:
    with pytest.raises(UnsupportedPixelsError):
        decode(saved(Image.fromarray(levels), "TIFF"))


@pytest.mark.parametrize("levels", [np.ones((4, 4, 3), np.float32), np.ones((4, 4), np.float16), np.ones((4, 4))])
def test_a_tiff_of_floats_is_not_called_damaged(levels: np.ndarray, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", levels, photometric="rgb" if levels.ndim == 3 else "minisblack")
    with pytest.raises(UnsupportedPixelsError, match=f"{levels.dtype.itemsize * 8}"):
        read_file(tmp_path / "a.tif")
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:20])
    with pytest.raises(CorruptImageError):
        read_file(tmp_path / "a.tif")


def test_an_avif_of_ten_bits_says_so() -> None:
    data = bytearray(saved(Image.fromarray(RGB), "AVIF"))
    at = data.index(b"pixi")
    data[at + 9] = 10
    assert boxed_info(bytes(data))[1] == 10


def test_folders_where_something_is_another_image() -> None:
    assert [read_file(OLD / name).format for name in ("c.gif", "d.avif", "e.tif")] == ["gif", "avif", "tiff"]
    with pytest.raises(AnimatedImageError):
        read_file(NEW / "c.gif")
    with pytest.raises(NotAnImageError):
        read_file(NEW / "d.avif")
    assert read_file(NEW / "e.tif").notes == DEPTH


def test_a_message_names_no_address_of_this_process() -> None:
    data = saved(Image.fromarray(RGB), "AVIF")
    with pytest.raises(CorruptImageError) as caught:
        decode(data.replace(b"av01", b"none"))
    assert "0x" not in str(caught.value)


def heic(brand: bytes, *compatible: bytes) -> bytes:
    box = brand + bytes(4) + b"".join(compatible)
    return struct.pack(">I", 8 + len(box)) + b"ftyp" + box


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (heic(b"heic"), "heic"),
        (heic(b"mif1", b"heic", b"mif1"), "heic"),
        (heic(b"mif1", b"mif1", b"avif"), "avif"),
        (heic(b"avis"), "avif"),
        (heic(b"mp42"), None),
        (b"\xff\x0a" + bytes(20), "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20), "jxl"),
        (b"MM\0*" + bytes(20), "tiff"),
    ],
)
def test_a_format_is_known_by_its_first_bytes(data: bytes, kind: str | None) -> None:
    assert sniff(data) == kind


class FakeJxl(ImageFile.ImageFile):
    """What a plug-in gives: raw levels behind the mark, width and height."""

    format = "JXL"

    def _open(self) -> None:
        self.fp.seek(2)
        self._size = struct.unpack("<2H", self.fp.read(4))
        self._mode = "RGB"
        self.tile = [ImageFile._Tile("raw", (0, 0, *self._size), 6, "RGB")]


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(__import__("sys").modules, "pillow_jxl", ModuleType("pillow_jxl"))
    monkeypatch.setitem(Image.OPEN, "JXL", (FakeJxl, lambda prefix: prefix[:2] == b"\xff\x0a"))
    opening_module._pillow_name.cache_clear()
    yield
    opening_module._pillow_name.cache_clear()


def test_a_plugin_is_used_where_it_is_installed(plugin: None) -> None:
    data = b"\xff\x0a" + struct.pack("<2H", 56, 40) + RGB.tobytes()
    image = decode(data)
    assert (image.format, image.width) == ("jxl", 56)
    assert np.array_equal(image.pixels, RGB)


def test_a_format_without_its_plugin_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    opening_module._pillow_name.cache_clear()
    with pytest.raises(DecoderMissingError) as caught:
        decode(heic(b"heic"))
    assert (caught.value.format, caught.value.package) == ("heic", "pillow-heif")
    assert "pillow-heif" in caught.value.hint
