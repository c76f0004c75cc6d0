"""What a server prints, redacted: kept in a file of its own, and in the folders of the runs that use the server."""

import os
from collections import deque
from pathlib import Path
from shutil import copyfileobj
from threading import Lock
from typing import IO, BinaryIO

from harness.errors import excerpt, redact
from harness.http import MIB
from harness.scratch import Scratch

TAIL = 320
"""Most characters of its end that a message shows."""
LARGEST = 64 * MIB
"""Bytes after which nothing more is written; the end is still known."""
_LINES = 40
_LONGEST_LINE = 65_536


class ServerLog:
    """The log of one server, for many threads."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._scratch = Scratch()
        self._file = (self._scratch.path / "log").open("w+b")
        self._copies: dict[Path, BinaryIO] = {}
        self._last: deque[str] = deque(maxlen=_LINES)
        self._size = 0
        self.problem = ""
        """Why it is not complete in the folder of a run."""

    def read(self, stream: IO[bytes]) -> None:
        """Take what comes from a stream, until its end."""
        with stream:
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                self.add(line.decode("utf-8", "replace"))

    def add(self, line: str, *, said: bool = True) -> None:
        """Add a line: one of the server, or the harness's own before a start."""
        line = redact(line)
        data = line.encode()
        with self._guard:
            if said:
                self._last.append(line)
            else:
                self._last.clear()
            if self._size > LARGEST:
                return
            self._size += len(data)
            if self._size > LARGEST:
                data = b"[more is not kept]\n"
            self._write(self._file, data)
            for copy in self._copies.values():
                self._write(copy, data)

    def copy_to(self, path: Path) -> None:
        """Write what there is to the end of a file, and what comes from now on; a second call for it does nothing."""
        with self._guard:
            if path in self._copies:
                return
            try:
                fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
            except OSError as fault:
                self.problem = self.problem or f"the log of the server cannot be written: {fault.strerror}"
                return
            copy = self._copies[path] = os.fdopen(fd, "wb", buffering=0)
            self._file.flush()
            with (self._scratch.path / "log").open("rb") as written:
                copyfileobj(written, copy)

    @property
    def tail(self) -> str:
        """The end of it on one line, at most TAIL characters."""
        with self._guard:
            text = "".join(self._last)
        return excerpt("".join(char if char.isprintable() else " " for char in text), TAIL, end=True)

    def close(self) -> None:
        """Close the files."""
        with self._guard:
            for file in (self._file, *self._copies.values()):
                file.close()
            self._scratch.close()

    def _write(self, file: IO[bytes], data: bytes) -> None:
        try:
            if not file.closed:
                file.write(data)
        except OSError as fault:
            self.problem = self.problem or f"the log of the server is not complete: {fault.strerror}"
