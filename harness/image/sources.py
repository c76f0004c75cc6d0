"""Images that are in memory already: Pillow images and arrays, in canonical form."""

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.image.canonical import canonical, checked, settled
from harness.image.errors import CorruptImageError, UnsupportedPixelsError
from harness.image.image import Image, Pixels

if TYPE_CHECKING:
    from PIL import Image as PilImage

_ORIENTATION = 0x0112


def from_pillow(image: "PilImage.Image", *, name: str = "") -> Image:
    """A Pillow image, as its file would be decoded: the EXIF rotation applied, 16 bits reduced.

    Raises CorruptImageError (``name`` says which image) for pixels that cannot be loaded, UnsupportedPixelsError for an
    image without any.
    """
    kind = image.format or "Pillow"
    try:
        pixels, notes = canonical(image, image.getexif().get(_ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError) as error:
        raise CorruptImageError(kind, str(error), where=name) from None
    return _image(checked(pixels, name=name), kind.lower(), notes)


def from_array(array: Any, *, name: str = "") -> Image:
    """An array of height × width (grey), × 3 (RGB) or × 4 (RGBA), copied: uint8 levels 0 to 255, or floats from 0 to 1,
    each rounded to the nearest level.

    Raises UnsupportedPixelsError (``name`` says which array) for other types and shapes, NaN, and other floats.
    """
    levels = _levels(array, name) if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array
    pixels = checked(levels, name=name)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return _image(settled(pixels.copy()), "array", ())


def _levels(array: Any, name: str) -> Pixels:
    if not array.size:
        raise UnsupportedPixelsError(f"an empty array of shape {array.shape}", where=name)
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):
        what = " with NaN in it" if np.isnan(array).any() else f" from {low:g} to {high:g}, not within 0 to 1"
        raise UnsupportedPixelsError(f"an array of {array.dtype}{what}", where=name)
    return np.asarray(np.rint(array * 255).astype(np.uint8))


def _image(pixels: Pixels, kind: str, notes: tuple[str, ...]) -> Image:
    height, width, channels = pixels.shape
    return Image(pixels, "RGB" if channels == 3 else "RGBA", width, height, kind, notes)
