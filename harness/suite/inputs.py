"""Images that a case takes in: found beside the suite, known by their digest."""

import hashlib
from pathlib import Path

from harness.errors import FieldError
from harness.records import InputImage

MAX_INPUT_BYTES = 64_000_000
"""Largest input image, in bytes."""


class Inputs:
    """Input images of one suite. They must be in its folder, or in ``shared`` (the project's root),
    so that a suite from elsewhere cannot send other files of this machine to a provider."""

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        self._folder = folder
        self._roots = [root.resolve() for root in (folder, shared) if root is not None]
        self._known: dict[str, InputImage] = {}

    def image(self, name: str) -> InputImage:
        """Return the image of this name, its bytes digested once. Raises FieldError."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> InputImage:
        if "\0" in name:
            raise FieldError("a file name holds no NUL")
        path = self._folder / name
        if not any(path.resolve().is_relative_to(root) for root in self._roots):
            raise FieldError(f"image {name!r:.80} is outside the suite's folder", "put it beside the suite")
        try:
            with path.open("rb") as file:
                size = path.stat().st_size
                if size > MAX_INPUT_BYTES:
                    raise FieldError(f"image {name} is larger than {MAX_INPUT_BYTES:,} bytes")
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as fault:
            hint = f"looked for {path.as_posix()}"
            raise FieldError(f"image {name!r:.80} cannot be read: {fault.strerror or fault}", hint) from None
        return InputImage(path.as_posix(), digest)
