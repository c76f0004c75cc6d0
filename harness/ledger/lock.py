"""One writer at a time: a lock that goes with its process, even when that is killed."""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Self

from harness.ledger.errors import LockedError
from harness.ledger.files import writing
from harness.ledger.foreign import open_regular

_locked: set[Path] = set()
_guard = threading.Lock()


class Lock:
    """The lock of a folder: the file ``.lock`` in it, held from construction until :meth:`release`.

    A POSIX record lock: forked children do not inherit it and a killed holder leaves no stale one. Such a lock does
    not stop a second taker in the same process, so those are excluded by a list. ``wait`` is how many seconds to
    wait for another holder. Raises LockedError, or WriteError when the file cannot be made.
    """

    def __init__(self, folder: Path, *, wait: float = 0.0) -> None:
        self.path = folder.resolve() / ".lock"
        self._fd = -1
        until = time.monotonic() + wait
        while not self._take():
            if time.monotonic() >= until:
                raise LockedError(folder, holder_of(folder))
            time.sleep(0.02)

    def _take(self) -> bool:
        with _guard:
            if self.path in _locked:
                return False
            _locked.add(self.path)
        taken = False
        try:
            taken = self._take_from_others()
        finally:
            if not taken:
                _locked.discard(self.path)
        return taken

    def _take_from_others(self) -> bool:
        with writing(self.path):
            fd = open_regular(self.path, os.O_RDWR | os.O_CREAT)
        try:
            if _lock(fd) and _same_file(fd, self.path):
                self._fd = fd
                with contextlib.suppress(OSError):  # the process id is a courtesy: the lock holds on a full disk too
                    os.ftruncate(fd, 0)
                    os.write(fd, str(os.getpid()).encode())
                return True
        except OSError:
            os.close(fd)
            raise
        os.close(fd)
        return False

    def release(self) -> None:
        """Release the lock; a second call does nothing."""
        if self._fd < 0:
            return
        # Removed while still held: who waits on the old file finds that it is no longer the one of that name.
        with contextlib.suppress(OSError):
            self.path.unlink()
        os.close(self._fd)
        self._fd = -1
        _locked.discard(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_of(folder: Path) -> int | None:
    """Return the process that took the lock of a folder last and did not release it: it may have been killed since."""
    path = folder.resolve() / ".lock"
    with _guard:
        # Reading the file here would be fatal to a lock of this process: closing any descriptor of it drops that.
        if path in _locked:
            return os.getpid()
        try:
            return int(path.read_text())
        except (OSError, ValueError):
            return None


def _same_file(fd: int, path: Path) -> bool:
    """Return whether the open file is still the one of that name: a former holder may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> bool:
        try:
            os.lseek(fd, 1 << 30, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            os.lseek(fd, 0, os.SEEK_SET)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(fd: int) -> bool:
        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True
