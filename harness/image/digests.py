"""Digests of files and of pixels."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.image.image import Pixels


def file_digest(data: bytes | memoryview) -> str:
    """SHA-256 of the bytes as received, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def pixel_digest(pixels: "Pixels") -> str:
    """SHA-256 over mode, size and canonical pixels, 64 hex digits: equal for equal images however encoded.

    Hashed is ``"RGB 640x480\\n"`` (or ``RGBA``) in ASCII and then the bytes of the pixels, row by row.
    ``pixels`` is uint8, height × width × 3 or × 4. Raises UnsupportedPixelsError for anything else.
    """
    from harness.image.canonical import checked

    pixels = checked(pixels, grey=False)
    height, width, channels = pixels.shape
    digest = hashlib.sha256(f"{'RGB' if channels == 3 else 'RGBA'} {width}x{height}\n".encode())
    digest.update(pixels.reshape(-1).data)
    return digest.hexdigest()
