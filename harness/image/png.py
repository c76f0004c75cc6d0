"""PNG by the shortest exact way: inflate in one go, rows unfiltered by the C extension.

Only what it decodes to the very pixels that Pillow gives goes this way: 8 bits a channel, grey, RGB or RGBA, not
interlaced, no color key, no rotation. Everything else is Pillow's.
"""

import struct
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from harness.image.errors import CorruptImageError, TruncatedImageError
from harness.image.headers import Header
from harness.image.image import Pixels
from harness.image.sniffing import sniff

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_FAST = {0: 1, 2: 3, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_SILENT = frozenset((*_TEXTS, b"tIME", b"pHYs", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"text"))
_ANOTHER_WAY = (b"tRNS", b"eXIf", b"acTL", b"Raw profile type exif", b"XML:com.adobe.xmp")


class Chunks(NamedTuple):
    """What matters of a PNG's chunks: header fields, the compressed rows, the others by kind (the first of each) and by
    the keyword of texts that may hold a rotation, and where the file ends."""

    depth: int
    color: int
    interlaced: bool
    data: list[memoryview]
    others: Mapping[bytes, memoryview]
    end: int


def chunks(data: bytes, *, checked: bool = True) -> Chunks:
    """Return the chunks of a PNG up to its end mark.

    Raises TruncatedImageError when one reaches behind the end, CorruptImageError when one has not its checksum
    (``checked``).
    """
    view, crc, unpack = memoryview(data), deflater().crc32, struct.unpack_from
    depth, color, _, _, interlaced = struct.unpack_from(">5B", data, 24)
    found: list[memoryview] = []
    others: dict[bytes, memoryview] = {}
    at = 8
    while True:
        if at + 12 > len(data):
            raise TruncatedImageError("png", len(data))
        length, kind = unpack(">I4s", data, at)
        start, at = at + 8, at + 12 + length
        if at > len(data):
            raise TruncatedImageError("png", len(data))
        body = view[start : at - 4]
        if checked and crc(body, crc(kind)) != unpack(">I", data, at - 4)[0]:
            raise CorruptImageError("png", f"the checksum of its chunk at byte {start - 8} is wrong")
        if kind == b"IDAT":
            found.append(body)
        elif kind == b"IEND":
            return Chunks(depth, color, interlaced != 0, found, others, at)
        elif kind != b"IHDR":
            others.setdefault(kind, body)
            if kind in _TEXTS:
                others.setdefault(_keyword(bytes(body[:80])), body)


def _keyword(text: bytes) -> bytes:
    """Return the keyword of a text that may hold a rotation, else just ``text``."""
    word = text.split(b"\0", 1)[0]
    return word if word in _ANOTHER_WAY else b"text"


def decode_png(data: bytes, header: Header, parts: Chunks) -> Pixels | None:
    """Pixels height × width × 3 or × 4, or None when this image is not one for this way.

    Raises TruncatedImageError or CorruptImageError. Limits have been compared with ``header`` before.
    """
    unfilter = _unfilter()
    if unfilter is None:
        return None
    plain = parts.depth == 8 and parts.color in _FAST and not parts.interlaced
    if not plain or not parts.others.keys().isdisjoint(_ANOTHER_WAY):
        return None
    channels = _FAST[parts.color]
    row = header.width * channels
    raw = _inflated(parts, header.height * (row + 1), len(data))
    pixels = np.empty((header.height, header.width, channels), np.uint8)
    try:
        unfilter(raw, pixels, row, channels)
    except ValueError as error:
        raise CorruptImageError("png", str(error)) from None
    return np.repeat(pixels, 3, axis=2) if channels == 1 else pixels


def check_complete(data: bytes, header: Header, parts: Chunks) -> None:
    """Look for what Pillow leaves black without a word: compressed rows that end before the image does
    (TruncatedImageError), or a filter that does not exist (CorruptImageError)."""
    bits = parts.depth * _CHANNELS.get(parts.color, 1)
    filters: list[tuple[int, int, int]] = []
    expected = 0
    for x, y, step_x, step_y in _ADAM7 if parts.interlaced else ((0, 0, 1, 1),):
        width, height = -(-(header.width - x) // step_x), -(-(header.height - y) // step_y)
        if width > 0 and height > 0:
            row = (width * bits + 7) // 8 + 1
            filters.append((expected, expected + height * row, row))
            expected += height * row
    raw = _inflated(parts, expected, len(data))
    if any(max(raw[start:stop:step]) > 4 for start, stop, step in filters):
        raise CorruptImageError("png", "a row has an unknown filter")


def same_image_data(a: bytes, b: bytes) -> bool:
    """Return whether two PNGs hold the same compressed pixels, whatever their texts and times: then they decode alike.

    False for other formats, for damaged files, and where a text may hold a rotation.
    """
    if sniff(a) != "png" or sniff(b) != "png" or a[:33] != b[:33]:
        return False
    try:
        if _compressed(a) != _compressed(b):
            return False
        first, second = chunks(a), chunks(b)
    except (TruncatedImageError, CorruptImageError, struct.error):
        return False
    notable = [parts.others.keys() - _SILENT for parts in (first, second)]
    if notable[0] or notable[1]:
        return False
    return b"".join(first.data) == b"".join(second.data)


def _compressed(data: bytes) -> int:
    """Return how many bytes of compressed pixels a PNG has."""
    return sum(len(body) for body in chunks(data, checked=False).data)


def png_decoder() -> str | None:
    """Return what decodes most PNGs when it is not Pillow: ``native, isal 1.8.0`` or ``native, zlib 1.3.1``."""
    if _unfilter() is None:
        return None
    by = f"isal {version('isal')}" if deflater() is not zlib else f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return f"native, {by}"


def _inflated(parts: Chunks, expected: int, size: int) -> bytes:
    """Exactly ``expected`` bytes of rows; never more is allocated, whatever the stream would give."""
    library = deflater()
    stream = parts.data[0] if len(parts.data) == 1 else b"".join(parts.data)
    try:
        raw = library.decompressobj().decompress(stream, expected)
    except library.error as error:
        raise CorruptImageError("png", str(error)) from None
    if len(raw) < expected:
        raise TruncatedImageError("png", size)
    return bytes(raw)


@cache
def deflater() -> Any:
    """isal's zlib where it is installed (the extra ``fast``), else the standard library's."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


@cache
def _unfilter() -> Any:
    try:
        from harness.image import _png
    except ImportError:
        return None
    return _png.unfilter
