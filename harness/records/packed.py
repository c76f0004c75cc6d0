"""Records that are alike, kept small in memory: each compressed with the first one as its dictionary."""

import zlib
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from harness.records.codec import decode_json, encode_json

T = TypeVar("T")
_WINDOW = -15
"""Bits of what is looked back on: 32 KiB; negative: without a header."""


class Packing:
    """Compresses texts that are alike: what is left are mostly the digests in them."""

    def __init__(self) -> None:
        self._like = b""

    def pack(self, text: bytes) -> bytes:
        """Return a text compressed."""
        self._like = self._like or text
        packer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, zdict=self._like)
        return packer.compress(text) + packer.flush()

    def unpack(self, packed: bytes) -> bytes:
        """Return the text again, byte for byte."""
        return zlib.decompressobj(_WINDOW, self._like).decompress(packed)


class PackedList(Sequence[T]):
    """Records of one type, each as compressed JSON, made again each time it is asked for: equal, never the same."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._packing = Packing()
        self._packed: list[bytes] = []

    def append(self, record: T) -> None:
        """Add a record. Raises ValueError or TypeError for what has no JSON form."""
        self._packed.append(self._packing.pack(encode_json(record)))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._record(packed) for packed in self._packed[index]]
        return self._record(self._packed[index])

    def __iter__(self) -> Iterator[T]:
        return map(self._record, self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def _record(self, packed: bytes) -> T:
        return decode_json(self._kind, self._packing.unpack(packed))
