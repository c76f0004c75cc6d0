"""The log of decisions: ``log.jsonl`` beside the manifest, one line a trial, only ever added to."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.baseline.errors import ManifestError
from harness.ledger import end_of_lines, open_regular, write_all, writing
from harness.records import decode_json, encode_json


@dataclass(frozen=True, slots=True)
class Decision:
    """One line. ``action`` is ``accept`` | ``add`` | ``reject`` | ``remove`` | ``prune`` | ``ignore`` | ``unignore`` |
    ``calibrate``;
    ``old`` and ``new`` map image files to pixel digests before and after, ``run`` is where the new ones come from.
    """

    when: str
    who: str
    action: str
    trial: str
    reason: str
    old: Mapping[str, str] = field(default_factory=dict)
    new: Mapping[str, str] = field(default_factory=dict)
    run: str | None = None
    proven: str | None = None
    owner: str | None = None
    until: str | None = None


def write_log(path: Path, decisions: Iterable[Decision]) -> None:
    """Add lines, on the disk on return; what a kill left of an earlier last line is closed off. Raises WriteError."""
    lines = b"".join(encode_json(decision) + b"\n" for decision in decisions)
    with writing(path):
        fd = open_regular(path, os.O_RDWR | os.O_CREAT)
        try:
            end = end_of_lines(fd)
            os.ftruncate(fd, end)
            os.lseek(fd, end, os.SEEK_SET)
            try:
                write_all(fd, lines)
                os.fsync(fd)
            except OSError:
                os.ftruncate(fd, end)
                raise
        finally:
            os.close(fd)


def read_log(path: Path) -> Iterator[Decision]:
    """Yield the decisions in order; a torn last line is left out. Raises ManifestError for other lines."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield decode_json(Decision, line)
            except (ValueError, RecursionError) as error:
                raise ManifestError(path, f"not a decision: {error}", "", number) from error
