"""One trial on its way through a provider, in a thread of its own."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

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
    """A draw in progress. ``done`` is called once, from the drawing thread, with the result.

    A provider that hangs past the deadline is left behind in its daemon thread: Python cannot end a thread, and a
    hung draw must not hang the run. Its late result is dropped.
    """

    def __init__(self, trial: Trial, provider: Provider, timeout: float, done: Callable[["Task"], None]) -> None:
        self.trial = trial
        self.provider = provider
        self.timeout = timeout
        self.started = time.monotonic()
        self.result: Drawing | Fault | None = None
        self.left = False
        self._done = done
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"draw {trial.key}")

    def start(self) -> None:
        """Begin to draw."""
        self._thread.start()

    @property
    def deadline(self) -> float:
        """When to stop waiting, on the monotonic clock: a little after the provider's own time limit."""
        return self.started + self.timeout * 1.05 + 0.5

    def give_up(self) -> Fault:
        """The result of a task that went past its deadline."""
        self.left = True
        fault = DrawTimeout(self.provider.name, self.timeout, possibly_billed=self.provider.capabilities.price != 0)
        return Fault(self.trial, fault, time.monotonic() - self.started)

    def _work(self) -> None:
        job = Job(self.trial.recipe, self.trial.key, self.trial.repeat, self.timeout)
        try:
            drawn = self.provider.draw(job)
            self.result = Drawing(self.trial, drawn, time.monotonic() - self.started)
        except DrawFault as fault:
            self.result = Fault(self.trial, fault, time.monotonic() - self.started)
        except HarnessError as error:
            self._fail(str(error), error.remedy)
        except Exception as error:  # a provider is foreign code: whatever it raises is the verdict of this trial
            self._fail(f"{type(error).__name__}: {error}", "this is a fault of the provider; --debug shows where")
        self._done(self)

    def _fail(self, problem: str, remedy: str) -> None:
        line = " ".join(problem.split())[:500]
        self.result = Fault(self.trial, DrawFault(self.provider.name, line, remedy), time.monotonic() - self.started)
