"""A provider that generates elsewhere: lines of JSON there and back, whatever carries them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import GenerationCancelledError, GenerationError, GenerationTimeoutError
from harness.http import Cancellation
from harness.provider.errors import WorkerVersionError
from harness.provider.fault import Fault
from harness.provider.protocol import Capabilities, Job, Output, is_cancelled
from harness.records import decode_json, encode_json

START_TIMEOUT = 120.0
"""Seconds a fresh process may take to be ready."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first line there: the provider to build."""

    name: str
    kind: str
    options: Mapping[str, Any]
    root: str
    version: str = __version__
    """Of the harness."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The line back to it: the version there. ``fault`` says why the provider cannot be built."""

    version: str = "unknown"
    fault: Fault | None = None


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


class LineProvider:
    """A provider of any kind, built again elsewhere; generates one job, or batch, at a time. A subclass carries the
    lines."""

    def __init__(
        self, name: str, kind: str, options: Mapping[str, Any], root: Path, capabilities: Capabilities
    ) -> None:
        self.name, self.kind, self.capabilities = name, kind, capabilities
        self._setup = Setup(name, kind, options, str(root.resolve()))

    def begin(self) -> None:
        """Have the provider built. Raises WorkerVersionError, and GenerationError where it cannot be."""
        try:
            hello = decode_json(Hello, self.ask(encode_json(self._setup), START_TIMEOUT))
        except GenerationTimeoutError:
            raise GenerationError(self.name, f"its worker was not ready within {START_TIMEOUT:g} s") from None
        if hello.version != __version__:
            raise WorkerVersionError(self.name, hello.version, __version__)
        if hello.fault is not None:
            raise hello.fault.error(self.name)

    def generate(self, job: Job) -> Output:
        """Generate one image there. Raises GenerationError, GenerationRefusedError, GenerationTimeoutError,
        GenerationCancelledError or WorkerEndedError; after the last three the provider there may have ended. Steps are
        not reported."""
        if is_cancelled([job]):
            raise GenerationCancelledError(self.name)
        return self._generated([job], job.timeout, job.cancellation, batch=False)[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images there in one go, in order; cancelling ends none of them."""
        return list(self._generated(jobs, sum(job.timeout for job in jobs), None, batch=True))

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether the provider there can be asked, as far as it is known."""

    @abstractmethod
    def ask(self, line: bytes, timeout: float, cancellation: Cancellation | None = None) -> bytes:
        """Return the line that answers another. Raises GenerationTimeoutError after ``timeout`` seconds,
        GenerationCancelledError and WorkerEndedError."""

    @abstractmethod
    def close(self) -> None:
        """End the provider there."""

    def _generated(
        self, jobs: Sequence[Job], timeout: float, cancellation: Cancellation | None, *, batch: bool
    ) -> tuple[Output, ...]:
        # what is of this process stays here: `sending` was called before
        plain = tuple(replace(job, sending=None, progress=None, cancellation=None) for job in jobs)
        answer = decode_json(Answer, self.ask(encode_json(Question(plain, batch)), timeout, cancellation))
        if answer.fault is not None:
            raise answer.fault.error(self.name)
        return answer.generated
