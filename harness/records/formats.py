"""The ``format`` number that each file begins with, and the fault of a file with another one."""

from collections.abc import Mapping
from typing import Any, TypeVar

from harness import __version__
from harness.records.codec import decode_json, from_json, indented_json, to_json
from harness.records.recordable import recordable

T = TypeVar("T")

FORMATS: Mapping[str, int] = {
    "manifest": 2, "run": 2, "audit": 2, "bench": 3, "monitor": 1, "output": 1, "decisions": 1,
}  # fmt: skip
"""What this version writes and reads, by kind of document. Each line of ``trials.jsonl`` begins with the number of
``run``, so that lines can be merged, cut and copied. What was written before there were numbers counts as format 1."""


class OtherFormatError(ValueError):
    """A document of another format: ``found`` (None: nothing that could be one), written by ``version`` (empty: not
    said), where this version reads ``reads``."""

    def __init__(self, kind: str, found: object, version: str) -> None:
        super().__init__(kind, found, version)
        self.kind = kind
        self.found = found
        self.version = version
        self.reads = FORMATS[kind]
        self.newer = isinstance(found, int) and found > self.reads

    def __str__(self) -> str:
        who = f"{self.version:.40}" if self.version else "0.1.0 or earlier"
        return (
            f"has format {self.found!r:.40}, written by image-harness {who}; "
            f"version {__version__} reads format {self.reads}"
        )

    @property
    def hint(self) -> str:
        """What to do about it."""
        if self.newer:
            return f"install the version that wrote it{self._pinned} or a newer one"
        again = "accept its images again" if self.kind == "manifest" else "make it again with this version"
        return f"read it with the version that wrote it{self._pinned}, or {again}"

    @property
    def _pinned(self) -> str:
        return f" (pip install image-harness=={self.version:.40})" if self.version else ""


def stamped(kind: str) -> dict[str, Any]:
    """Return what a document of a kind begins with: its format, and the version that writes it."""
    return {"format": FORMATS[kind], "version": __version__}


def check_format(kind: str, data: object) -> None:
    """Raise OtherFormatError for a parsed document of another format; what is not an object says nothing here."""
    if isinstance(data, Mapping):
        found, version = data.get("format", 1), data.get("version", "")
        if found != FORMATS[kind] or isinstance(found, bool):
            raise OtherFormatError(kind, found, version if isinstance(version, str) else "")


def document(kind: str, record: Any) -> bytes:
    """Return the text of a file that holds one record; what has no form in JSON is replaced, as :func:`recordable`
    says.
    """
    return indented_json(stamped(kind) | to_json(recordable(record)[0])) + b"\n"


def read_document(kind: str, cls: type[T], data: bytes) -> T:
    """Return the record in a file. Raises ValueError (OtherFormatError) and RecursionError."""
    parsed = decode_json(object, data)
    check_format(kind, parsed)
    return from_json(cls, parsed)
