"""A store of images by the SHA-256 of their bytes: what arrives is compared with its key before it is used."""

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from harness.errors import warn
from harness.records import ImageRef, StoreOptions
from harness.store.cache import Cache
from harness.store.errors import ObjectCorruptError, StoreFailedError
from harness.store.place import Place, Stored

IMAGES = "images"
GIGABYTE = 1_000_000_000
FAILURES = 3
"""After so many failures in a row a store is left alone for :data:`PAUSE` seconds: what is asked fails at once."""
PAUSE = 60.0
_KEY = re.compile(rf"{IMAGES}/([0-9a-f]{{64}})\.[a-z0-9]{{1,8}}")


@dataclass(frozen=True, slots=True)
class ImageKey:
    """The address of an image: a function of its bytes alone."""

    digest: str
    """SHA-256 of the bytes."""
    format: str
    """As the file begins: ``png``, ``jpeg``, ``webp`` …"""

    @classmethod
    def of(cls, image: ImageRef) -> "ImageKey":
        """Return the key of an accepted image."""
        return cls(image.file_digest, image.format if re.fullmatch("[a-z0-9]{1,8}", image.format) else "bin")

    @classmethod
    def read(cls, key: str) -> "ImageKey | None":
        """Return the address that a key is; None for another one."""
        found = _KEY.fullmatch(key)
        return cls(found[1], key.rpartition(".")[2]) if found else None

    def __str__(self) -> str:
        return f"{IMAGES}/{self.digest}.{self.format}"

    def names(self, data: bytes) -> bool:
        """Return whether these are its bytes."""
        return hashlib.sha256(data).hexdigest() == self.digest


class Store:
    """Images in a folder or a bucket, through a cache; may be used from several threads. Nothing is opened before the
    first image is asked for: raises MissingExtraError then."""

    def __init__(self, options: StoreOptions) -> None:
        self.name = options.url
        self.cache = Cache(Path(options.cache), round(options.cache_gb * GIGABYTE) if options.cache else 0)
        self._options = options
        self._opened: Place | None = None
        self._opening = Lock()
        self._failures, self._until, self._fault = 0, 0.0, StoreFailedError(self.name, "")

    @property
    def place(self) -> Place:
        """The folder or bucket. Raises MissingExtraError, StoreFailedError."""
        with self._opening:
            if self._opened is None:
                self._opened = _opened(self._options)
            return self._opened

    def fetch(self, key: ImageKey) -> bytes:
        """Return the bytes of an image, from the cache or the store.

        Raises ObjectMissingError, ObjectCorruptError (after a second attempt), StoreFailedError, MissingExtraError.
        """
        data = self.cache.get(str(key))
        if data is not None and key.names(data):
            return data
        if data is not None:
            self.cache.drop(str(key))
        data = self.read(key)
        try:
            self.cache.put(str(key), data)
        except OSError as fault:
            warn(f"images of the store cannot be cached in {self.cache.folder}: {str(fault.strerror).lower()}")
        return data

    def read(self, key: ImageKey) -> bytes:
        """Return the bytes of an image as the store has them now, without the cache; raises as :meth:`fetch`."""
        if self._failures >= FAILURES and time.monotonic() < self._until:
            raise self._fault
        for _ in range(2):
            try:
                data = self.place.get(str(key))
            except StoreFailedError as fault:
                self._failures, self._until, self._fault = self._failures + 1, time.monotonic() + PAUSE, fault
                raise
            self._failures = 0
            if key.names(data):
                return data
        raise ObjectCorruptError(self.name, str(key))

    def push(self, key: ImageKey, data: bytes) -> bool:
        """Write an image where none is; returns False where it was there. Raises ObjectCorruptError where other bytes
        are, StoreFailedError, MissingExtraError."""
        if self.place.create(str(key), data):
            return True
        self.read(key)
        return False

    def listed(self) -> Iterator[Stored]:
        """Yield what is stored below ``images/``. Raises StoreFailedError, MissingExtraError."""
        return self.place.listed(IMAGES)

    def delete(self, key: ImageKey) -> None:
        """Remove an image from store and cache. Raises StoreFailedError, MissingExtraError."""
        self.place.delete(str(key))
        self.cache.drop(str(key))


def _opened(options: StoreOptions) -> Place:
    if options.folder:
        from harness.store.folder import Folder

        return Folder(Path(options.folder), options.url)
    from harness.store.bucket import Bucket

    return Bucket(options)
