"""Texts that are stored in an image beside its pixels."""

from io import BytesIO

from harness.image.errors import CorruptImageError, NotAnImageError
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
    with opened(BytesIO(data), kind) as image:
        try:
            texts = {str(name): value for name, value in image.info.items() if isinstance(value, str)}
            tags = {} if kind == "png" else {str(tag): value for tag, value in image.getexif().items()}
        except (ValueError, OSError, SyntaxError) as error:
            raise CorruptImageError(kind, f"its texts cannot be read: {error}") from None
    return texts | {name: value for name, value in tags.items() if isinstance(value, str)}
