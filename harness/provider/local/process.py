"""A provider in a process of its own: fresh memory, a chosen number of arithmetic threads, chosen variables.

The two sides speak lines of JSON over pipes: one job a line there, one answer a line back. What the generation code
prints goes to standard error and cannot disturb them.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.provider.local.subprocesses import kill, tail_of
from harness.provider.protocol import Capabilities, Job, Output
from harness.records import decode_json, to_json

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip
"""What tells arithmetic libraries how many threads to use; read once, when a process starts."""
START_TIMEOUT = 120.0
"""Seconds a fresh process may take to be ready."""


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
        self._setup = {"name": name, "kind": kind, "options": to_json(options), "root": str(root.resolve())}
        count = {} if threads is None else dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._variables = {**os.environ, **count, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._scratch = tempfile.TemporaryDirectory(prefix="harness-")
        self._errors = Path(self._scratch.name) / "stderr"
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def generate(self, job: Job) -> Output:
        """Generate one image there. Raises GenerationError, GenerationRefusedError or GenerationTimeoutError."""
        return self._ask({"jobs": [_plain(job)], "batch": False}, job.timeout)[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images there in one go, in order."""
        return self._ask({"jobs": [_plain(job) for job in jobs], "batch": True}, sum(job.timeout for job in jobs))

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            kill(process)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            self._scratch.cleanup()

    def _ask(self, question: Mapping[str, Any], timeout: float) -> list[Output]:
        with self._lock:
            if self._process is None:
                raise GenerationError(self.name, "its process has ended", "start a fresh one")
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(json.dumps(question).encode() + b"\n")
                self._process.stdin.flush()
            except OSError:
                raise self._dead() from None
            try:
                line = self._answers.get(timeout=timeout)
            except queue.Empty:
                self.close()
                raise GenerationTimeoutError(self.name, timeout) from None
            if not line:
                raise self._dead()
        answer = decode_json(Answer, line)
        if answer.fault is not None:
            raise answer.fault.error(self.name)
        return answer.generated

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # the pipe was closed under it: the same as its end
            for line in process.stdout:
                self._answers.put(line)
        self._answers.put(b"")

    def _dead(self) -> GenerationError:
        """The fault of a process that ended by itself."""
        assert self._process is not None
        begun = time.monotonic()
        while self._process.poll() is None and time.monotonic() - begun < 5:
            time.sleep(0.01)
        tail = tail_of(self._errors)
        status = self._process.returncode
        self.close()
        said = f": {tail}" if tail else ""
        return GenerationError(self.name, f"its process ended with status {status}{said}")


@dataclass(frozen=True, slots=True)
class Fault:
    """A GenerationError on its way between the processes."""

    problem: str
    hint: str = ""
    refused: bool = False
    billed: bool = False

    @classmethod
    def of(cls, fault: GenerationError) -> "Fault":
        """What is known of an error."""
        refused = isinstance(fault, GenerationRefusedError)
        return cls(fault.problem, fault.hint, refused, fault.possibly_billed)

    def error(self, provider: str) -> GenerationError:
        """The error again."""
        kind = GenerationRefusedError if self.refused else GenerationError
        return kind(provider, self.problem, self.hint, possibly_billed=self.billed)


@dataclass(frozen=True, slots=True)
class Answer:
    """A line from there: what was generated, or why nothing was."""

    generated: list[Output] = field(default_factory=list)
    fault: Fault | None = None


def _plain(job: Job) -> Any:
    """A job as JSON data. What is to be called before sending was called when the job was handed over."""
    return to_json(replace(job, sending=None))
