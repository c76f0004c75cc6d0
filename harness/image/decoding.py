"""The one decoder of the package.

Treatment of every kind of image:

======================  ====================================================================================
as stored               canonical pixels
======================  ====================================================================================
8-bit RGB               as stored
grey, 1 to 8 bits       the level in all three channels (low depths scaled to 0 … 255)
16 bits a channel       the high byte of each; noted
floats, 32 bits         UnsupportedPixelsError
palette                 its colors; with transparent entries RGBA
CMYK, YCCK              Pillow's plain conversion, no color profile; noted
alpha, or a color key   RGBA with straight alpha, black under alpha 0; dropped when opaque everywhere
EXIF rotation           applied; noted
color profile, gamma    not applied: levels as stored; noted
interlaced              as any other
animated                AnimatedImageError; where ``Limits.frames`` allows it, the first frame; noted
cut off                 TruncatedImageError, never a half image
wrong checksum (PNG)    CorruptImageError
bytes behind the end    ignored; noted where the format says where the end is (not BMP, TIFF)
another format          NotAnImageError, saying what it looks like (HTML, SVG, empty …)
======================  ====================================================================================

GIF, BMP, TIFF and AVIF are read by Pillow, JPEG XL and HEIC where its plug-in is installed (DecoderMissingError).
Most PNGs are decoded by :mod:`harness.image.png`, plain JPEGs and WebPs by :mod:`harness.image.direct`, to the same
pixels that Pillow gives.
Bytes, pixels and frames are compared with the limits from the header alone, before a pixel is allocated.
"""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import PIL
from PIL import Image as PilImage

from harness.image.canonical import canonical, settled
from harness.image.direct import decode_jpeg, decode_webp, jpeg_decoder
from harness.image.errors import (
    AnimatedImageError,
    CorruptImageError,
    DecodingTimeoutError,
    ImageError,
    ImageTooLargeError,
    LfsPointerError,
    TruncatedImageError,
    UnreadableFileError,
    message_of,
)
from harness.image.headers import Header, read_header
from harness.image.image import Image, Pixels
from harness.image.jpeg import check_jpeg, jpeg_layout
from harness.image.limits import DEFAULT_LIMITS, Limits
from harness.image.memory import reuse_freed_memory
from harness.image.opening import opened
from harness.image.png import check_complete, chunks, decode_png, png_decoder
from harness.image.profile import boxed_info, color_notes, png_info
from harness.image.sniffing import is_lfs_pointer, sniff
from harness.records import Reason
from harness.vocabulary import Code

BLOCK = 1024
"""Bytes of a JPEG of much work that are decoded between two looks at the clock; others are read at once."""
MUCH = 1 << 24
"""Pixels × scans of a JPEG that are much work: from about a fifth of a second on."""


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Image:
    """Decode an image (PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF …) to canonical form.

    Raises an ImageError, whatever the decoders raise: ImageTooLargeError, AnimatedImageError, NotAnImageError,
    TruncatedImageError, CorruptImageError or DecodingTimeoutError.
    """
    try:
        return _decode(data, limits)
    except ImageError:
        raise
    except Exception as error:  # any bytes may come, and a decoder may fail in any way
        kind = sniff(data) or ""
        if "truncated" in str(error):  # an end mark was there, but not that of this image: a thumbnail's
            raise TruncatedImageError(kind, len(data)) from None
        raise CorruptImageError(kind, message_of(error)) from None


def _decode(data: bytes, limits: Limits) -> Image:
    if len(data) > limits.bytes:
        raise ImageTooLargeError("bytes", len(data), limits.bytes)
    header = read_header(data)
    reuse_freed_memory()
    if header.width * header.height > limits.pixels:
        size = f"{header.width:,} × {header.height:,}"
        raise ImageTooLargeError("pixels", header.width * header.height, limits.pixels, detail=size)
    if header.frames > limits.frames:
        raise AnimatedImageError(header.format, header.frames, limits.frames)
    pixels, notes, end = _READERS.get(header.format, _other)(_Reading(data, header, limits))
    if header.frames > 1:
        notes = (Reason(Code.IMAGE_FIRST_FRAME, {"frames": header.frames}), *notes)
    if end is not None and end < len(data):
        notes = (*notes, Reason(Code.IMAGE_TRAILING, {"count": len(data) - end}))
    height, width, channels = pixels.shape
    return Image(pixels, "RGB" if channels == 3 else "RGBA", width, height, header.format, notes)


def read_file(path: str | Path) -> Image:
    """Decode the image in a file. Faults name the file; UnreadableFileError when it cannot be opened."""
    return decode_named(read_bytes(path), str(path))


