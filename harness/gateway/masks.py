"""The masks of the vendors' APIs as the harness has them."""

import io

from harness.gateway.errors import InvalidRequestError
from harness.image import EncodedImage, ImageError, encode_png

OPAQUE = 128
"""Alpha from which a part of the image is kept."""
HINT = "send a PNG: transparent where the image is to be edited, or without alpha and white there"


def white_mask(data: bytes, param: str) -> bytes:
    """Return a mask that is white where the image is generated again. One with alpha is transparent there, one without
    is returned as it is.

    Raises InvalidRequestError where it cannot be decoded, or has alpha and no transparent part.
    """
    import numpy as np
    from PIL import Image

    try:
        decoded = EncodedImage(data).image
    except ImageError as fault:
        raise InvalidRequestError(str(fault), fault.hint or HINT, param) from fault
    if decoded.mode == "RGBA":
        edited = np.where(decoded.pixels[..., 3] < OPAQUE, 255, 0).astype(np.uint8)
        return encode_png(np.repeat(edited[..., None], 3, axis=2))
    with Image.open(io.BytesIO(data)) as opened:
        has_alpha = "A" in opened.getbands() or "transparency" in opened.info
    if has_alpha:
        raise InvalidRequestError("no part of the mask is transparent", HINT, param)
    return data
