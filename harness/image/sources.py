"""Images of any source: files, their bytes, Pillow images and arrays, in canonical form."""

import os
from typing import Any, TypeAlias, Union

import numpy as np
from PIL import Image as PilImage

from harness.image.canonical import canonical, checked, settled
from harness.image.decoding import decode_named, read_bytes
from harness.image.errors import CorruptImageError, ImageError, UnsupportedPixelsError
from harness.image.image import Image, Pixels
from harness.records import Reason

ImageSource: TypeAlias = Union[
    str, "os.PathLike[str]", bytes, bytearray, memoryview, PilImage.Image, "np.ndarray[Any, Any]"
]
"""What :func:`read_image_source` takes."""


def read_image_source(source: ImageSource, *, name: str = "") -> tuple[Image, bytes | None]:
    """Return the image of a path, of the bytes of a file, of a Pillow image or an array, and the bytes where there are
    any.

    Raises an ImageError, which names the image: by its path, else by ``name``.
    """
    if isinstance(source, (str, os.PathLike)):
        data = read_bytes(os.fspath(source))
        return decode_named(data, os.fspath(source)), data
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
        return decode_named(data, name), data
    if isinstance(source, PilImage.Image):
        return from_pillow(source, name=name), None
    return from_array(source, name=name), None


def from_pillow(image: PilImage.Image, *, name: str = "") -> Image:
    """Return a Pillow image, as its file would be decoded: the EXIF rotation applied, 16 bits reduced.

    Raises CorruptImageError (``name`` says which image) for pixels that cannot be loaded, UnsupportedPixelsError for an
    image without any.
    """
    kind = image.format or "Pillow"
    try:
        pixels, notes = canonical(image)
    except ImageError as fault:
        fault.where = name
        raise
    except Exception as error:  # any image may come, and a decoder may fail in any way
        raise CorruptImageError(kind, str(error) or type(error).__name__, where=name) from None
    return _image(checked(pixels, name=name), kind.lower(), notes)


def from_array(array: Any, *, name: str = "") -> Image:
    """Return an array of height × width (grey), × 3 (RGB) or × 4 (RGBA), copied: uint8 levels 0 to 255, or floats from
    0 to 1, each rounded to the nearest level.

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


def _image(pixels: Pixels, kind: str, notes: tuple[Reason, ...]) -> Image:
    height, width, channels = pixels.shape
    return Image(pixels, "RGB" if channels == 3 else "RGBA", width, height, kind, notes)
