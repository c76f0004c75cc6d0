"""Writing images."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from harness.image.canonical import checked
from harness.image.image import Pixels


def encode_png(pixels: Pixels, *, level: int = 6) -> bytes:
    """Return a PNG file of ``pixels`` (uint8, height × width for grey, × 3 or × 4): the same bytes for the same pixels.

    ``level`` is zlib's, 0 (fast) to 9 (small). No time, no text, no color profile is written. The bytes depend on the
    installed Pillow and its zlib, the pixels never. Raises UnsupportedPixelsError for other arrays.
    """
    out = io.BytesIO()
    Image.fromarray(checked(pixels)).save(out, "PNG", compress_level=level)
    return out.getvalue()


def encode_jpeg(
    pixels: Pixels, *, quality: int = 75, subsampling: str = "4:2:0", tables: Mapping[int, Any] | None = None
) -> bytes:
    """Return a baseline JPEG file of ``pixels`` (uint8, height × width × 3).

    ``quality`` is libjpeg's, 1 to 100; ``subsampling`` of the chroma ``4:4:4``, ``4:2:2`` or ``4:2:0``; ``tables`` are
    the quantization tables to use in place of those of the quality. Raises UnsupportedPixelsError for other arrays.
    """
    out = io.BytesIO()
    steps = {"quality": quality} if tables is None else {"qtables": tables}
    Image.fromarray(checked(pixels)).save(out, "JPEG", subsampling=subsampling, **steps)
    return out.getvalue()
