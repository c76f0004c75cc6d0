"""The same answers with less work: digests first, decoding only when they differ."""

from collections.abc import Callable, Sequence

from harness.compare.pair import compare, identical_comparison
from harness.compare.pair import hashes as hashes_of_pixels
from harness.image import DEFAULT_LIMITS, Limits, Picture, decode, file_digest, pixel_digest
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


def compare_to(
    reference: PictureRef,
    load: Callable[[], bytes],
    candidate: PictureRef,
    picture: Picture,
    *,
    ignore: Sequence[Box] = (),
    gaussian: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """Hold a candidate against an accepted picture known by its ``reference``.

    Equal pixel digests (or file digests) settle it without touching the accepted file; only otherwise ``load`` is
    called for its bytes and they are decoded. The answers are those of :func:`compare` on both.
    Raises an ImageFault when the accepted file is no picture, and AlteredPicture when it is not the one recorded.
    """
    bytes_equal = reference.file_digest == candidate.file_digest
    if bytes_equal or reference.pixel_digest == candidate.pixel_digest:
        if not ignore:
            return identical_comparison(
                candidate.width, candidate.height, candidate.hashes, gaussian=gaussian, bytes_equal=bytes_equal
            )
        accepted = picture
    else:
        accepted = _accepted(reference, load(), limits)
    return compare(accepted.pixels, picture.pixels, ignore=ignore, gaussian=gaussian, bytes_equal=bytes_equal)


def _accepted(reference: PictureRef, data: bytes, limits: Limits) -> Picture:
    from harness.compare.faults import AlteredPicture

    accepted = decode(data, limits)
    if file_digest(data) != reference.file_digest and pixel_digest(accepted.pixels) != reference.pixel_digest:
        raise AlteredPicture(reference.file)
    return accepted
