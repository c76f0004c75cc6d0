"""Opening images with Pillow and its plug-ins; what remains is whatever Pillow raises."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import BinaryIO

from PIL import Image as PilImage
from PIL import UnidentifiedImageError, features

from harness.image.errors import CorruptImageError, DecoderMissingError, ImageTooLargeError, UnsupportedPixelsError

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what it logs about damaged files is in the error too

_PLUGINS = {"heic": ("HEIF", "pillow_heif", "pillow-heif"), "jxl": ("JXL", "pillow_jxl", "pillow-jxl-plugin")}
"""Name in Pillow, module and package of the plug-ins that are used where they are installed."""


_SAMPLES = {1: "integers", 2: "signed integers", 3: "floating-point numbers"}
"""SampleFormat of a TIFF."""


@contextmanager
def opened(stream: BinaryIO, kind: str) -> Iterator[PilImage.Image]:
    """Open an image of a format, one of FORMATS; no pixel is decoded.

    Raises DecoderMissingError, CorruptImageError for what has not its structure, UnsupportedPixelsError for a TIFF of
    levels that Pillow does not read, ImageTooLargeError.
    """
    try:
        image = PilImage.open(stream, formats=[_pillow_name(kind)])
    except UnidentifiedImageError:
        if kind == "tiff" and (levels := _tiff_levels(stream)):
            raise UnsupportedPixelsError(levels) from None
        raise CorruptImageError(kind, "its structure cannot be read") from None
    except PilImage.DecompressionBombError as error:
        found = re.search(r"\d+", str(error))
        pixels = int(found[0]) if found else 0
        raise ImageTooLargeError("pixels", pixels, 2 * (PilImage.MAX_IMAGE_PIXELS or 0), detail="of Pillow") from None
    with image:
        yield image


def _tiff_levels(stream: BinaryIO) -> str:
    """Return what the levels of a TIFF are by its first directory, or nothing where that cannot be read."""
    from PIL import TiffImagePlugin

    try:
        stream.seek(0)
        tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        bits = tags[TiffImagePlugin.BITSPERSAMPLE]
        kind = tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))[0]
        tags[TiffImagePlugin.IMAGEWIDTH]
    except Exception:  # any bytes may come
        return ""
    return f"{len(bits)} × {bits[0]} bits a pixel as {_SAMPLES.get(kind, 'levels of another kind')}"


@cache
def _pillow_name(kind: str) -> str:
    if kind == "avif" and not features.check("avif"):
        raise DecoderMissingError(kind, "pillow>=11.3")
    if kind not in _PLUGINS:
        return kind.upper()
    name, module, package = _PLUGINS[kind]
    try:
        plugin = import_module(module)
    except ImportError:
        raise DecoderMissingError(kind, package) from None
    if kind == "heic":
        plugin.register_heif_opener()
    return name
