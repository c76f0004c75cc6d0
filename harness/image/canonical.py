"""Checking arrays, and bringing what Pillow decoded into canonical form."""

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.image.errors import UnsupportedPixelsError
from harness.image.image import Pixels

if TYPE_CHECKING:
    from PIL import Image


def checked(pixels: Any, *, grey: bool = True, name: str = "") -> Pixels:
    """``pixels`` as C-contiguous uint8 of height × width × 3 or × 4 (with ``grey`` also height × width).

    Copied only when not contiguous. Raises UnsupportedPixelsError (``name`` says which array) for other types (bool,
    float, 16 bits: converting those silently would wrap around or rescale), other shapes and empty arrays.
    """
    if not isinstance(pixels, np.ndarray):
        raise UnsupportedPixelsError(f"a {type(pixels).__name__}", where=name)
    if pixels.dtype != np.uint8:
        nan = pixels.dtype.kind == "f" and bool(np.isnan(pixels).any())
        raise UnsupportedPixelsError(f"an array of {pixels.dtype}{' with NaN in it' if nan else ''}", where=name)
    flat_ok = grey and pixels.ndim == 2
    if not flat_ok and not (pixels.ndim == 3 and pixels.shape[2] in (3, 4)):
        raise UnsupportedPixelsError(f"an array of shape {pixels.shape}", where=name)
    if pixels.size == 0:
        raise UnsupportedPixelsError(f"an empty array of shape {pixels.shape}", where=name)
    return np.ascontiguousarray(pixels)


def canonical(image: "Image.Image", orientation: int) -> tuple[Pixels, tuple[str, ...]]:
    """Canonical pixels of an opened Pillow image, and notes on what was changed on the way.

    ``orientation`` is the EXIF value 1 to 8 to apply. Decodes the image: raises whatever Pillow raises.
    """
    notes: list[str] = []
    mode = image.mode
    image.load()
    if mode.startswith("I;16") or mode in ("I", "F"):
        pixels = _to_eight_bits(np.asarray(image))
    else:
        if mode == "CMYK":
            notes.append("CMYK converted to RGB without a color profile")
        expected = "RGBA" if image.has_transparency_data else "RGB"
        pixels = np.asarray(image if mode == expected else image.convert(expected))
    if orientation != 1:
        pixels = _oriented(pixels, orientation)
        notes.append("rotated as EXIF says")
    return settled(pixels), tuple(notes)


def on_white(pixels: Pixels) -> Pixels:
    """RGBA composited on white; an image without alpha as it is."""
    if pixels.shape[2] != 4:
        return pixels
    alpha = pixels[:, :, 3:].astype(np.uint16)
    return ((pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def settled(pixels: Pixels) -> Pixels:
    """C-contiguous, read-only; an alpha channel that is opaque everywhere is dropped."""
    if pixels.shape[2] == 4 and bool((pixels[:, :, 3] == 255).all()):
        pixels = pixels[:, :, :3]
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels


def _to_eight_bits(levels: "np.ndarray[Any, Any]") -> Pixels:
    grey = (np.clip(levels, 0, 65535).astype(np.uint16) >> 8).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _oriented(pixels: Pixels, orientation: int) -> Pixels:
    """Return the image as it should be seen; meaning of 1 to 8 as in the EXIF specification (tag 0x0112)."""
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.rot90(pixels, turns) if turns else pixels
