"""The bytes of an image file with what is found of them."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from harness.image.digests import file_digest, pixel_digest
from harness.image.limits import DEFAULT_LIMITS, Limits
from harness.image.sniffing import sniff

if TYPE_CHECKING:
    from harness.image.image import Image


class EncodedImage:
    """An image as it came: hashed, sniffed and decoded at most once each, when it is first asked for.

    ``digest`` is that of the bytes, where they were compared with it before; ``limits`` are those of decoding;
    ``image`` is what the bytes decode to, where that is known.
    """

    def __init__(
        self,
        data: bytes,
        digest: str | None = None,
        limits: Limits = DEFAULT_LIMITS,
        *,
        image: "Image | None" = None,
    ) -> None:
        self.data = data
        self.limits = limits
        if digest is not None:
            self.digest = digest
        if image is not None:
            self.image = image

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return file_digest(self.data)

    @cached_property
    def format(self) -> str | None:
        """``png``, ``jpeg`` … by how the bytes begin, else None."""
        return sniff(self.data)

    @cached_property
    def image(self) -> "Image":
        """The decoded image. Raises an ImageError."""
        from harness.image.decoding import decode

        return decode(self.data, self.limits)

    @cached_property
    def pixel_digest(self) -> str:
        """Digest of the decoded pixels. Raises an ImageError."""
        return pixel_digest(self.image.pixels)

    @property
    def decoded(self) -> bool:
        """Whether :attr:`image` is decoded already."""
        return "image" in self.__dict__


class PixelImage(EncodedImage):
    """An image that came as pixels: it is encoded, as PNG, when its bytes are first asked for."""

    def __init__(self, image: "Image") -> None:
        self.limits = DEFAULT_LIMITS
        self.image = replace(image, notes=())  # as the PNG decodes

    @cached_property
    def data(self) -> bytes:  # type: ignore[override]
        """The bytes of the PNG."""
        from harness.image.encoding import quick_png

        return quick_png(self.image.pixels)

    @property
    def format(self) -> str:
        """``png``."""
        return "png"
