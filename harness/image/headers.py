"""Reading an image's size and frame count from its header, so that limits hold before anything is decoded."""

import struct
from typing import NamedTuple

from harness.image.errors import CorruptImageError, LfsPointerError, NotAnImageError, TruncatedImageError
from harness.image.sniffing import is_lfs_pointer, looks_like, sniff

PNG_END = b"IEND\xaeB`\x82"
"""The end mark of a PNG with its checksum."""

_JPEG_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


class Header(NamedTuple):
    """What the header says: ``format`` png | jpeg | webp, ``width`` and ``height`` in pixels as stored (before any
    rotation), ``frames`` (1 for a still image)."""

    format: str
    width: int
    height: int
    frames: int


def read_header(data: bytes) -> Header:
    """Return the header of a PNG, JPEG or WebP file, parsed without decoding.

    Raises LfsPointerError, NotAnImageError (other formats, empty, HTML …), TruncatedImageError (ends inside the header)
    or CorruptImageError (a size of 0, a broken structure).
    """
    kind = sniff(data)
    if is_lfs_pointer(data):
        raise LfsPointerError
    if kind is None:
        raise NotAnImageError(looks_like(data))
    try:
        header = _READERS[kind](data)
    except (struct.error, IndexError):
        raise TruncatedImageError(kind, len(data)) from None
    if header.width < 1 or header.height < 1:
        raise CorruptImageError(kind, f"its header says {header.width} × {header.height} pixels")
    return header


def ends_properly(kind: str, data: bytes) -> bool:
    """Return whether the end mark of the format ``kind`` is there (PNG IEND, JPEG EOI, the length that RIFF states)."""
    if kind == "png":
        return data.endswith(PNG_END) or PNG_END in data
    if kind == "jpeg":
        return data.rfind(b"\xff\xd9") > 0
    stated: int = struct.unpack_from("<I", data, 4)[0]
    return len(data) >= stated + 8


def jpeg_scans(data: bytes) -> int:
    """Return how many scans a JPEG has up to its end mark, found by its markers without decoding."""
    scans, at = 0, 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == 0xD9:
            break
        if marker == 0xFF:
            at += 1
        elif marker == 0 or marker in _JPEG_BARE:
            at += 2
        else:
            scans += marker == 0xDA
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return scans


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
    kind = data[12:16]
    if kind == b"VP8X":
        flags = data[20]
        width = 1 + int.from_bytes(_slice(data, 24, 27), "little")
        height = 1 + int.from_bytes(_slice(data, 27, 30), "little")
        return Header("webp", width, height, _webp_frames(data) if flags & 2 else 1)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return Header("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("webp", width & 0x3FFF, height & 0x3FFF, 1)
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


def _slice(data: bytes, start: int, stop: int) -> bytes:
    part = data[start:stop]
    if len(part) < stop - start:
        raise IndexError
    return part


_READERS = {"png": _png, "jpeg": _jpeg, "webp": _webp}