def read_bytes(path: str | Path) -> bytes:
    """Return the bytes of an image file. Raises ImageTooLargeError, LfsPointerError or UnreadableFileError,
    which name it."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > DEFAULT_LIMITS.bytes:
            raise ImageTooLargeError("bytes", size, DEFAULT_LIMITS.bytes, where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or str(error)) from None
    if is_lfs_pointer(data):
        raise LfsPointerError(where=str(path))
    return data


def decode_named(data: bytes, where: str) -> Image:
    """Decode an image; its faults name ``where`` it came from. Raises like :func:`decode`."""
    try:
        return decode(data)
    except ImageError as fault:
        fault.where = where
        raise


def decoder_name() -> str:
    """Return the decoders in use, for the environment of a run: ``pillow 13.0.0; png native, isal 1.8.0``."""
    others = {"png": png_decoder(), "jpeg": jpeg_decoder()}
    return "; ".join((f"pillow {PIL.__version__}", *(f"{kind} {name}" for kind, name in others.items() if name)))


class _Reading:
    """The bytes of an image that is decoded, its header, and the time it has."""

    def __init__(self, data: bytes, header: Header, limits: Limits) -> None:
        self.data, self.header, self.limits = data, header, limits
        self._begun = time.monotonic()

    def check_time(self) -> None:
        """Raise DecodingTimeoutError when its time is over."""
        seconds = self.limits.seconds
        if seconds is not None and time.monotonic() - self._begun > seconds:
            raise DecodingTimeoutError(seconds)

    def by_pillow(self, info: Mapping[str, Any] | None = None, bits: int = 0) -> tuple[Pixels, tuple[Reason, ...]]:
        """Return what Pillow makes of the bytes; see :func:`canonical`."""
        with self.opened(self.data) as image:
            return canonical(image, info, bits)

    @contextmanager
    def opened(self, data: bytes) -> Iterator[PilImage.Image]:
        """Open the image with Pillow, its bytes or others in their place."""
        kind = self.header.format
        with opened(_Timed(data, self.check_time), kind) as image:
            if image.size != (self.header.width, self.header.height):
                raise CorruptImageError(kind, "two headers state different sizes")
            yield image


_Read: TypeAlias = tuple[Pixels, tuple[Reason, ...], int | None]
"""Pixels, notes, and where the image ends in the file (None: its format does not say)."""


def _png(reading: _Reading) -> _Read:
    data, header = reading.data, reading.header
    parts = chunks(data)
    info = png_info(parts.others)
    if header.frames > 1:
        return *reading.by_pillow(info=info), parts.end
    direct = decode_png(data, header, parts)
    if direct is not None:
        return settled(direct), color_notes(info), parts.end
    pixels, notes = reading.by_pillow(info=info)
    if (pixels[-1] == pixels[-1, 0]).all():  # what Pillow gives for rows that are not there is of one color
        check_complete(data, header, parts)
    return pixels, notes, parts.end


def _jpeg(reading: _Reading) -> _Read:
    layout = jpeg_layout(reading.data)
    if layout.scans > reading.limits.scans:
        raise ImageTooLargeError("scans", layout.scans, reading.limits.scans)
    if layout.end is None:
        raise TruncatedImageError("jpeg", len(reading.data))
    much = reading.header.width * reading.header.height * layout.scans > MUCH

    def read(data: bytes, *, direct: bool) -> tuple[Pixels, tuple[Reason, ...]]:
        with reading.opened(data) as image:
            image.decodermaxblock = BLOCK if much else len(data)  # type: ignore[attr-defined]
            return canonical(image, decoded=decode_jpeg(data, image, layout) if direct else None)

    pixels, notes = read(reading.data, direct=not much)
    check_jpeg(reading.data, layout, pixels, lambda data: read(data, direct=False)[0])
    return pixels, notes, layout.end


def _webp(reading: _Reading) -> _Read:
    pixels = decode_webp(reading.data, reading.header, reading.check_time)
    return _other(reading) if pixels is None else (settled(pixels), (), reading.header.end)


def _boxed(reading: _Reading) -> _Read:
    info, bits = boxed_info(reading.data)
    return *reading.by_pillow(info=info, bits=bits), reading.header.end


def _other(reading: _Reading) -> _Read:
    end = reading.header.end
    if end is not None and end > len(reading.data):
        raise TruncatedImageError(reading.header.format, len(reading.data))
    return *reading.by_pillow(), end


_READERS: Mapping[str, Callable[[_Reading], _Read]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "avif": _boxed,
    "heic": _boxed,
}


class _Timed(io.BytesIO):
    """Bytes that can be read for some time: no call of a decoder can be ended, but it reads block by block."""

    def __init__(self, data: bytes, check_time: Callable[[], None]) -> None:
        super().__init__(data)
        self._check_time = check_time

    def read(self, size: int | None = -1) -> bytes:
        self._check_time()
        return super().read(size)
