"""A provider in a process of its own: fresh memory, a chosen number of arithmetic threads, chosen variables.

The two sides speak over pipes. What the generation code prints goes to standard error and cannot disturb them. A
supervisor between them ends the process, and all that it started, when this one ends in whatever way.
"""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from harness.errors import GenerationCancelledError, GenerationError, GenerationTimeoutError
from harness.http import Cancellation, Deadline
from harness.provider.errors import WorkerEndedError
from harness.provider.local.lines import LineProvider
from harness.provider.local.subprocesses import Ended, kill, tail_of
from harness.provider.protocol import Capabilities
from harness.provider.started import supervisor
from harness.scratch import Scratch

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip
"""Variables that set the threads of arithmetic libraries; read once, when a process starts."""
END_TIME = supervisor.KILL_TIME + 2.0
"""Most seconds to wait for the end of a process."""
_POSIX = os.name == "posix"
_SUPERVISED = [sys.executable, "-I", supervisor.__file__, "--worker", "0"] if _POSIX else []


class Isolated(LineProvider):
    """A provider of any kind, built again in a fresh process; a context manager that gives itself.

    Raises GenerationError on entering when the process does not start.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        options: Mapping[str, Any],
        root: Path,
        capabilities: Capabilities,
        threads: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, kind, options, root, capabilities)
        count = {} if threads is None else dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._variables = {**os.environ, **count, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._scratch = Scratch()
        self._errors = self._scratch.path / "stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [*_SUPERVISED, sys.executable, "-m", "harness.provider.local.worker"],
                env=self._variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=_POSIX,
            )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        try:
            self.begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the process runs, as far as it is known."""
        return self._process is not None

    def close(self) -> None:
        """End the process, and all that it started."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._scratch.close()

    def ask(self, line: bytes, timeout: float, cancellation: Cancellation | None = None) -> bytes:
        """Return the line that answers another; at its time, or cancelled, the process ends."""
        with self._lock:
            process = self._process
            if process is None:
                raise GenerationError(self.name, "its process has ended", "start a fresh one")
            assert process.stdin is not None
            billed = self.capabilities.price != 0
            try:
                process.stdin.write(line + b"\n")
                process.stdin.flush()
            except (OSError, ValueError):  # the second where another thread closed the pipe
                raise self._dead(process) from None
            try:
                answer = self._answer(Deadline.after(timeout).ended_by(cancellation))
            except queue.Empty:
                self.close()
                if cancellation is not None and cancellation.is_cancelled:
                    raise GenerationCancelledError(self.name, possibly_billed=billed) from None
                raise GenerationTimeoutError(self.name, timeout, possibly_billed=billed) from None
            if not answer:
                raise self._dead(process)
        return answer

    def _answer(self, deadline: Deadline) -> bytes:
        """Return the next line, empty where the process ended. Raises queue.Empty at the deadline."""
        # None only wakes: it may be that of an earlier question, cancelled while its answer came
        with deadline.on_cancel(lambda: self._answers.put(None)):
            while (line := self._answers.get(timeout=deadline.left())) is None:
                pass
        return line

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with suppress(OSError, ValueError):  # the pipe was closed under it: the same as its end
            for line in process.stdout:
                self._answers.put(line)
        self._answers.put(b"")

    def _dead(self, process: subprocess.Popen[bytes]) -> WorkerEndedError:
        """Return the fault of a process that ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_TIME)
        tail = ""
        with suppress(OSError):  # another thread closed it
            tail = tail_of(self._errors)
        status = process.returncode
        self.close()
        if status is not None and status > supervisor.SIGNALED:
            status = supervisor.SIGNALED - status
        how = f"was {Ended(status, '').how}" if status is not None and status < 0 else f"ended with status {status}"
        message = f": {tail}" if tail else ""
        return WorkerEndedError(self.name, f"its process {how}{message}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started: its supervisor does, when nothing more can come."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    if _SUPERVISED:
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_TIME)
            return
    kill(process)
