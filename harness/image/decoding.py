"""The one decoder of the package.

Treatment of every kind of image:

======================  ====================================================================================
as stored               canonical pixels
======================  ====================================================================================
8-bit RGB               as stored
grey, 1 to 8 bits       the level in all three channels (low depths scaled to 0 … 255)
16 bits a channel       the high byte of each; noted
palette                 its colors; with transparent entries RGBA
CMYK, YCCK              Pillow's plain conversion, no color profile; noted
alpha, or a color key   RGBA with straight alpha, colors under alpha 0 as stored; dropped when opaque everywhere
EXIF rotation           applied; noted
color profile, gamma    not applied: levels as stored
interlaced              as any other
animated                AnimatedImageError; where ``Limits.frames`` allows it, the first frame; noted
cut off                 TruncatedImageError, never a half image
bytes behind the end    ignored; noted for PNG
another format          NotAnImageError, saying what it looks like (GIF, AVIF, HTML, empty …)
======================  ====================================================================================

Most PNGs are decoded by :mod:`harness.image.png`, to the same pixels that Pillow gives.
Bytes, pixels and frames are compared with the limits from the header alone, before a pixel is allocated.
"""

import io
import time
from pathlib import Path

import PIL
from PIL import Image as PilImage

from harness.image.canonical import canonical, settled
from harness.image.errors import (
    AnimatedImageError,
    CorruptImageError,
    DecodingTimeoutError,
    ImageError,
    ImageTooLargeError,
    LfsPointerError,
    TruncatedImageError,
    UnreadableFileError,
)
from harness.image.headers import PNG_END, Header, ends_properly, jpeg_scans, read_header
from harness.image.image import Image, Pixels
from harness.image.limits import DEFAULT_LIMITS, Limits
from harness.image.png import check_complete, decode_png, png_decoder
from harness.image.sniffing import is_lfs_pointer, sniff

ORIENTATION = 0x0112
BLOCK = 1024
"""Bytes of a JPEG that are decoded between two looks at the clock."""


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Image:
    """Decode a PNG, JPEG or WebP image to canonical form.

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
        raise CorruptImageError(kind, _one_line(error)) from None


def _decode(data: bytes, limits: Limits) -> Image:
    if len(data) > limits.bytes:
        raise ImageTooLargeError("bytes", len(data), limits.bytes)
    header = read_header(data)
    _hold_limits(header, data, limits)
    if not ends_properly(header.format, data):
        raise TruncatedImageError(header.format, len(data))
    pixels, notes = _decoded(data, header, limits.seconds)
    notes = (*_stored(data, header), *notes)
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
    png = png_decoder()
    return f"pillow {PIL.__version__}" + (f"; png {png}" if png else "")


def _hold_limits(header: Header, data: bytes, limits: Limits) -> None:
    if header.width * header.height > limits.pixels:
        size = f"{header.width:,} × {header.height:,}"
        raise ImageTooLargeError("pixels", header.width * header.height, limits.pixels, detail=size)
    if header.frames > limits.frames:
        raise AnimatedImageError(header.format, header.frames, limits.frames)
    if header.format == "jpeg" and (scans := jpeg_scans(data)) > limits.scans:
        raise ImageTooLargeError("scans", scans, limits.scans)


def _stored(data: bytes, header: Header) -> tuple[str, ...]:
    """Return notes on what the header alone shows."""
    notes = []
    if header.frames > 1:
        notes.append(f"the first of {header.frames} frames")
    if header.format == "png" and data[24] == 16:
        notes.append("16 bits a channel reduced to 8")
    if header.format == "png" and not data.endswith(PNG_END):
        notes.append("bytes behind the end of the file ignored")
    return tuple(notes)


def _decoded(data: bytes, header: Header, seconds: float | None) -> tuple[Pixels, tuple[str, ...]]:
    if header.format != "png" or header.frames > 1:
        return _by_pillow(data, header, seconds)
    direct = decode_png(data, header)
    if direct is not None:
        return settled(direct), ()
    pixels, notes = _by_pillow(data, header, seconds)
    if (pixels[-1] == pixels[-1, 0]).all():  # what Pillow gives for rows that are not there is of one color
        check_complete(data, header)
    return pixels, notes


def _by_pillow(data: bytes, header: Header, seconds: float | None) -> tuple[Pixels, tuple[str, ...]]:
    try:
        with PilImage.open(_Timed(data, seconds), formats=[header.format.upper()]) as image:
            if image.size != (header.width, header.height):
                raise CorruptImageError(header.format, "two headers state different sizes")
            if header.format == "jpeg":
                image.decodermaxblock = BLOCK
            return canonical(image, _orientation(image))
    except PilImage.DecompressionBombError:
        pixels = header.width * header.height
        raise ImageTooLargeError("pixels", pixels, 2 * (PilImage.MAX_IMAGE_PIXELS or 0), detail="of Pillow") from None


class _Timed(io.BytesIO):
    """Bytes that can be read for some seconds: no call of a decoder can be ended, but it reads block by block."""

    def __init__(self, data: bytes, seconds: float | None) -> None:
        super().__init__(data)
        self._seconds, self._begun = seconds, time.monotonic()

    def read(self, size: int | None = -1) -> bytes:
        if self._seconds is not None and time.monotonic() - self._begun > self._seconds:
            raise DecodingTimeoutError(self._seconds)
        return super().read(size)


def _orientation(image: PilImage.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except DecodingTimeoutError:
        raise
    except Exception:  # damaged metadata rotate nothing
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or f"the decoder failed with {type(error).__name__}"
