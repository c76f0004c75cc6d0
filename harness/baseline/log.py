"""The log of decisions: ``log.jsonl`` beside the manifest, one line a trial; lines are added, never changed."""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.baseline.errors import ManifestError
from harness.baseline.names import LOG, PENDING, entry_name, is_image_file
from harness.ledger import atomic_write, end_of_lines, in_pieces, open_regular, sync, write_all, writing
from harness.records import TrialKey, decode_json, encode_json

if TYPE_CHECKING:
    from harness.baseline.manifest import Manifest

_ID = re.compile(rb"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line: what was decided of a trial."""

    id: str
    """The same in all lines of one command."""
    when: str
    """ISO 8601 UTC."""
    who: str
    """Who decided."""
    action: str
    """``accept`` | ``add`` | ``reject`` | ``remove`` | ``prune`` | ``rename`` | ``ignore`` | ``unignore`` |
    ``calibrate`` | ``undo``."""
    case: str
    """The case's name."""
    variant: str
    """``base``, or ``key=value`` pairs."""
    reason: str
    """Why, in their words."""
    seed: int | None = None
    """None for a set."""
    old: Mapping[str, str] = field(default_factory=dict)
    """Pixel digests by image file, before."""
    new: Mapping[str, str] = field(default_factory=dict)
    """Pixel digests by image file, after."""
    run: str | None = None
    """The run that the new images come from."""
    proven: str | None = None
    """How they were shown to repeat."""
    owner: str | None = None
    """Owner of an ignore."""
    until: str | None = None
    """Its last day."""
    before: str | None = None
    """Digest of the trial's entries in the manifest before; None: it had none."""
    after: str | None = None
    """The same after."""
    undoes: str | None = None
    """The decision that an ``undo`` reverses."""
    other: str | None = None
    """Of a ``rename`` the other name of the trial."""

    def key(self, suite: str) -> TrialKey:
        """Return the trial, of the suite whose log it is."""
        return TrialKey(suite, self.case, self.variant, self.seed)

    @property
    def trial(self) -> str:
        """``case/variant-s0``."""
        return entry_name(self.key(""))

    @property
    def changes(self) -> bool:
        """Whether it changed the manifest."""
        return self.before != self.after


def write_log(path: Path, decisions: Iterable[Decision]) -> None:
    """Add lines, on the disk on return; what a kill left of an earlier last line is closed off. Raises WriteError; then
    no line is added."""
    lines = (encode_json(decision) + b"\n" for decision in decisions)
    with writing(path):
        fd = open_regular(path, os.O_RDWR | os.O_CREAT)
        try:
            end = end_of_lines(fd)
            os.ftruncate(fd, end)
            os.lseek(fd, end, os.SEEK_SET)
            try:
                write_all(fd, in_pieces(lines))
                os.fsync(fd)
            except BaseException:
                os.ftruncate(fd, end)
                if not end:
                    path.unlink()
                raise
        finally:
            os.close(fd)


def read_log(path: Path) -> Iterator[Decision]:
    """Yield the decisions in order; a torn last line is left out. Raises ManifestError for other lines."""
    for number, line in enumerate(_lines(path), 1):
        try:
            yield decode_json(Decision, line)
        except (ValueError, RecursionError) as error:
            raise ManifestError(path, f"not a decision: {error}", "", number) from error


def mentions(path: Path, decision: str) -> bool:
    """Return whether a line of a log has the id of a decision in it."""
    return any(decision.encode() in line for line in _lines(path))


def with_undone(lines: Sequence[Decision]) -> list[tuple[Decision, bool]]:
    """Return the lines of a log in their order, each with whether it was undone since."""
    undone = _undone(lines)
    return [(line, undone.get((line.id, line.trial), -1) > number) for number, line in enumerate(lines)]


def _undone(lines: Iterable[Decision]) -> dict[tuple[str, str], int]:
    """Return id and trial of the lines that were undone, with the number of the undo."""
    undos = [(number, line) for number, line in enumerate(lines) if line.undoes is not None]
    found: dict[tuple[str, str], int] = {}
    # from the last one: an undo that was undone itself counts no more
    for number, line in reversed(undos):
        if line.undoes is not None and (line.id, line.trial) not in found:
            found.setdefault((line.undoes, line.trial), number)
    return found


def rejections(read: Callable[[], Iterable[Decision]]) -> dict[tuple[str, str], Decision]:
    """Return the decisions by which images are wrong now, by trial (:attr:`Decision.trial`) and pixel digest: rejected
    or taken out, and neither undone nor accepted since. ``read`` reads the lines of a log: twice, none is held."""
    undone = _undone(read())
    found: dict[tuple[str, str], Decision] = {}
    for number, line in enumerate(read()):
        if undone.get((line.id, line.trial), -1) > number:
            continue
        old, new = set(line.old.values()), set(line.new.values())
        if line.action in ("reject", "remove"):
            wrong = new if line.action == "reject" else old - new
            found |= {(line.trial, digest): line for digest in wrong}
        if line.action != "reject":
            for digest in new - old:
                found.pop((line.trial, digest), None)
    return found


def drop_lines(path: Path, dropped: set[int]) -> None:
    """Take out the lines with these numbers (from 0): those of a decision that a kill stopped. Raises WriteError."""
    lines = list(_lines(path))
    kept = [line for number, line in enumerate(lines) if number not in dropped]
    with writing(path):
        if not kept:
            path.unlink()
        elif kept == lines[: len(kept)]:
            os.truncate(path, sum(map(len, kept)))
            sync(path)
        else:
            atomic_write(path, b"".join(kept))


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A decision that is being written, or was when its process ended."""

    id: str
    """Its id."""
    lines: tuple[tuple[int, Decision], ...]
    """Its lines with their numbers (from 0)."""

    def void(self, manifest: "Manifest") -> set[int]:
        """Return the numbers of the lines that are not in force: the manifest does not hold what they say."""
        return {n for n, line in self.lines if manifest.part([line.key(manifest.suite)]).digest != line.after}

    def files(self, suite: str) -> set[str]:
        """Return the image files that it may have replaced, relative to the baselines folder."""
        return {file for _, line in self.lines for file in line.old if is_image_file(suite, file)}


def unfinished(folder: Path) -> Unfinished | None:
    """Return the decision that is named in ``log.jsonl.pending`` of a suite's folder; None where there is none."""
    try:
        decision = (folder / f"{LOG}{PENDING}").read_bytes()
    except FileNotFoundError:
        return None
    name = decision.decode() if _ID.fullmatch(decision) else ""
    found = []
    for number, line in enumerate(_lines(folder / LOG)):
        # only its own lines are read: whatever else the log holds stops no writer
        if name and decision in line:
            with contextlib.suppress(ValueError, RecursionError):
                found.append((number, decode_json(Decision, line)))
    return Unfinished(name, tuple(pair for pair in found if pair[1].id == name))


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))
    except FileNotFoundError:
        return
