"""One trial on its way through a provider, in a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import GenerationError, GenerationTimeoutError, HarnessError
from harness.generation.workers import Workers
from harness.provider.protocol import Job, Output, Provider
from harness.records import Trial


@dataclass(frozen=True, slots=True)
class Generated:
    """A finished trial: what was generated, and the wall seconds it took here."""

    trial: Trial
    generated: Output
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A trial without an image, and why."""

    trial: Trial
    fault: GenerationError
    seconds: float


class Task:
    """A generate in progress. ``done`` is called once, from the generation thread, with the result; ``keep`` before it,
    with what was generated.

    It generates in one of the workers. A provider that hangs past the deadline is left behind in that daemon thread:
    Python cannot end a thread, and a hung generate must not hang the run. Its late result is dropped.
    """

    def __init__(
        self,
        trial: Trial,
        provider: Provider,
        timeout: float,
        done: Callable[["Task"], None],
        keep: Callable[[Trial, Output], None] | None = None,
        sending: Callable[[], None] | None = None,
    ) -> None:
        self.trial = trial
        self.provider = provider
        self.timeout = timeout
        self.started = time.monotonic()
        self.result: Generated | Failed | None = None
        self.left = False
        self._done = done
        self._keep = keep
        self._job = Job(trial.recipe, trial.key, trial.attempt, timeout, sending)

    def start(self, workers: Workers) -> None:
        """Begin to generate."""
        workers.run(self._work, lambda: self._done(self))

    @property
    def deadline(self) -> float:
        """When to stop waiting, on the monotonic clock: a little after the provider's own time limit."""
        return self.started + self.timeout * 1.05 + 0.5

    def give_up(self) -> Failed:
        """The result of a task that went past its deadline; a provider with ``left_behind(job, fault)`` is reported."""
        self.left = True
        fault = GenerationTimeoutError(
            self.provider.name, self.timeout, possibly_billed=self.provider.capabilities.price != 0
        )
        left_behind = getattr(self.provider, "left_behind", None)
        if left_behind is not None:
            left_behind(self._job, fault)
        return Failed(self.trial, fault, time.monotonic() - self.started)

    def _work(self) -> None:
        self.result = self._generated()
        if isinstance(self.result, Generated) and self._keep is not None and not self.left:
            self._keep(self.trial, self.result.generated)

    def _generated(self) -> Generated | Failed:
        try:
            generated = self.provider.generate(self._job)
        except Exception as error:  # a provider is foreign code: whatever it raises is the verdict of this trial
            return Failed(self.trial, as_fault(self.provider.name, error), time.monotonic() - self.started)
        return Generated(self.trial, generated, time.monotonic() - self.started)


def as_fault(provider: str, error: Exception) -> GenerationError:
    """What a provider raised, as the fault of a trial, on one line."""
    if isinstance(error, GenerationError):
        return error
    if isinstance(error, HarnessError):
        problem, hint = str(error), error.hint
    else:
        problem = f"{type(error).__name__}: {error}"
        hint = "this is a fault of the provider; --debug shows where"
    return GenerationError(provider, " ".join(problem.split())[:500], hint)
