"""What can go wrong with a run's files. Nothing recorded before a fault is lost by it."""

import errno
import os
from pathlib import Path

from harness.errors import HarnessError


class LedgerError(HarnessError):
    """Base of the faults of stored files. ``path`` is the file or folder it is about."""

    def __init__(self, path: Path | str, *details: object) -> None:
        super().__init__(str(path), *details)
        self.path = Path(path)


class WriteError(LedgerError):
    """A file could not be written; ``problem`` is the system's own word for it."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(path, problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.problem}"

    @property
    def hint(self) -> str:
        return "check the disk and the folder, then go on with --resume; what was recorded before is kept"


class ReadOnlyError(WriteError):
    """The folder may not be written by this user, or lies on a read-only file system."""

    @property
    def hint(self) -> str:
        return "make the folder writable for this user, or name another one"


class DiskFullError(WriteError):
    """No space, no quota or the file size limit reached."""

    @property
    def hint(self) -> str:
        return (
            "make room on that disk (or name a folder on another), then go on with --resume; nothing recorded is lost"
        )


class NotAFolderError(WriteError):
    """A folder is needed where a file lies."""

    @property
    def hint(self) -> str:
        return "name a folder, or move the file that lies at that path"


class RunExistsError(LedgerError):
    """A run of that name is already there."""

    def __str__(self) -> str:
        return f"there is already a run at {self.path}"

    @property
    def hint(self) -> str:
        return "leave the name to the harness, choose another, or go on with that run: --resume"


class LockedError(LedgerError):
    """Another process is writing there. ``holder`` is its process id, or None when unknown."""

    def __init__(self, path: Path | str, holder: int | None = None) -> None:
        super().__init__(path, holder)
        self.holder = holder

    def __str__(self) -> str:
        who = "another process" if self.holder is None else f"process {self.holder}"
        return f"{self.path} is being written by {who}"

    @property
    def hint(self) -> str:
        return "wait until it ends, or stop it; the lock goes with its process"


class RunNotFoundError(LedgerError):
    """No run by that name. ``name`` is what was asked for, ``near`` the names that come close."""

    def __init__(self, reports: Path | str, name: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(reports, name, near)
        self.name = name
        self.near = near

    def __str__(self) -> str:
        if self.name == "latest":
            return f"there is no run in {self.path}"
        return f"there is no run '{self.name}' in {self.path}"

    @property
    def hint(self) -> str:
        if self.near:
            return f"did you mean {' or '.join(self.near)}?"
        return "make one with `harness run SUITE`, or name the folder of a run"


class RunUnreadableError(LedgerError):
    """``run.json`` cannot be understood."""

    def __init__(self, path: Path | str, problem: str, hint: str = "") -> None:
        super().__init__(path, problem)
        self.problem = problem
        self._hint = hint

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.problem}"

    @property
    def hint(self) -> str:
        return self._hint or "restore the file from a copy, or start a new run; the trials beside it are untouched"


class LineCorruptError(LedgerError):
    """A line of ``trials.jsonl`` before its end is not what the ledger writes. ``line`` counts from 1."""

    def __init__(self, path: Path | str, line: int, problem: str) -> None:
        super().__init__(path, line, problem)
        self.line = line
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}:{self.line} is corrupt: {self.problem}"

    @property
    def hint(self) -> str:
        return f"delete line {self.line} and go on with --resume: only that trial is generated again"


class DuplicateTrialError(LedgerError):
    """The same trial and repeat recorded twice; ``trial`` names it."""

    def __init__(self, path: Path | str, trial: str, line: int | None = None) -> None:
        super().__init__(path, trial, line)
        self.trial = trial
        self.line = line

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.trial} is recorded a second time"

    @property
    def hint(self) -> str:
        return "delete one of the two lines" if self.line else "record each trial and repeat once"


class ImageLostError(LedgerError):
    """An image that a line names is missing or is not the one that was recorded."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(path, problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path} {self.problem}"

    @property
    def hint(self) -> str:
        return "go on with that run: --resume generates the trial again (for a copied run: copy its whole folder)"


class OtherRunError(LedgerError):
    """The call asks for other trials than the run at ``path`` was made with; ``differs`` says in what."""

    def __init__(self, path: Path | str, differs: tuple[str, ...]) -> None:
        super().__init__(path, differs)
        self.differs = differs

    def __str__(self) -> str:
        return f"the run at {self.path} was made with other arguments: {'; '.join(self.differs)}"

    @property
    def hint(self) -> str:
        return "repeat the arguments of that run, or start a new one"


class MergeRefusedError(LedgerError):
    """Runs that are not parts of one. ``other`` is the second folder, ``problem`` what stands against it."""

    def __init__(self, path: Path | str, other: Path | str, problem: str) -> None:
        super().__init__(path, str(other), problem)
        self.other = Path(other)
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path} and {self.other} cannot be merged: {self.problem}"

    @property
    def hint(self) -> str:
        return "merge the shards of one run: same suites and arguments, each trial once"


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOT_A_FOLDER = {errno.ENOTDIR, errno.EEXIST}


def write_fault(error: OSError, path: Path | str) -> WriteError:
    """The typed fault of a failed write at ``path``."""
    problem = os.strerror(error.errno).lower() if error.errno else str(error)
    kinds: tuple[tuple[set[int], type[WriteError]], ...] = (
        (_FULL, DiskFullError),
        (_READ_ONLY, ReadOnlyError),
        (_NOT_A_FOLDER, NotAFolderError),
    )
    kind = next((kind for codes, kind in kinds if error.errno in codes), WriteError)
    return kind(path, "a file is stored" if kind is NotAFolderError else problem)
