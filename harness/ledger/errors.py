"""What can go wrong with a run's files. Nothing recorded before a fault is lost by it."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError


@dataclass(eq=False, repr=False)
class LedgerError(HarnessError):
    """Base of the faults of stored files. ``path`` is the file or folder it is about."""

    path: Path


@dataclass(eq=False, repr=False)
class WriteError(LedgerError):
    """A file could not be written; ``problem`` is the message of the operating system."""

    problem: str
    hint = "check the disk and the folder, then continue with --resume; what was recorded before is kept"

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.problem}"


class ReadOnlyError(WriteError):
    """The folder may not be written by this user, or is on a read-only file system."""

    hint = "make the folder writable for this user, or name another one"


class DiskFullError(WriteError):
    """No space, no quota or the file size limit reached."""

    hint = "make room on that disk (or name a folder on another) and repeat it, a run with --resume; nothing is lost"


class NotAFolderError(WriteError):
    """A folder is needed where there is a file."""

    hint = "name a folder, or move the file at that path"


class RunExistsError(LedgerError):
    """A run of that name is already there."""

    hint = "omit the name, choose another, or continue that run: --resume"

    def __str__(self) -> str:
        return f"there is already a run at {self.path}"


@dataclass(eq=False, repr=False)
class LockedError(LedgerError):
    """Another process is writing there. ``holder`` is its process id, or None when unknown."""

    holder: int | None = None
    hint = "wait until it ends, or stop it; the lock is released when that process ends"

    def __str__(self) -> str:
        who = "another process" if self.holder is None else f"process {self.holder}"
        return f"{self.path} is being written by {who}"


@dataclass(eq=False, repr=False)
class RunNotFoundError(LedgerError):
    """No run by that name. ``name`` is what was asked for, ``near`` the names that come close."""

    name: str
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.name == "latest":
            return f"there is no run in {self.path}"
        return f"there is no run '{self.name}' in {self.path}"

    @property
    def hint(self) -> str:
        if self.near:
            return f"did you mean {' or '.join(self.near)}?"
        return "make one with `harness run SUITE`, or name the folder of a run"


@dataclass(eq=False, repr=False)
class RunUnreadableError(LedgerError):
    """``run.json`` cannot be understood."""

    problem: str
    hint: str = "restore the file from a copy, or start a new run; the trials beside it are untouched"

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.problem}"


@dataclass(eq=False, repr=False)
class LineCorruptError(LedgerError):
    """A line of ``trials.jsonl`` before its end is not what the ledger writes. ``line`` counts from 1."""

    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} is corrupt: {self.problem}"

    @property
    def hint(self) -> str:
        return f"delete line {self.line} and continue with --resume: only that trial is generated again"


@dataclass(eq=False, repr=False)
class DuplicateTrialError(LedgerError):
    """The same trial and repeat recorded twice; ``trial`` names it."""

    trial: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.trial} is recorded a second time"

    @property
    def hint(self) -> str:
        return "delete one of the two lines" if self.line else "record each trial and repeat once"


@dataclass(eq=False, repr=False)
class TrialNotFoundError(LedgerError):
    """No one trial of the run at ``path`` is meant by a name. ``near`` are names that come close, or ``count`` that it
    fits."""

    name: str
    near: tuple[str, ...] = ()
    count: int = 0
    hint = "name a trial by its whole key, such as suite/case/base-s0, as the reports print it"

    def __str__(self) -> str:
        if self.count:
            return f"'{self.name}' fits {self.count} trials of {self.path} ({', '.join(self.near)} …)"
        near = f" (near: {', '.join(self.near)})" if self.near else ""
        return f"{self.path} has no trial '{self.name}'{near}"


@dataclass(eq=False, repr=False)
class ImageLostError(LedgerError):
    """An image that a line names is missing or is not the one that was recorded."""

    problem: str
    hint = "go on with that run: --resume generates the trial again (for a copied run: copy its whole folder)"

    def __str__(self) -> str:
        return f"{self.path} {self.problem}"


@dataclass(eq=False, repr=False)
class OtherRunError(LedgerError):
    """The call asks for other trials than the run at ``path`` was made with; ``differs`` says in what."""

    differs: tuple[str, ...]
    hint = "repeat the arguments of that run, or start a new one"

    def __str__(self) -> str:
        return f"the run at {self.path} was made with other arguments: {'; '.join(self.differs)}"


@dataclass(eq=False, repr=False)
class MergeRefusedError(LedgerError):
    """Runs that are not parts of one. ``other`` is the second folder, ``problem`` says why."""

    other: Path | str
    problem: str
    hint = "merge the shards of one run: same suites and arguments, each trial once"

    def __str__(self) -> str:
        return f"{self.path} and {self.other} cannot be merged: {self.problem}"


_KINDS: dict[int | None, type[WriteError]] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), DiskFullError),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), ReadOnlyError),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), NotAFolderError),
}


def write_fault(error: OSError, path: Path | str) -> WriteError:
    """Return the typed fault of a failed write at ``path``."""
    kind = _KINDS.get(error.errno, WriteError)
    problem = os.strerror(error.errno).lower() if error.errno else str(error)
    return kind(Path(path), "a file is stored" if kind is NotAFolderError else problem)
