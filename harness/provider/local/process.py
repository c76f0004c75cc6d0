"""A provider in a process of its own: fresh memory, a chosen number of arithmetic threads, chosen variables.

The two sides speak lines of JSON over pipes: one job a line there, one answer a line back. What the generation code
prints goes to standard error and cannot disturb them.
"""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from harness.errors import GenerationCancelledError, GenerationError, GenerationTimeoutError
from harness.http import Cancellation, Deadline
from harness.provider.fault import Fault
from harness.provider.local.subprocesses import kill, tail_of
from harness.provider.protocol import Capabilities, Job, Output, is_cancelled
from harness.records import decode_json, encode_json
from harness.scratch import Scratch

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip
"""Variables that set the threads of arithmetic libraries; read once, when a process starts."""
START_TIMEOUT = 120.0
"""Seconds a fresh process may take to be ready."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first line there: the provider to build."""

    name: str
    kind: str
    options: Mapping[str, Any]
    root: str


@dataclass(frozen=True, slots=True)
class Question:
    """Every further line there: what to generate, in one batch or one after the other."""

    jobs: tuple[Job, ...]
    batch: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A line back: what was generated, its bytes in base64, or why it was not."""

    generated: tuple[Output, ...] = ()
    fault: Fault | None = None


class Isolated:
    """A provider of any kind, built again in a fresh process; a context manager that gives itself.

    Generates one job at a time. Raises GenerationError on entering when the process does not start.
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
        self.name = name
        self.kind = kind
        self.capabilities = capabilities
        self._setup = Setup(name, kind, options, str(root.resolve()))
        count = {} if threads is None else dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._variables = {**os.environ, **count, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._scratch = Scratch()
        self._errors = self._scratch.path / "stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.provider.local.worker"],
                env=self._variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=os.name == "posix",
            )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        try:
            self._ask(self._setup, START_TIMEOUT)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def generate(self, job: Job) -> Output:
        """Generate one image there. Raises GenerationError, GenerationRefusedError, GenerationTimeoutError or
        GenerationCancelledError; after the last two the process has ended. Steps are not reported."""
        if is_cancelled([job]):
            raise GenerationCancelledError(self.name)
        return self._ask(_question([job], batch=False), job.timeout, job.cancellation)[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images there in one go, in order; cancelling ends none of them."""
        return list(self._ask(_question(jobs, batch=True), sum(job.timeout for job in jobs)))

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            kill(process)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            self._scratch.close()

    def _ask(
        self, question: Setup | Question, timeout: float, cancellation: Cancellation | None = None
    ) -> tuple[Output, ...]:
        with self._lock:
            if self._process is None:
                raise GenerationError(self.name, "its process has ended", "start a fresh one")
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(encode_json(question) + b"\n")
                self._process.stdin.flush()
            except OSError:
                raise self._dead() from None
            try:
                line = self._answer(Deadline.after(timeout).ended_by(cancellation))
            except queue.Empty:
                self.close()
                if cancellation is not None and cancellation.is_cancelled:
                    raise GenerationCancelledError(self.name, possibly_billed=self.capabilities.price != 0) from None
                raise GenerationTimeoutError(self.name, timeout) from None
            if not line:
                raise self._dead()
        answer = decode_json(Answer, line)
        if answer.fault is not None:
            raise answer.fault.error(self.name)
        return answer.generated

    def _answer(self, deadline: Deadline) -> bytes:
        """Return the next line, empty where the process ended. Raises queue.Empty at the deadline."""
        # None only wakes: it may be that of an earlier question, cancelled while its answer came
        with deadline.on_cancel(lambda: self._answers.put(None)):
            while (line := self._answers.get(timeout=deadline.left())) is None:
                pass
        return line

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # the pipe was closed under it: the same as its end
            for line in process.stdout:
                self._answers.put(line)
        self._answers.put(b"")

    def _dead(self) -> GenerationError:
        """Return the fault of a process that ended by itself."""
        assert self._process is not None
        begun = time.monotonic()
        while self._process.poll() is None and time.monotonic() - begun < 5:
            time.sleep(0.01)
        tail = tail_of(self._errors)
        status = self._process.returncode
        self.close()
        message = f": {tail}" if tail else ""
        return GenerationError(self.name, f"its process ended with status {status}{message}")


def _question(jobs: Sequence[Job], *, batch: bool) -> Question:
    """Return the question without what is of this process; ``sending`` was called when the jobs were handed over."""
    return Question(tuple(replace(job, sending=None, progress=None, cancellation=None) for job in jobs), batch)
