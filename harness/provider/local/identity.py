"""What is known of the files behind a provider, so that a changed one is never answered from a cache."""

import hashlib
from pathlib import Path

DIGEST_LIMIT = 200_000_000
"""Bytes of the largest file whose digest is made; a larger one counts by its size and time."""


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_identity(path: Path) -> str:
    """Return what identifies the content of a file: its digest, or size and time where it is large. Raises OSError."""
    known = path.stat()
    if known.st_size > DIGEST_LIMIT:
        return f"{known.st_size} bytes of {known.st_mtime_ns}"
    return digest_of_file(path)
