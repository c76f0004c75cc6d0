"""Images that were fetched, in a folder of the same layout as the store; several processes may share it."""

import os
from contextlib import suppress
from pathlib import Path

from harness.store.files import create_file

KEPT = 0.9
"""The part of the limit to which a full cache is emptied, the images first that were not used for longest."""


class Cache:
    """A folder that holds at most ``limit`` bytes; with 0 it is neither read nor written."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self._size: int | None = None

    def holds(self, key: str) -> bool:
        """Return whether there is a file of this name."""
        return self.limit > 0 and (self.folder / key).is_file()

    def get(self, key: str) -> bytes | None:
        """Return the bytes under a key, as they are; None for none."""
        if self.limit <= 0:
            return None
        path = self.folder / key
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes, and remove others where it holds too much. Raises OSError."""
        if not 0 < len(data) <= self.limit or not create_file(self.folder / key, data):
            return
        if self._size is None:
            create_file(self.folder / ".gitignore", b"*\n")
        self._size = len(data) + self._size if self._size is not None else sum(one[1] for one in self._files())
        if self._size > self.limit:
            self._trim()

    def drop(self, key: str) -> None:
        """Remove an image."""
        with suppress(OSError):
            (self.folder / key).unlink(missing_ok=True)

    def _trim(self) -> None:
        files = sorted(self._files())
        self._size = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._size <= self.limit * KEPT:
                return
            with suppress(OSError):
                path.unlink(missing_ok=True)
                self._size -= size

    def _files(self) -> list[tuple[float, int, Path]]:
        """Return when each image was last used, its size and path; unfinished ones of a kill too."""
        found = []
        for path in self.folder.glob("images/*"):
            with suppress(OSError):
                known = path.stat()
                found.append((known.st_mtime, known.st_size, path))
        return found
