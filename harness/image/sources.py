"""Images of any source: files, their bytes, Pillow images, arrays and tensors, in canonical form."""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias, Union

import numpy as np
from PIL import Image as PilImage

from harness.image.arrays import Tensor, array_of, is_array, split
from harness.image.canonical import canonical, checked, settled
from harness.image.decoding import decode_named, read_bytes
from harness.image.errors import CorruptImageError, ImageError, UnsupportedPixelsError
from harness.image.image import Image, Pixels
from harness.records import Reason

ImageSource: TypeAlias = Union[
    str, "os.PathLike[str]", bytes, bytearray, memoryview, PilImage.Image, "np.ndarray[Any, Any]", Tensor
]
"""What :func:`read_image_source` takes."""
_SINGLE = (str, os.PathLike, bytes, bytearray, memoryview, PilImage.Image)
_OUTPUTS = ("images", "image", "frames")
"""Where the output of a pipeline holds its images."""


def each_source(source: Any, layout: str | None = None, *, name: str = "") -> Iterator[ImageSource]:
    """Yield the single images of whatever holds some: a path, bytes, a Pillow image, an array or tensor of one or
    several images (:func:`harness.image.arrays.split` has the rule and ``layout``), the output of a pipeline
    (``.images``, ``.image``, ``.frames``), and lists, tuples and iterators of all of these.

    Raises UnsupportedPixelsError for anything else, and where there is no image at all.
    """
    if isinstance(source, _SINGLE):
        yield source
    elif is_array(source):
        yield from split(array_of(source, name), layout, name)
    elif isinstance(source, (list, tuple, Iterator)):
        empty = True
        for item in source:
            empty = False
            yield from each_source(item, layout, name=name)
        if empty:
            raise UnsupportedPixelsError(f"an empty {type(source).__name__}", where=name)
    else:
        held = next((found for at in _OUTPUTS if (found := getattr(source, at, None)) is not None), None)
        if held is None:
            raise UnsupportedPixelsError(f"a {type(source).__name__}", where=name)
        yield from each_source(held, layout, name=name)


def read_image_source(source: ImageSource, *, name: str = "") -> tuple[Image, bytes | None]:
    """Return the image of a path, of the bytes of a file, of a Pillow image, an array or a tensor, and the bytes where
    there are any.

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
    return from_array(_one(source, name), name=name), None


def _one(source: Any, name: str) -> Any:
    """Return the array of one image: height × width × 3 or × 4 as it is; of other axes and of tensors by the rule."""
    if not is_array(source) or (
        isinstance(source, np.ndarray) and (source.ndim < 3 or (source.ndim == 3 and source.shape[2] in (3, 4)))
    ):
        return source
    images = list(islice(split(array_of(source, name), name=name), 2))
    if len(images) > 1:
        hint = "give one of them, or all of them to image_harness.check"
        raise UnsupportedPixelsError(f"an array of shape {tuple(source.shape)}: several images", where=name, hint=hint)
    return images[0]


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
    if array.dtype.itemsize < 4:  # a product of half precision is not the nearest level
        array = array.astype(np.float32)
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):
        what = " with NaN in it" if np.isnan(array).any() else f" from {low:g} to {high:g}, not within 0 to 1"
        raise UnsupportedPixelsError(f"an array of {array.dtype}{what}", where=name)
    return np.asarray(np.rint(array * 255).astype(np.uint8))


def _image(pixels: Pixels, kind: str, notes: tuple[Reason, ...]) -> Image:
    height, width, channels = pixels.shape
    return Image(pixels, "RGB" if channels == 3 else "RGBA", width, height, kind, notes)
