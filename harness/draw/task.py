"""One trial on its way through a provider, in a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.draw.workers import Workers
from harness.errors import DrawFault, DrawTimeout, HarnessError
from harness.provider.protocol import Drawn, Job, Provider
from harness.records import Trial


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished trial: what was drawn, and the wall seconds it took here."""

    trial: Trial
    drawn: Drawn
    seconds: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A trial without a picture, and why."""

    trial: Trial
    fault: DrawFault
    seconds: float


class Task:
    """A draw in progress. ``done`` is called once, from the drawing thread, with the result; ``keep`` before it,
    with what was drawn.

    It draws in one of the workers. A provider that hangs past the deadline is left behind in that daemon thread:
    Python cannot end a thread, and a hung draw must not hang the run. Its late result is dropped.
    """

    def __init__(
        self,
        trial: Trial,
        provider: Provider,
        timeout: float,
        done: Callable[["Task"], None],
        keep: Callable[[Trial, Drawn], None] | None = None,
        sending: Callable[[], None] | None = None,
    ) -> None:
        self.trial = trial
        self.provider = provider
        self.timeout = timeout
        self.started = time.monotonic()
        self.result: Drawing | Fault | None = None
        self.left = False
        self._done = done
        self._keep = keep
        self._job = Job(trial.recipe, trial.key, trial.repeat, timeout, sending)

    def start(self, workers: Workers) -> None:
        """Begin to draw."""
        workers.run(self._work, lambda: self._done(self))

    @property
    def deadline(self) -> float:
        """When to stop waiting, on the monotonic clock: a little after the provider's own time limit."""
        return self.started + self.timeout * 1.05 + 0.5

    def give_up(self) -> Fault:
        """The result of a task that went past its deadline; a provider with ``left_behind(job, fault)`` is told."""
        self.left = True
        fault = DrawTimeout(self.provider.name, self.timeout, possibly_billed=self.provider.capabilities.price != 0)
        left_behind = getattr(self.provider, "left_behind", None)
        if left_behind is not None:
            left_behind(self._job, fault)
        return Fault(self.trial, fault, time.monotonic() - self.started)

    def _work(self) -> None:
        self.result = self._drawn()
        if isinstance(self.result, Drawing) and self._keep is not None and not self.left:
            self._keep(self.trial, self.result.drawn)

    def _drawn(self) -> Drawing | Fault:
        try:
            drawn = self.provider.draw(self._job)
        except Exception as error:  # a provider is foreign code: whatever it raises is the verdict of this trial
            return Fault(self.trial, as_fault(self.provider.name, error), time.monotonic() - self.started)
        return Drawing(self.trial, drawn, time.monotonic() - self.started)


def as_fault(provider: str, error: Exception) -> DrawFault:
    """What a provider raised, as the fault of a trial, on one line."""
    if isinstance(error, DrawFault):
        return error
    if isinstance(error, HarnessError):
        problem, remedy = str(error), error.remedy
    else:
        problem = f"{type(error).__name__}: {error}"
        remedy = "this is a fault of the provider; --debug shows where"
    return DrawFault(provider, " ".join(problem.split())[:500], remedy)
