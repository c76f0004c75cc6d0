"""What a folder and a bucket have in common."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of a listing."""

    key: str
    """Its name below the prefix."""
    size: int
    """Bytes."""
    modified: float
    """When it was written, in seconds since 1970 by the clock of the store."""


class Place(Protocol):
    """Objects by key. Every method raises StoreFailedError where the store cannot be used."""

    def get(self, key: str) -> bytes:
        """Return an object. Raises ObjectMissingError."""
        ...

    def create(self, key: str, data: bytes) -> bool:
        """Write an object where none is; returns False where one is."""
        ...

    def listed(self, prefix: str) -> Iterator[Stored]:
        """Yield the objects whose keys begin with a folder."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        ...
