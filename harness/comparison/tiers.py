"""The same answers with less work: digests first, decoding only when they differ."""

from harness.comparison.pair import compare, hashes
from harness.image import EncodedImage, decode_named, same_image_data
from harness.records import Comparison, ImageRef


def describe_image(image: EncodedImage, file: str) -> ImageRef:
    """Return all that identifies an image: digests, size, format and hashes.

    ``file`` is the path to record. Raises an ImageError when the bytes give no image.
    """
    decoded = image.image
    return ImageRef(
        file=file,
        file_digest=image.digest,
        pixel_digest=image.pixel_digest,
        width=decoded.width,
        height=decoded.height,
        format=decoded.format,
        hashes=hashes(decoded.pixels),
        notes=decoded.notes or None,
    )


def compare_bytes(a: bytes, b: bytes) -> Comparison:
    """Return the panel of two encoded images; ``a`` is the accepted one.

    Two files that are equal, or whose compressed image data are, are decoded once. Raises an ImageError, whose
    ``where`` is ``a`` or ``b``, when one gives no image.
    """
    bytes_equal = a == b
    first = decode_named(a, "a")
    second = first if bytes_equal or same_image_data(a, b) else decode_named(b, "b")
    return compare(first.pixels, second.pixels, bytes_equal=bytes_equal)
