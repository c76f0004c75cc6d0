"""Arrays and tensors of any library as single images: which axes hold the rows, the columns, the channels.

No library is imported for its tensors: they are brought to the host by methods of their own.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from harness.image.errors import UnsupportedPixelsError

LAYOUTS = ("HW", "HWC", "CHW", "NHW", "NHWC", "NCHW")
"""What ``layout`` can say of the axes: N images, H rows, W columns, C channels (1, 3 or 4)."""
_CHANNELS = (1, 3, 4)

Array = np.ndarray[Any, Any]


class Tensor(Protocol):
    """An array or tensor of any library, as far as its images are concerned."""

    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...


def is_array(value: object) -> bool:
    """Return whether a value is an array or a tensor of some library."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def array_of(value: Any, name: str = "") -> Array:
    """Return an array or tensor of any library as NumPy's, on the host, bfloat16 as float32.

    A tensor is detached from its graph and copied to the CPU by its own ``detach`` and ``cpu`` (``get`` where it has no
    ``cpu``, as in CuPy). Raises UnsupportedPixelsError with what the library says.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind != "V":
        return value
    kind = f"{type(value).__module__.partition('.')[0]} {type(value).__name__}"
    try:
        for method in ("detach", "cpu" if hasattr(value, "cpu") else "get"):
            if callable(getattr(value, method, None)):
                value = getattr(value, method)()
        if "bfloat16" in str(value.dtype):
            value = value.float() if hasattr(value, "float") else value.astype("float32")
        return np.asarray(value) if hasattr(value, "__array__") else np.from_dlpack(value)
    except Exception as error:  # a tensor of any library may come, and its device may be gone
        problem = f"a {kind} that gives no array: {type(error).__name__}: {error}"
        raise UnsupportedPixelsError(problem, where=name) from error


def split(array: Array, layout: str | None = None, name: str = "") -> Iterator[Array]:
    """Yield the images of an array, each height × width or height × width × channels; views, nothing is copied.

    Axes before those of one image count images. Without ``layout`` two axes are rows and columns; of more, the channels
    are the last axis or the third from the end: the one whose length is 1, 3 or 4. Raises UnsupportedPixelsError where
    both are, or none is, for another ``layout``, and for no image at all.
    """
    one = _layout(array, name) if layout is None else layout.removeprefix("N")
    if layout is not None and layout not in LAYOUTS:
        raise UnsupportedPixelsError(f"layout {layout!r}", where=name, hint=f"known: {', '.join(LAYOUTS)}")
    stated = layout or one
    if array.ndim < len(stated) or (layout == one and array.ndim > len(one)):
        raise UnsupportedPixelsError(f"an array of shape {array.shape}, which is not {stated}", where=name)
    if not array.size:
        raise UnsupportedPixelsError(f"an empty array of shape {array.shape}", where=name)
    for image in array.reshape(-1, *array.shape[-len(one) :]):
        pixels = np.moveaxis(image, 0, -1) if one == "CHW" else image
        if "C" in one and pixels.shape[2] not in _CHANNELS:
            raise UnsupportedPixelsError(f"an image of {pixels.shape[2]} channels", where=name)
        yield pixels[:, :, 0] if "C" in one and pixels.shape[2] == 1 else pixels


def _layout(array: Array, name: str) -> str:
    if array.ndim <= 2:
        return "HW"
    first, _, last = array.shape[-3:]
    if (first in _CHANNELS) != (last in _CHANNELS):
        return "HWC" if last in _CHANNELS else "CHW"
    which = "two axes" if last in _CHANNELS else "no axis"
    problem = f"an array of shape {array.shape}: {which} can hold the channels"
    raise UnsupportedPixelsError(problem, where=name, hint=f'say which: layout="NHWC"; known: {", ".join(LAYOUTS)}')
