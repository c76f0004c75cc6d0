"""What a provider sent, kept as received and decoded at most once."""

from collections.abc import Callable, Sequence

from harness.baseline import Accepted
from harness.compare import compare_to, describe_picture, identical_comparison
from harness.image import ImageFault, Picture, decode, file_digest, sniff
from harness.ledger import Ledger
from harness.records import Box, Comparison, PictureRef


class Kept:
    """A stored picture: ``ref`` describes it. ``decoded`` says whether its pixels were needed so far."""

    def __init__(self, data: bytes, ref: PictureRef, picture: Picture | None = None) -> None:
        self.data, self.ref, self._picture = data, ref, picture

    @property
    def decoded(self) -> bool:
        """Whether :attr:`picture` is at hand without work."""
        return self._picture is not None

    @property
    def picture(self) -> Picture:
        """The decoded picture."""
        if self._picture is None:
            self._picture = decode(self.data)
        return self._picture


def keep(ledger: Ledger, data: bytes, accepted: Sequence[Accepted]) -> Kept | str:
    """Store the bytes as received and describe them; the reason, as text, when they are no picture.

    Bytes equal to an accepted picture's are described by what was recorded when it was accepted.
    """
    if not data:
        return "the provider sent an empty body"
    file = ledger.store_picture(data, sniff(data) or "bin")
    digest = file_digest(data)
    for item in accepted:
        if item.picture.file_digest == digest:
            known = item.picture
            ref = PictureRef(file, digest, known.pixel_digest, known.width, known.height, known.format, known.hashes)
            return Kept(data, ref)
    try:
        return Kept(data, *describe_picture(data, file))
    except ImageFault as fault:
        return f"{fault} (bytes kept as {file})"


def received(data: bytes) -> Kept | str:
    """What a provider sent, decoded and described without being stored; the reason when it is no picture."""
    if not data:
        return "the provider sent an empty body"
    try:
        return Kept(data, *describe_picture(data, ""))
    except ImageFault as fault:
        return str(fault)


def compare_kept(reference: PictureRef, kept: Kept, ignore: tuple[Box, ...], load: Callable[[], bytes]) -> Comparison:
    """The panel between an accepted picture and a candidate; the former is only read where they differ."""
    ref = kept.ref
    if reference.pixel_digest == ref.pixel_digest:
        same_file = reference.file_digest == ref.file_digest
        return identical_comparison(ref.width, ref.height, ref.hashes, bytes_equal=same_file)
    return compare_to(reference, load, ref, kept.picture, ignore=ignore)
