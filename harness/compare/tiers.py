"""The same answers with less work: digests first, decoding only when they differ."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from harness.compare.faults import AlteredPicture
from harness.compare.pair import compare, identical_comparison
from harness.compare.pair import hashes as hashes_of_pixels
from harness.image import (
    DEFAULT_LIMITS,
    ImageFault,
    Limits,
    Picture,
    decode,
    file_digest,
    pixel_digest,
    same_image_data,
)
from harness.records import Box, Comparison, PictureRef


def describe_picture(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> tuple[PictureRef, Picture]:
    """Decode ``data`` and say all that identifies it: digests, size, format and hashes.

    ``file`` is the path to record. Raises an ImageFault when the bytes give no picture.
    """
    picture = decode(data, limits)
    reference = PictureRef(
        file=file,
        file_digest=file_digest(data),
        pixel_digest=pixel_digest(picture.pixels),
        width=picture.width,
        height=picture.height,
        format=picture.format,
        hashes=hashes_of_pixels(picture.pixels),
    )
    return reference, picture


def recognise(data: bytes, file: str, accepted: Iterable[PictureRef]) -> PictureRef | None:
    """The reference of ``data`` when its bytes are those of an ``accepted`` picture, without decoding; else None.

    ``file`` is the path to record.
    """
    digest = file_digest(data)
    return next((replace(known, file=file) for known in accepted if known.file_digest == digest), None)


def compare_to(
    reference: PictureRef,
    load: Callable[[], bytes],
    candidate: PictureRef,
    picture: Picture | None = None,
    *,
    ignore: Sequence[Box] = (),
    gaussian: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """Hold a candidate against an accepted picture known by its ``reference``.

    Equal pixel digests (or file digests) settle it without touching the accepted file; only otherwise ``load`` is
    called for its bytes and they are decoded. The answers are those of :func:`compare` on both. ``picture`` may be
    left out when the candidate is known to equal the accepted one (:func:`recognise`).
    Raises an ImageFault when the accepted file is no picture, and AlteredPicture when it is not the one recorded.
    """
    bytes_equal = reference.file_digest == candidate.file_digest
    equal = bytes_equal or reference.pixel_digest == candidate.pixel_digest
    if equal and not ignore:
        return identical_comparison(
            candidate.width, candidate.height, candidate.hashes, gaussian=gaussian, bytes_equal=bytes_equal
        )
    accepted = picture if equal and picture else _accepted(reference, load(), limits)
    if not equal and picture is None:
        raise ValueError("the candidate's picture is needed: it is not the accepted one")
    shown = picture or accepted
    return compare(accepted.pixels, shown.pixels, ignore=ignore, gaussian=gaussian, bytes_equal=bytes_equal)


def compare_bytes(
    a: bytes,
    b: bytes,
    *,
    ignore: Sequence[Box] = (),
    gaussian: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """The panel of two encoded pictures; ``a`` is the accepted one.

    Two files that are equal, or whose compressed image data are, are decoded once. Raises an ImageFault, whose
    ``where`` is ``a`` or ``b``, when one gives no picture.
    """
    bytes_equal = a == b
    first = _decoded(a, "a", limits)
    second = first if bytes_equal or same_image_data(a, b) else _decoded(b, "b", limits)
    return compare(first.pixels, second.pixels, ignore=ignore, gaussian=gaussian, bytes_equal=bytes_equal)


def _decoded(data: bytes, where: str, limits: Limits) -> Picture:
    try:
        return decode(data, limits)
    except ImageFault as fault:
        fault.where = where
        raise


def _accepted(reference: PictureRef, data: bytes, limits: Limits) -> Picture:
    accepted = decode(data, limits)
    if file_digest(data) != reference.file_digest and pixel_digest(accepted.pixels) != reference.pixel_digest:
        raise AlteredPicture(reference.file)
    return accepted
