"""Running one program to its end, within time and size, and leaving nothing of it behind when it fails."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import excerpt, redact
from harness.http import Cancellation

TAIL = 400
"""Most characters of a program's error output that are reported."""
ERROR_BYTES = 4_000_000
"""Most bytes of error output before a program is stopped."""
_LONGEST_SECRET = 16_384
_POLL = 0.02
_POSIX = os.name == "posix"


class ProcessTimeoutError(Exception):
    """The program did not end in time; it and all its children were killed."""


class ProcessCancelledError(Exception):
    """The caller cancelled the program; it and all its children were killed."""


class TooMuchOutputError(Exception):
    """The program wrote more than it may. ``what`` is ``output`` or ``error output``, ``limit`` in bytes."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(what, limit)
        self.what = what
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. ``status`` is its exit status, negative for a signal; ``tail`` the end of its errors."""

    status: int
    tail: str

    @property
    def how(self) -> str:
        """``exit status 3`` or ``killed by SIGSEGV``."""
        if self.status >= 0:
            return f"exit status {self.status}"
        try:
            return f"killed by {signal.Signals(-self.status).name}"
        except ValueError:
            return f"killed by signal {-self.status}"


class Programs:
    """The programs of one provider that are running, so that :meth:`close` can end them."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        scratch: Path,
        timeout: float,
        most: int,
        cancellation: Cancellation | None = None,
    ) -> Ended:
        """Run a program with its standard output in the file ``output``, in a process group of its own.

        ``scratch`` is a folder for its error output, ``most`` the bytes ``output`` may hold. Raises OSError when it
        cannot be started, ProcessTimeoutError, ProcessCancelledError, TooMuchOutputError.
        """
        errors = scratch / "stderr"
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(  # noqa: S603 - the user's own program, named in the suite, without a shell
                arguments,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=_POSIX,
            )
        with self._lock:
            self._running.add(process)
        # A program that started while the provider was closing gets no time.
        deadline = 0.0 if self._closed else time.monotonic() + timeout
        try:
            files = ((output, "output", most), (errors, "error output", ERROR_BYTES))
            status = _wait(process, deadline, files, cancellation)
        except BaseException:
            kill(process)
            raise
        finally:
            with self._lock:
                self._running.discard(process)
        return Ended(status, tail_of(errors))

    def close(self) -> None:
        """Kill what is still running."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its whole process group, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if _POSIX:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def tail_of(errors: Path) -> str:
    """Return the last lines of an error output on one line, at most TAIL characters, redacted, nothing unprintable."""
    with errors.open("rb") as file:
        start = max(0, errors.stat().st_size - 8 * TAIL - _LONGEST_SECRET)
        file.seek(start)
        text = redact(file.read().decode("utf-8", "replace"))
    # what is read may begin inside a secret, which is then not known: that beginning is never shown
    text = text[-4 * TAIL :] if start else text
    return excerpt("".join(char if char.isprintable() else " " for char in text), TAIL, end=True)


def _wait(
    process: subprocess.Popen[bytes],
    deadline: float,
    files: Sequence[tuple[Path, str, int]],
    cancellation: Cancellation | None,
) -> int:
    while True:
        left = deadline - time.monotonic()
        try:
            status = process.wait(max(0.0, min(_POLL, left)))
        except subprocess.TimeoutExpired:
            status = None
        for path, what, most in files:
            if path.stat().st_size > most:
                raise TooMuchOutputError(what, most)
        if status is not None:
            return status
        if cancellation is not None and cancellation.is_cancelled:
            raise ProcessCancelledError
        if left <= 0:
            raise ProcessTimeoutError
