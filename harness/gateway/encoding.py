"""The file format that a client asks for."""

import io

from harness.vocabulary import ImageFormat

QUALITY = 90
"""Of jpeg and webp, where nothing is asked for."""


def encoded(
    data: bytes, stored: str | None, asked: ImageFormat | None, compression: int | None = None
) -> tuple[bytes, str]:
    """Return an image in a format, and its media type; the bytes as they are where it already has it.

    ``compression`` is the quality of jpeg and webp, 0 to 100. Jpeg has no alpha: it is laid on white.
    """
    kind = stored or ImageFormat.PNG.value
    if asked is None or asked == kind:
        return data, f"image/{kind}"
    from PIL import Image

    with Image.open(io.BytesIO(data)) as opened:
        image: Image.Image = opened
        image.load()
        if asked is ImageFormat.JPEG and image.mode not in ("RGB", "L"):
            rgba = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
        buffer = io.BytesIO()
        options = {} if asked is ImageFormat.PNG else {"quality": QUALITY if compression is None else compression}
        image.save(buffer, asked.value.upper(), **options)
    return buffer.getvalue(), f"image/{asked}"
