"""The same answers with less work: digests first, decoding only when they differ."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from harness.comparison.errors import AlteredFileError
from harness.comparison.pair import compare, identical_comparison
from harness.comparison.pair import hashes as hashes_of_pixels
from harness.image import (
    DEFAULT_LIMITS,
    Image,
    ImageError,
    Limits,
    decode,
    file_digest,
    pixel_digest,
    same_image_data,
)
from harness.records import Box, Comparison, ImageRef


def describe_image(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> tuple[ImageRef, Image]:
    """Decode ``data`` and say all that identifies it: digests, size, format and hashes.

    ``file`` is the path to record. Raises an ImageError when the bytes give no image.
    """
    image = decode(data, limits)
    reference = ImageRef(
        file=file,
        file_digest=file_digest(data),
        pixel_digest=pixel_digest(image.pixels),
        width=image.width,
        height=image.height,
        format=image.format,
        hashes=hashes_of_pixels(image.pixels),
    )
    return reference, image


def recognize(data: bytes, file: str, accepted: Iterable[ImageRef]) -> ImageRef | None:
    """The reference of ``data`` when its bytes are those of an ``accepted`` image, without decoding; else None.

    ``file`` is the path to record.
    """
    digest = file_digest(data)
    return next((replace(known, file=file) for known in accepted if known.file_digest == digest), None)


def compare_to(
    reference: ImageRef,
    load: Callable[[], bytes],
    candidate: ImageRef,
    image: Image | None = None,
    *,
    ignore: Sequence[Box] = (),
    gaussian: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """Hold a candidate against an accepted image known by its ``reference``.

    Equal pixel digests (or file digests) settle it without touching the accepted file; only otherwise ``load`` is
    called for its bytes and they are decoded. The answers are those of :func:`compare` on both. ``image`` may be
    left out when the candidate is known to equal the accepted one (:func:`recognize`).
    Raises an ImageError when the accepted file is not an image, and AlteredFileError when it is not the one recorded.
    """
    bytes_equal = reference.file_digest == candidate.file_digest
    equal = bytes_equal or reference.pixel_digest == candidate.pixel_digest
    if equal and not ignore:
        return identical_comparison(
            candidate.width, candidate.height, candidate.hashes, gaussian=gaussian, bytes_equal=bytes_equal
        )
    accepted = image if equal and image else _accepted(reference, load(), limits)
    if not equal and image is None:
        raise ValueError("the candidate's image is needed: it is not the accepted one")
    shown = image or accepted
    return compare(accepted.pixels, shown.pixels, ignore=ignore, gaussian=gaussian, bytes_equal=bytes_equal)


def compare_bytes(
    a: bytes,
    b: bytes,
    *,
    ignore: Sequence[Box] = (),
    gaussian: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """The panel of two encoded images; ``a`` is the accepted one.

    Two files that are equal, or whose compressed image data are, are decoded once. Raises an ImageError, whose
    ``where`` is ``a`` or ``b``, when one gives no image.
    """
    bytes_equal = a == b
    first = _decoded(a, "a", limits)
    second = first if bytes_equal or same_image_data(a, b) else _decoded(b, "b", limits)
    return compare(first.pixels, second.pixels, ignore=ignore, gaussian=gaussian, bytes_equal=bytes_equal)


def _decoded(data: bytes, where: str, limits: Limits) -> Image:
    try:
        return decode(data, limits)
    except ImageError as fault:
        fault.where = where
        raise


def _accepted(reference: ImageRef, data: bytes, limits: Limits) -> Image:
    accepted = decode(data, limits)
    if file_digest(data) != reference.file_digest and pixel_digest(accepted.pixels) != reference.pixel_digest:
        raise AlteredFileError(reference.file)
    return accepted
