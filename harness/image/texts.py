"""Texts that are stored in an image beside its pixels."""

from io import BytesIO
from typing import Any

from harness.image.errors import CorruptImageError, ImageError, NotAnImageError
from harness.image.opening import opened
from harness.image.sniffing import looks_like, sniff

_EXIF, _USER_COMMENT = 0x8769, 37510
_CHARSETS = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16-be", b"\0" * 8: "utf-8"}
"""The character sets that a user comment names in its first 8 bytes (EXIF 2.32, table 9)."""


def embedded_texts(data: bytes) -> dict[str, str]:
    """Return the texts of an image: of PNG the text chunks before the pixels, by keyword; of other formats the EXIF
    tags that hold a text, by number (``"272"``), and the user comment (``"37510"``). No pixel is decoded.

    Raises NotAnImageError, CorruptImageError, DecoderMissingError, ImageTooLargeError.
    """
    kind = sniff(data)
    if kind is None:
        raise NotAnImageError(looks_like(data))
    try:
        with opened(BytesIO(data), kind) as image:
            found: dict[Any, Any]
            if kind == "png":
                found = image.info
            else:
                exif = image.getexif()
                comment = exif.get_ifd(_EXIF).get(_USER_COMMENT)
                found = {**exif, _USER_COMMENT: _comment(comment)}
            return {str(name): str(value) for name, value in found.items() if isinstance(value, str)}
    except ImageError:
        raise
    except Exception as error:  # Pillow raises whatever a damaged file makes it raise
        raise CorruptImageError(kind, f"its texts cannot be read: {error}") from None


def _comment(value: object) -> str | None:
    """Return a user comment as text; None for what is none. Some tools write UTF-16 in the other order of bytes."""
    if not isinstance(value, bytes) or value[:8] not in _CHARSETS:
        return value if isinstance(value, str) else None
    charset, body = _CHARSETS[value[:8]], value[8:]
    if charset == "utf-16-be" and body[1:2] == b"\0":
        charset = "utf-16-le"
    return body.decode(charset, "replace").rstrip("\0 ")
