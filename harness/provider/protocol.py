"""What every provider is: one small protocol, and the records that pass through it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from harness.errors import GenerationError, redacted
from harness.http import Cancellation as Cancellation
from harness.records import FIRST, Attempt, Gate, Recipe, TrialKey, plausible_cost, recordable
from harness.vocabulary import SeedPromise, Source


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, as it declares it (the probe measures it).

    ``honors`` names the request fields and settings that shape its image (``prompt``, ``negative_prompt``,
    ``seed``, ``size``, ``image``, ``mask``, ``strength``, ``ask``, ``quality``, ``style``, ``guidance`` …; ``*`` for
    any setting); ``choices`` lists the values of a setting where they are few;
    ``price`` is US dollars for an image (0.0 = free, None = unknown); ``concurrency`` how many generations at a time,
    ``workers`` in how many processes, for which further jobs wait in the provider (0: in this process, without);
    ``batch`` and ``isolated`` say whether :meth:`BatchProvider.generate_batch` and
    :meth:`IsolatedProvider.isolated` exist; ``keyed`` that the image depends on the key of the trial too, so that
    equal recipes may bring other images. ``reports`` names what the environment of its images can hold, so that a
    ``profile`` can be checked before the run; None: not known before. ``asks_need_image``: it answers questions about
    an input image only.
    """

    seed: SeedPromise = SeedPromise.NONE
    honors: frozenset[str] = frozenset({"prompt"})
    price: float | None = None
    concurrency: int = 1
    workers: int = 0
    batch: bool = False
    isolated: bool = False
    keyed: bool = False
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    reports: frozenset[str] | None = None
    asks_need_image: bool = False

    def __post_init__(self) -> None:
        # an adapter of another package may give the word
        object.__setattr__(self, "seed", SeedPromise(self.seed))


class Progress(Protocol):
    """What a caller gives to see an image while it is generated."""

    def __call__(self, step: int, steps: int, image: Callable[[], bytes]) -> None:
        """Take note that ``step`` (1, 2 …) of ``steps`` is done; ``image()`` returns the PNG of the state after it.

        Called from the generating thread; the PNG is made at each call of ``image``, never without one.
        """


@dataclass(frozen=True, slots=True)
class Job:
    """One image to generate. ``timeout`` in seconds; ``key`` and ``attempt`` say for which trial.

    ``sending`` is to be called before each call that may cost money, by a provider that has ``reports_sending``.
    ``patient=False``: another provider can generate it, so a service that is down is not to be waited for.
    ``progress`` is called after each step, by a provider that has intermediate steps. ``cancellation`` ends the
    generation before its time: it then raises GenerationCancelledError.
    """

    recipe: Recipe
    key: TrialKey
    attempt: Attempt = FIRST
    timeout: float = 300.0
    sending: Gate | None = field(default=None, compare=False, repr=False)
    patient: bool = field(default=True, compare=False)
    progress: Progress | None = field(default=None, compare=False, repr=False)
    cancellation: Cancellation | None = field(default=None, compare=False, repr=False)


def is_cancelled(jobs: Sequence[Job]) -> bool:
    """Return whether any of the jobs was cancelled."""
    return any(job.cancellation is not None and job.cancellation.is_cancelled for job in jobs)


@dataclass(frozen=True, slots=True)
class Output:
    """What came back: ``data`` the bytes as received (empty for an ``ask``, which has ``answer``).

    ``environment`` holds plain JSON values (weights digest, versions, CPU, threads, served model, interpretation);
    ``seconds`` the generation alone; ``cost`` in US dollars or None when unknown. ``notes`` say what of these could not
    be recorded as it came.
    """

    data: bytes = b""
    environment: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    cost: float | None = None
    source: Source = Source.GENERATED
    answer: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Let nothing in that cannot be recorded or holds a secret: a provider may be foreign code. Raises ValueError
        for a source that is none."""
        cost, notes = plausible_cost(self.cost)
        object.__setattr__(self, "source", Source(self.source))
        object.__setattr__(self, "cost", cost)
        if not isfinite(self.seconds):
            notes += (f"seconds: {self.seconds} is not a finite number, so it is recorded as 0",)
            object.__setattr__(self, "seconds", 0.0)
        for name in ("environment", "answer"):
            value, more = recordable(redacted(getattr(self, name)), name)
            object.__setattr__(self, name, value)
            notes += more
        object.__setattr__(self, "notes", (*redacted(self.notes), *notes))


def first_of(images: int, what: str) -> tuple[str, ...]:
    """Return the note that an output needs where ``what`` holds several images: the first is taken."""
    return (f"{what} holds {images} images: the first is taken",) if images > 1 else ()


@runtime_checkable
class Provider(Protocol):
    """A source of images. Built once a run, used from several threads up to ``capabilities.concurrency``."""

    name: str
    kind: str

    @property
    def capabilities(self) -> Capabilities: ...

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises GenerationError, GenerationRefusedError, GenerationTimeoutError or
        GenerationCancelledError (``harness.errors``)."""

    def close(self) -> None:
        """Release what was opened."""


@runtime_checkable
class ReadyProvider(Provider, Protocol):
    """A provider that knows before the first generation that it will not be able to."""

    def ready(self) -> None:
        """Look for what generation needs (a key). Raises HarnessError; the run then ends before it begins."""


@runtime_checkable
class LoggedProvider(Provider, Protocol):
    """A provider with a log that belongs to the runs it generates for."""

    def log_to(self, folder: Path) -> None:
        """Keep the log in the folder of a run too; a second call for it does nothing."""


@runtime_checkable
class AbandonableProvider(Provider, Protocol):
    """A provider that is notified when a job is abandoned."""

    def abandoned(self, job: Job, error: GenerationError) -> None:
        """Note that the job went past its time, with the error that was recorded for it."""


@runtime_checkable
class BatchProvider(Provider, Protocol):
    """A provider that generates several recipes in one go, in order; what one of them lacks is its fault alone."""

    def generate_batch(self, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]: ...


@runtime_checkable
class SamplingProvider(BatchProvider, Protocol):
    """A provider whose :meth:`generate_batch` gets several samples of one recipe by one call."""

    def samples_of(self, recipe: Recipe) -> int:
        """Return how many samples of an unseeded recipe one call asks for."""


@runtime_checkable
class IsolatedProvider(Provider, Protocol):
    """A provider that can generate in a fresh process, for the probes: with a given number of arithmetic threads, and
    with further environment variables."""

    def isolated(
        self, *, threads: int | None = None, environment: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Provider]: ...
