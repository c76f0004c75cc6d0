"""What a provider sent, kept as received and decoded at most once."""

from collections.abc import Callable, Sequence

from harness.baseline import Accepted
from harness.comparison import compare_to, describe_image, identical_comparison
from harness.image import Image, ImageError, decode, file_digest, sniff
from harness.ledger import Ledger
from harness.records import Box, Comparison, ImageRef, Reason
from harness.vocabulary import Code


class Received:
    """A stored image: ``ref`` describes it. ``decoded`` says whether its pixels were needed so far."""

    def __init__(self, data: bytes, ref: ImageRef, image: Image | None = None) -> None:
        self.data, self.ref, self._image = data, ref, image

    @property
    def decoded(self) -> bool:
        """Whether :attr:`image` is at hand without work."""
        return self._image is not None

    @property
    def image(self) -> Image:
        """The decoded image."""
        if self._image is None:
            self._image = decode(self.data)
        return self._image


def keep(ledger: Ledger, data: bytes, accepted: Sequence[Accepted]) -> Received | Reason:
    """Store the bytes as received and describe them; the reason when they are not images.

    Bytes equal to an accepted image's are described by what was recorded when it was accepted.
    """
    if not data:
        return Reason(Code.IMAGE_EMPTY)
    file = ledger.store_image(data, sniff(data) or "bin")
    digest = file_digest(data)
    for item in accepted:
        if item.image.file_digest == digest:
            known = item.image
            ref = ImageRef(file, digest, known.pixel_digest, known.width, known.height, known.format, known.hashes)
            return Received(data, ref)
    try:
        return Received(data, *describe_image(data, file))
    except ImageError as fault:
        return Reason(Code.IMAGE_UNDECODABLE, {"problem": str(fault), "file": file})


def received(data: bytes) -> Received | Reason:
    """What a provider sent, decoded and described without being stored; the reason when it is not an image."""
    if not data:
        return Reason(Code.IMAGE_EMPTY)
    try:
        return Received(data, *describe_image(data, ""))
    except ImageError as fault:
        return Reason(Code.IMAGE_UNDECODABLE, {"problem": str(fault), "file": ""})


def compare_received(
    reference: ImageRef, received: Received, ignore: tuple[Box, ...], load: Callable[[], bytes]
) -> Comparison:
    """The panel between an accepted image and a candidate; the former is only read where they differ."""
    ref = received.ref
    if reference.pixel_digest == ref.pixel_digest:
        same_file = reference.file_digest == ref.file_digest
        return identical_comparison(ref.width, ref.height, ref.hashes, bytes_equal=same_file)
    return compare_to(reference, load, ref, received.image, ignore=ignore)
