"""Images that clients send: decoded once, stored by their digest."""

import os
from collections.abc import Collection
from pathlib import Path

from harness.gateway.errors import InvalidRequestError
from harness.image import EncodedImage, ImageError, read_file
from harness.ledger import make_folder, place
from harness.records import InputImage

FOLDER = "inputs"
"""In the data folder."""
MOST_BYTES = 50 * 2**20
"""Of one image."""


class Inputs:
    """The images that clients sent, below the data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def store(self, data: bytes, param: str) -> InputImage:
        """Store an image; ``param`` names the field that it came in. Raises InvalidRequestError where it is none, is
        too large or cannot be decoded."""
        if not data:
            raise InvalidRequestError("the image is empty", "send a PNG, JPEG or WebP file", param)
        if len(data) > MOST_BYTES:
            raise InvalidRequestError(f"the image has {len(data):,} bytes", f"at most {MOST_BYTES:,}", param)
        image = EncodedImage(data)
        try:
            image.image  # noqa: B018 -- decodes
        except ImageError as fault:
            raise InvalidRequestError(str(fault), fault.hint, param) from fault
        path = self.folder / f"{image.digest}.{image.format}"
        try:
            # it is not deleted while its job is being made
            os.utime(path)
        except OSError:
            make_folder(self.folder)
            place(path, data, durable=True)
        return InputImage(str(path.resolve()), image.digest)

    def purge(self, referred: Collection[str], before: float) -> int:
        """Delete the images that are not in ``referred`` (digests) and were last sent before a time (seconds since the
        epoch); returns how many."""
        count = 0
        for path in self.folder.glob("*.*") if self.folder.is_dir() else ():
            if path.stem not in referred and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                count += 1
        return count


def size_of_input(image: InputImage) -> tuple[int, int]:
    """Return width and height in pixels of a stored image. Raises ImageError."""
    decoded = read_file(image.path)
    return decoded.width, decoded.height
