"""What a provider sent, kept as received and compared with what was accepted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.baseline import Accepted
from harness.comparison import compare, describe_image, identical_comparison
from harness.image import EncodedImage, ImageError
from harness.ledger import Ledger
from harness.records import Box, Comparison, ImageRef, Reason
from harness.vocabulary import Code


class Received(NamedTuple):
    """A stored image and what is recorded of it."""

    image: EncodedImage
    ref: ImageRef


def keep(ledger: Ledger, image: EncodedImage, accepted: Sequence[Accepted]) -> Received | Reason:
    """Store the bytes as received and describe them; the reason when they are not images.

    Bytes equal to an accepted image's are described by what was recorded when it was accepted.
    """
    if not image.data:
        return Reason(Code.IMAGE_EMPTY)
    known = next((item.image for item in accepted if item.image.file_digest == image.digest), None)
    kind = image.format if known is None else known.format
    file = ledger.store_image(image.data, kind or "bin", digest=image.digest)
    if known is not None:
        return Received(image, replace(known, file=file))
    try:
        return Received(image, describe_image(image, file))
    except ImageError as fault:
        return Reason(Code.IMAGE_UNDECODABLE, {"problem": str(fault), "file": file})


def compare_received(
    reference: ImageRef, received: Received, ignore: tuple[Box, ...], load: Callable[[], EncodedImage]
) -> Comparison:
    """Return the panel between an accepted image and a candidate; the former is only read where they differ."""
    ref = received.ref
    if reference.pixel_digest == ref.pixel_digest:
        same_file = reference.file_digest == ref.file_digest
        return identical_comparison(ref.width, ref.height, ref.hashes, bytes_equal=same_file)
    accepted, candidate = load().image.pixels, received.image.image.pixels
    return compare(accepted, candidate, ignore=ignore, bytes_equal=False)
