"""A folder as a store: a disk that is shared, or one of this machine. Needs no extra."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.store.errors import ObjectMissingError, StoreFailedError
from harness.store.files import create_file
from harness.store.place import Stored


class Folder:
    """Objects as files of a folder, which is never made here: a disk that is not mounted is not an empty store."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    def get(self, key: str) -> bytes:
        with self._reached():
            try:
                return (self.path / key).read_bytes()
            except FileNotFoundError:
                raise ObjectMissingError(self.name, key) from None

    def create(self, key: str, data: bytes) -> bool:
        with self._reached():
            return create_file(self.path / key, data)

    def listed(self, prefix: str) -> Iterator[Stored]:
        with self._reached():
            for path in sorted((self.path / prefix).glob("*")):
                if path.is_file() and not path.name.startswith("."):
                    known = path.stat()
                    yield Stored(f"{prefix}/{path.name}", known.st_size, known.st_mtime)

    def delete(self, key: str) -> None:
        with self._reached():
            (self.path / key).unlink(missing_ok=True)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        if not self.path.is_dir():
            raise StoreFailedError(self.name, "is not there", f"mount it, or make the folder: mkdir -p {self.path}")
        try:
            yield
        except OSError as fault:
            problem = f"cannot be used: {str(fault.strerror).lower()}"
            raise StoreFailedError(self.name, problem, "check its permissions and the free space") from fault
