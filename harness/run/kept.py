"""What a provider sent, kept as received and decoded at most once."""

from collections.abc import Sequence

from harness.baseline import Accepted
from harness.compare import describe_picture
from harness.image import ImageFault, Picture, decode, file_digest, sniff
from harness.ledger import Ledger
from harness.records import PictureRef


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
