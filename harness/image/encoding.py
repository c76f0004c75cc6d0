"""Writing images."""

import io

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
