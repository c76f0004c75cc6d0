"""What a provider sent, kept as received and compared with what was accepted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.baseline import Accepted, BaselineError
from harness.comparison import compare, describe_image, identical_comparison
from harness.image import EncodedImage, ImageError, PixelImage
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
    file = ledger.store_image(image.data, kind or "bin", durable=known is None, digest=image.digest)
    if known is not None:
        return Received(image, replace(known, file=file))
    try:
        return Received(image, describe_image(image, file))
    except ImageError as fault:
        return Reason(Code.IMAGE_UNDECODABLE, {"problem": str(fault), "file": file})


def as_accepted(image: EncodedImage, accepted: Sequence[Accepted], load: Callable[[Accepted], bytes]) -> EncodedImage:
    """Return an image that came as pixels as the file of an accepted image of equal pixels, where there is one that is
    as it was accepted: nothing is encoded. Others as they are."""
    if not isinstance(image, PixelImage):
        return image
    item = next((item for item in accepted if item.image.pixel_digest == image.pixel_digest), None)
    if item is None:
        return image
    try:
        return EncodedImage(load(item), item.image.file_digest, image=image.image)
    except BaselineError:
        return image  # reported where it is compared with


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
