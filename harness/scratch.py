"""Temporary folders that go with their process: removed at its end, and swept by the next one when a kill left them."""

import atexit
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

PREFIX = "image-harness-scratch-"
"""Of no other folder: one with it is removed when no process holds its lock."""
GRACE = 60.0
"""Seconds after which a folder without a lock is taken for one that was left: it is locked just after it is made."""


class Scratch:
    """A new folder ``path``, locked until :meth:`close` removes it. A context manager that yields the path."""

    def __init__(self) -> None:
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._fd = _locked(self.path)
        # the thread that would close it may be left behind at the end
        atexit.register(self.close)

    def close(self) -> None:
        """Remove the folder; a second call does nothing."""
        atexit.unregister(self.close)
        shutil.rmtree(self.path, ignore_errors=True)
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()


if sys.platform == "win32":  # where nothing can be said of who uses a folder

    def _locked(_: Path) -> int:
        return -1

    def sweep() -> None:
        """Remove nothing."""
else:
    import fcntl

    def _locked(folder: Path) -> int:
        """Return an open descriptor that holds the lock of a folder, which no started program inherits; -1 where
        another process holds it, or none can be had."""
        fd = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return -1
        return fd

    @cache
    def sweep() -> None:
        """Remove what ended processes of this user left; once a process."""
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):
                known = folder.lstat()
                own = known.st_uid == os.getuid() and time.time() - known.st_mtime > GRACE
                if own and not folder.is_symlink() and (fd := _locked(folder)) >= 0:
                    shutil.rmtree(folder, ignore_errors=True)
                    os.close(fd)
