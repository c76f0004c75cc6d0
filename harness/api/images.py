"""An image of any source, as the API takes and gives it."""

import os
from typing import TYPE_CHECKING, Union

from harness.image import Image as Decoded
from harness.image import ImageSource, Pixels, read_image_source
from harness.records import Reason
from harness.report import notebook, sentence

if TYPE_CHECKING:
    from PIL import Image as PilImage


class Image:
    """An image, decoded. A notebook shows it.

    ``source`` is a path, the bytes of an image file, a Pillow image, or an array or tensor of any library (torch's and
    JAX's are brought to the host): height × width (gray), × 3 (RGB) or × 4 (RGBA), channels last or first, alone or in
    a batch of one; uint8 levels, or floats from 0 to 1, each rounded to the nearest level.
    ``pixels`` is read-only uint8, height × width × 3, or × 4 where some pixel is not opaque; ``data`` the bytes of the
    file (None: there was none); ``decoding`` says what decoding changed or left out, as codes with data, and ``notes``
    in words.

    Raises an ImageError, which names the image: NotAnImageError, TruncatedImageError, UnsupportedPixelsError (an array
    of other values: NaN, floats outside 0 to 1) …
    """

    def __init__(self, source: Union[ImageSource, "Image"], *, name: str = "") -> None:
        self._decoded: Decoded
        self.data: bytes | None
        self.name: str = name
        if isinstance(source, Image):
            self._decoded, self.data, self.name = source._decoded, source.data, source.name
        else:
            self._decoded, self.data = read_image_source(source, name=name)
            self.name = str(source) if isinstance(source, (str, os.PathLike)) else name
        self.pixels: Pixels = self._decoded.pixels
        self.width, self.height, self.mode = self._decoded.width, self._decoded.height, self._decoded.mode
        self.decoding: tuple[Reason, ...] = self._decoded.notes

    @property
    def notes(self) -> tuple[str, ...]:
        """What decoding changed or left out, a clause each."""
        return tuple(map(sentence, self.decoding))

    def to_pil(self) -> "PilImage.Image":
        """Return the image as a Pillow image of mode RGB or RGBA."""
        from PIL import Image as PilImage

        return PilImage.fromarray(self.pixels)

    def __repr__(self) -> str:
        return f"<harness.Image {self.name or 'in memory'}: {self.width}×{self.height} {self.mode}>"

    def _repr_html_(self) -> str:
        caption = f"{self.name} {self.width}×{self.height} {self.mode}".strip()
        return notebook.page(notebook.row([notebook.figure(self.pixels, caption)], 320))
