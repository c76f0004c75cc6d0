"""Reading an image's size and frame count from its header, so that limits hold before anything is decoded."""

import io
import struct
from typing import NamedTuple

from harness.image.errors import (
    CorruptImageError,
    ImageError,
    LfsPointerError,
    NotAnImageError,
    TruncatedImageError,
    message_of,
)
from harness.image.sniffing import is_lfs_pointer, looks_like, sniff

_JPEG_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FIRST_BOXES = (b"ftyp", b"JXL ")
_BOXES = frozenset(b"ftyp meta mdat moov free skip uuid jxlc jxlp jxll Exif brob".split()) | {b"JXL "}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


class Header(NamedTuple):
    """What the header says: ``format`` (one of FORMATS), ``width`` and ``height`` in pixels as stored (before any
    rotation), ``frames`` (1 for a still image); ``end``: where the file ends, None where its format does not say."""

    format: str
    width: int
    height: int
    frames: int
    end: int | None = None


def read_header(data: bytes) -> Header:
    """Return the header of an image file, parsed without decoding.

    Raises LfsPointerError, NotAnImageError (other formats, empty, HTML …), DecoderMissingError, TruncatedImageError
    (ends inside the header) or CorruptImageError (a size of 0, a broken structure).
    """
    kind = sniff(data)
    if is_lfs_pointer(data):
        raise LfsPointerError
    if kind is None:
        raise NotAnImageError(looks_like(data))
    try:
        header = _READERS[kind](data) if kind in _READERS else _by_pillow(kind, data)
    except (struct.error, IndexError):
        raise TruncatedImageError(kind, len(data)) from None
    except ImageError:
        raise
    except Exception as error:  # any bytes may come, and Pillow may fail in any way
        raise CorruptImageError(kind, message_of(error)) from None
    if header.width < 1 or header.height < 1:
        raise CorruptImageError(kind, f"its header says {header.width} × {header.height} pixels")
    return header


def _png(data: bytes) -> Header:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if kind != b"IHDR" or length != 13:
        raise CorruptImageError("png", "its first chunk is not a header")
    frames = 1
    at = 33
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"acTL":
            frames = struct.unpack_from(">I", data, at + 8)[0]
        if kind in (b"IDAT", b"IEND", b"acTL"):
            break
        at += length + 12
    return Header("png", width, height, max(frames, 1))


def _jpeg(data: bytes) -> Header:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise CorruptImageError("jpeg", f"no marker at byte {at}")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_SIZED:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Header("jpeg", width, height, 1)
        elif marker in (0xD9, 0xDA):
            raise CorruptImageError("jpeg", "it has no frame header")
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])


def _webp(data: bytes) -> Header:
    kind, end = data[12:16], struct.unpack_from("<I", data, 4)[0] + 8
    if kind == b"VP8X":
        flags = data[20]
        width = 1 + int.from_bytes(_slice(data, 24, 27), "little")
        height = 1 + int.from_bytes(_slice(data, 27, 30), "little")
        return Header("webp", width, height, _webp_frames(data) if flags & 2 else 1, end)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return Header("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 1, end)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("webp", width & 0x3FFF, height & 0x3FFF, 1, end)
    if len(kind) < 4:
        raise TruncatedImageError("webp", len(data))
    raise CorruptImageError("webp", "it has no image chunk")


def _webp_frames(data: bytes) -> int:
    frames = 0
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        frames += kind == b"ANMF"
        at += 8 + length + (length & 1)
    return max(frames, 1)


def _gif(data: bytes) -> Header:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    frames, at = 0, 13 + _color_table(flags)
    while (kind := data[at]) != 0x3B:
        if kind == 0x2C:
            frames += 1
            at += 11 + _color_table(data[at + 9])
        elif kind == 0x21:
            at += 2
        elif kind == 0:  # what some encoders leave between the blocks
            at += 1
            continue
        else:
            raise CorruptImageError("gif", f"no block at byte {at}")
        while length := data[at]:
            at += 1 + length
        at += 1
    if not frames:
        raise CorruptImageError("gif", "it has no image")
    return Header("gif", width, height, frames, at + 1)


def _color_table(flags: int) -> int:
    """Return the bytes of the color table that the flags of a GIF announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _by_pillow(kind: str, data: bytes) -> Header:
    from harness.image.opening import opened

    end = _boxes_end(data) if data[4:8] in _FIRST_BOXES else None
    if end is not None and end > len(data):
        raise TruncatedImageError(kind, len(data))
    with opened(io.BytesIO(data), kind) as image:
        return Header(kind, *image.size, getattr(image, "n_frames", 1), end)


def _boxes_end(data: bytes) -> int:
    """Return where the last box of an ISO file (AVIF, HEIC, JPEG XL) ends."""
    at = 0
    while at + 8 <= len(data) and data[at + 4 : at + 8] in _BOXES:
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        at = at + length if length >= 8 else len(data)
    return at


def _slice(data: bytes, start: int, stop: int) -> bytes:
    part = data[start:stop]
    if len(part) < stop - start:
        raise IndexError
    return part


_READERS = {"png": _png, "jpeg": _jpeg, "webp": _webp, "gif": _gif}
