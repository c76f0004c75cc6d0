"""Texts that are stored in an image beside its pixels."""

from io import BytesIO

from harness.image.errors import CorruptImageError, ImageError, NotAnImageError
from harness.image.opening import opened
from harness.image.sniffing import looks_like, sniff


def embedded_texts(data: bytes) -> dict[str, str]:
    """Return the texts of an image: of PNG the text chunks before the pixels, by keyword; of other formats the EXIF
    tags that hold a text, by number (``"272"``). No pixel is decoded.

    Raises NotAnImageError, CorruptImageError, DecoderMissingError, ImageTooLargeError.
    """
    kind = sniff(data)
    if kind is None:
        raise NotAnImageError(looks_like(data))
    try:
        with opened(BytesIO(data), kind) as image:
            found = image.info if kind == "png" else {str(tag): value for tag, value in image.getexif().items()}
            return {str(name): str(value) for name, value in found.items() if isinstance(value, str)}
    except ImageError:
        raise
    except Exception as error:  # Pillow raises whatever a damaged file makes it raise
        raise CorruptImageError(kind, f"its texts cannot be read: {error}") from None
