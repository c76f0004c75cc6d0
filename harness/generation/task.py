"""One call of a provider, for one trial or a batch of them, in a thread of its own."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from harness.errors import GenerationError, GenerationTimeoutError, HarnessError
from harness.generation.feed import UNWATCHED, Watch
from harness.generation.threads import Threads
from harness.image import DEFAULT_LIMITS, EncodedImage, Image, PixelImage
from harness.provider import AbandonableProvider, BatchProvider, Job, Output, Provider
from harness.records import Trial

if TYPE_CHECKING:
    from harness.generation.session import Session


@dataclass(frozen=True)
class Generated:
    """A finished trial: what was generated, and the wall seconds it took here. ``left`` are the seconds until its
    deadline, which decoding may take; None: all that a trial of its kind has. ``pixels`` is an image that came without
    a file (in a test): it is encoded only where its bytes are needed."""

    trial: Trial
    generated: Output
    seconds: float
    left: float | None = None
    pixels: Image | None = None

    @cached_property
    def image(self) -> EncodedImage:
        """The image that came: all who look at it share what is found of it."""
        if self.pixels is not None:
            return PixelImage(self.pixels)
        seconds = self.trial.policy.timeout if self.left is None else self.left
        return EncodedImage(self.generated.data, limits=replace(DEFAULT_LIMITS, seconds=seconds))


@dataclass(frozen=True, slots=True)
class Failed:
    """A trial without an image, and why."""

    trial: Trial
    fault: GenerationError
    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """A trial on its way, with the Session that it belongs to."""

    trial: Trial
    session: "Session"
    watch: Watch = UNWATCHED

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.watch.cancellation is not None and self.watch.cancellation.is_cancelled


class Task:
    """A call in progress. ``done`` is called once, from the generating thread.

    It runs in one of the threads. A provider that hangs past the deadline is abandoned in that daemon thread: Python
    cannot end a thread, and a hung call must not hang the run. Its late result is dropped.
    """

    def __init__(self, works: Sequence[Work], provider: Provider, jobs: Sequence[Job], *, batched: bool) -> None:
        self.works, self.provider, self.jobs = works, provider, jobs
        self.timeout = sum(job.timeout for job in jobs)
        self.started = time.monotonic()
        self.results: list[Generated | Failed] = []
        self.abandoned = False
        self._batched = batched

    def start(self, threads: Threads, done: Callable[["Task"], None]) -> None:
        """Begin to generate."""
        threads.run(self._work, lambda: done(self))

    @property
    def deadline(self) -> float:
        """When to stop waiting, on the monotonic clock: a little after the provider's own time limit. Never for one
        with workers, which keeps to the time itself: a job may wait for one."""
        return inf if self.provider.capabilities.workers else self.started + self.timeout * 1.05 + 0.5

    def give_up(self) -> list[Generated | Failed]:
        """Return the results of a task that went past its deadline; an AbandonableProvider learns of it."""
        self.abandoned = True
        billed = self.provider.capabilities.price != 0
        fault = GenerationTimeoutError(self.provider.name, self.timeout, possibly_billed=billed)
        if isinstance(self.provider, AbandonableProvider):
            for job in self.jobs:
                self.provider.abandoned(job, fault)
        return self._failed(fault)

    def _work(self) -> None:
        self.results = self._generated()
        for work, result in zip(self.works, self.results, strict=True):
            if isinstance(result, Generated) and not self.abandoned:
                work.session.keep(result)

    def _generated(self) -> list[Generated | Failed]:
        try:
            outputs = self._outputs()
        except BaseException as error:  # foreign code: whatever it raises, sys.exit too, is the verdict of these trials
            return self._failed(as_fault(self.provider.name, error))
        now = time.monotonic()
        seconds = (now - self.started) / len(self.works)
        left = None if self.provider.capabilities.workers else max(0.0, self.deadline - now)
        return [
            Generated(work.trial, output, seconds, left)
            if isinstance(output, Output)
            else Failed(work.trial, output, seconds)
            for work, output in zip(self.works, outputs, strict=True)
        ]

    def _outputs(self) -> Sequence[Output | GenerationError]:
        outputs: Sequence[Output | GenerationError]
        if self._batched:
            assert isinstance(self.provider, BatchProvider)
            outputs = self.provider.generate_batch(self.jobs)
        else:
            outputs = [self.provider.generate(job) for job in self.jobs]
        if len(outputs) != len(self.jobs):
            raise ValueError(f"generate_batch gave {len(outputs)} images for {len(self.jobs)} jobs")
        if other := [type(output).__name__ for output in outputs if not isinstance(output, (Output, GenerationError))]:
            raise TypeError(f"it gave a {other[0]}, not an Output")
        return outputs

    def _failed(self, fault: GenerationError) -> list[Generated | Failed]:
        seconds = (time.monotonic() - self.started) / len(self.works)
        return [Failed(work.trial, fault, seconds) for work in self.works]


def as_fault(provider: str, error: BaseException) -> GenerationError:
    """Return what a provider raised, as the fault of a trial."""
    if isinstance(error, GenerationError):
        return error
    if isinstance(error, HarnessError):
        problem, hint = str(error), error.hint
    else:
        problem = f"{type(error).__name__}: {error}"
        hint = "this is a fault of the provider; --debug shows where"
    return GenerationError(provider, problem, hint)
