"""Input images as hosted services take them: bytes with a media type, a data: URL, a mask with alpha."""

import base64
from dataclasses import dataclass
from pathlib import Path

from harness.errors import GenerationError
from harness.records import InputImage

WHITE = 128
"""A mask is generated again where it is at least this light."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An image to send: ``name`` of the file, its bytes as stored, its media type (``image/png``)."""

    name: str
    data: bytes
    media: str

    def base64(self) -> str:
        """Return the bytes as base64."""
        return base64.b64encode(self.data).decode()

    def data_url(self) -> str:
        """Return the bytes as a data: URL."""
        return f"data:{self.media};base64,{self.base64()}"


def sent_image(provider: str, image: InputImage) -> Sent:
    """Return an input image as stored. Raises GenerationError when it cannot be read or is not an image."""
    from harness.image import ImageError, looks_like, read_bytes, sniff

    path = Path(image.path)
    try:
        data = read_bytes(path)
    except ImageError as fault:
        raise GenerationError(provider, str(fault), fault.hint) from None
    kind = sniff(data)
    if kind not in ("png", "jpeg", "webp"):
        raise GenerationError(provider, f"{path} is {looks_like(data)}", "use a PNG, JPEG or WebP image")
    return Sent(f"{path.stem}.{kind}", data, f"image/{kind}")


def alpha_mask(provider: str, mask: InputImage, image: InputImage | None) -> Sent:
    """Return the mask as a PNG that is fully transparent where it is white: what is generated again, and opaque
    elsewhere.

    Raises GenerationError when it cannot be decoded or has not the size of ``image``.
    """
    import numpy as np

    from harness.errors import HarnessError
    from harness.image import encode_png, read_file

    try:
        white = read_file(mask.path).pixels[..., 0] >= WHITE
        size = None if image is None else read_file(image.path).pixels.shape[:2]
    except HarnessError as fault:
        raise GenerationError(provider, str(fault), fault.hint) from fault
    if size is not None and size != white.shape:
        sides = [f"{shape[1]}x{shape[0]}" for shape in (white.shape, size)]
        raise GenerationError(
            provider, f"the mask {mask.path} is {sides[0]}, its image {sides[1]}", "make them one size"
        )
    pixels = np.zeros((*white.shape, 4), np.uint8)
    pixels[..., 3] = np.where(white, 0, 255)
    return Sent("mask.png", encode_png(pixels), "image/png")
