"""The one form in which the harness holds an image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.records import Reason

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels: TypeAlias = npt.NDArray[np.uint8]
else:
    # numpy is loaded with the first image: a command that generates none starts without it
    Pixels = Any
"""uint8 levels 0 to 255, sRGB as stored, height × width × 3 (RGB) or × 4 (RGB and straight alpha)."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A decoded image in canonical form.

    ``pixels`` is C-contiguous, read-only uint8 of ``height × width × 3`` (``mode`` RGB) or ``× 4`` (RGBA, only when
    some pixel is not opaque). ``format`` is what it was decoded from; ``notes`` say what decoding changed or left out
    (codes such as ``image.rotated``).
    """

    pixels: Pixels
    mode: str
    width: int
    height: int
    format: str
    notes: tuple[Reason, ...] = ()
