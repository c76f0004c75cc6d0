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

from harness.image.errors import CorruptImageError, DecoderMissingError, ImageTooLargeError

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what it logs about damaged files is in the error too

_PLUGINS = {"heic": ("HEIF", "pillow_heif", "pillow-heif"), "jxl": ("JXL", "pillow_jxl", "pillow-jxl-plugin")}
"""Name in Pillow, module and package of the plug-ins that are used where they are installed."""


@contextmanager
def opened(stream: BinaryIO, kind: str) -> Iterator[PilImage.Image]:
    """Open an image of a format, one of FORMATS; no pixel is decoded.

    Raises DecoderMissingError, CorruptImageError for what has not its structure, ImageTooLargeError.
    """
    try:
        image = PilImage.open(stream, formats=[_pillow_name(kind)])
    except UnidentifiedImageError:
        raise CorruptImageError(kind, "its structure cannot be read") from None
    except PilImage.DecompressionBombError as error:
        found = re.search(r"\d+", str(error))
        pixels = int(found[0]) if found else 0
        raise ImageTooLargeError("pixels", pixels, 2 * (PilImage.MAX_IMAGE_PIXELS or 0), detail="of Pillow") from None
    with image:
        yield image


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
