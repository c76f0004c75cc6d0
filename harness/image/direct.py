"""Plain JPEG and WebP by one call, straight into an array: the very pixels that Pillow gives, without its copies.

JPEG by simplejpeg (the extra ``jpeg``) where Pillow has libjpeg-turbo too, WebP by the libwebp that Pillow itself is
linked with. Both return None for what is not plain and for what is damaged in any way: that is Pillow's.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
from PIL import Image, JpegImagePlugin, features

from harness.image.headers import Header
from harness.image.image import Pixels
from harness.image.jpeg import Layout

_CHUNK = 20
"""Bytes before the content of the first chunk of a WebP."""
_FEWEST = 5
"""Bytes of that content that are looked at."""
_KINDS = (b"VP8 ", b"VP8L")
_LOSSLESS, _ALPHA = 0x2F, 0x10


def decode_jpeg(data: bytes, image: Image.Image, layout: Layout) -> Pixels | None:
    """Pixels, as stored, of a JPEG that Pillow opened: Huffman-coded, 4:4:4, 4:2:2 or 4:2:0.

    libjpeg only warns of most damage, and goes on; where it does, this returns None. The call cannot be ended: scans ×
    pixels are to be bounded before.
    """
    decoder = _simplejpeg()
    plain = layout.huffman and image.mode == "RGB" and JpegImagePlugin.get_sampling(image) >= 0
    if decoder is None or not plain:
        return None
    try:
        pixels: Pixels = decoder.decode_jpeg(data, "RGB", strict=True)
    except Exception:  # Pillow says what is wrong
        return None
    return pixels if pixels.shape == (image.height, image.width, 3) else None


def decode_webp(data: bytes, header: Header, check_time: Callable[[], None]) -> Pixels | None:
    """Pixels of a WebP that is one chunk without alpha; it can have neither rotation nor color profile."""
    decode, kind, size = _libwebp(), data[12:16], int.from_bytes(data[16:20], "little")
    end = _CHUNK + size + size % 2
    if decode is None or kind not in _KINDS or size < _FEWEST or end != header.end or end > len(data):
        return None
    content = np.frombuffer(data, np.uint8, size, _CHUNK)  # not the file: its decoder would read on behind the chunk
    lossless = bool(content[0] == _LOSSLESS)
    if lossless is not (kind == b"VP8L") or (lossless and content[4] & _ALPHA):
        return None
    check_time()
    pixels = np.empty((header.height, header.width, 3), np.uint8)
    return pixels if decode(content.ctypes.data, size, pixels.ctypes.data, pixels.nbytes, 3 * header.width) else None


def jpeg_decoder() -> str | None:
    """Return what decodes most JPEGs when it is not Pillow: ``simplejpeg 1.9.0``."""
    return f"simplejpeg {version('simplejpeg')}" if _simplejpeg() else None


@cache
def _simplejpeg() -> Any:
    if not features.check_feature("libjpeg_turbo"):  # another libjpeg may round in another way
        return None
    try:
        import simplejpeg
    except ImportError:
        return None
    return simplejpeg


@cache
def _libwebp() -> Any:
    """Return ``WebPDecodeRGBInto`` of Pillow's libwebp, None where its name cannot be looked up (Windows)."""
    try:
        from PIL import _webp

        decode = ctypes.CDLL(_webp.__file__).WebPDecodeRGBInto
    except (ImportError, OSError, AttributeError):
        return None
    decode.restype = ctypes.c_void_p
    decode.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return decode
