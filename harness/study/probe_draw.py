"""Drawing for a probe: within the budget and the deadlines, and described as soon as it is there."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from harness.draw import Budget, Drawing, Fault, as_fault, draw_all
from harness.errors import DrawRefused, DrawTimeout
from harness.image import ImageFault, decode, file_digest, pixel_digest
from harness.judge import cache_evidence
from harness.provider import BatchProvider, Drawn, Job, Provider
from harness.records import Trial, TrialKey
from harness.study.drawings import Drawings


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one drawing. ``data`` are the bytes as received, empty when there is no picture for the reason in
    ``problem``; ``cached`` is the evidence that it was not drawn; ``cost`` in US dollars, None unknown."""

    trial: Trial
    data: bytes = b""
    pixels: str = ""
    file: str = ""
    seconds: float = 0.0
    environment: Mapping[str, Any] = field(default_factory=dict)
    cached: str = ""
    problem: str = ""
    refused: bool = False
    cost: float | None = None


class BudgetReached(Exception):
    """The next picture does not fit the budget; nothing more is drawn."""


class Drawer:
    """Draws, counts, and keeps to the money; ``price`` is US dollars for a picture, ``timeout`` overrides the trials'.

    ``told`` is called after each picture. Each is recorded in ``drawings``, where one trial with its changed prompts
    and settings counts its repeats through. When ``stopped`` says so, KeyboardInterrupt is raised once what was being
    drawn is recorded.
    """

    def __init__(
        self,
        drawings: Drawings,
        budget: Budget,
        price: float | None,
        timeout: float | None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.drawings, self.stopped = drawings, stopped
        self.budget, self.price, self.timeout = budget, price, timeout
        self.count = 0
        self.told: Callable[[], None] | None = None
        self._entries: dict[tuple[TrialKey, str, int], Trial] = {}
        self._repeats: Counter[TrialKey] = Counter()

    def one(self, provider: Provider, trial: Trial) -> Taken:
        """Draw one trial. Raises BudgetReached."""
        return self.together(provider, [trial])[0]

    def together(self, provider: Provider, trials: Sequence[Trial]) -> list[Taken]:
        """Draw trials as many at a time as the provider takes; in their order. Raises BudgetReached."""
        name = trials[0].recipe.subject.provider
        found: dict[int, Taken] = {}
        self._begin(trials)
        stop = threading.Event()
        for result in draw_all(
            trials,
            {name: provider},
            budget=self.budget,
            stop=stop,
            timeout=self.timeout,
            sending=partial(self._sending, provider),
        ):
            found[id(result.trial)] = self._counted(result)
            if self.stopped():
                stop.set()
        if len(found) < len(trials):
            if self.stopped():
                raise KeyboardInterrupt
            raise BudgetReached
        return [found[id(trial)] for trial in trials]

    def batch(self, provider: BatchProvider, trials: Sequence[Trial]) -> list[Taken]:
        """Draw trials in one batch. A fault is that of each of them. Raises BudgetReached."""
        self._begin(trials)
        reserved: list[float] = []
        for trial in trials:
            price = self.budget.reserve(provider, trial.recipe)
            if price is None:
                for earlier in reserved:
                    self.budget.settle(earlier, 0.0)
                raise BudgetReached
            reserved.append(price)
        timeout = self.timeout or trials[0].policy.timeout
        for trial in trials:
            self._sending(provider, trial)
        begun = time.monotonic()
        drawn = _within(timeout * len(trials), provider, [_job(trial, timeout) for trial in trials])
        seconds = (time.monotonic() - begun) / len(trials)
        if isinstance(drawn, Exception):
            fault = as_fault(provider.name, drawn)
            results: list[Drawing | Fault] = [Fault(trial, fault, seconds) for trial in trials]
        else:
            results = [Drawing(trial, one, seconds) for trial, one in zip(trials, drawn, strict=True)]
        for amount, result in zip(reserved, results, strict=True):
            self.budget.settle(amount, result.drawn.cost if isinstance(result, Drawing) else None)
        return [self._counted(result) for result in results]

    def _begin(self, trials: Sequence[Trial]) -> None:
        """Give each trial its entry in the record. Raises KeyboardInterrupt when nothing more is to be drawn."""
        if self.stopped():
            raise KeyboardInterrupt
        for trial in trials:
            key = replace(trial.key, seed=trial.recipe.request.seed)
            self._entries[_name(trial)] = replace(trial, key=key, repeat=self._repeats[key])
            self._repeats[key] += 1

    def _sending(self, provider: Provider, trial: Trial) -> None:
        self.drawings.sending(self._entries[_name(trial)], self.budget.price(provider, trial.recipe))

    def _counted(self, result: Drawing | Fault) -> Taken:
        self.drawings.record(replace(result, trial=self._entries[_name(result.trial)]))
        taken = self._taken(result)
        self.count += 1
        if self.told is not None:
            self.told()
        return taken

    def _taken(self, result: Drawing | Fault) -> Taken:
        trial = result.trial
        if isinstance(result, Fault):
            refused = isinstance(result.fault, DrawRefused)
            return Taken(trial, seconds=result.seconds, problem=result.fault.problem, refused=refused)
        drawn = result.drawn
        try:
            pixels = pixel_digest(decode(drawn.data).pixels)
        except ImageFault as fault:
            return Taken(trial, seconds=result.seconds, environment=drawn.environment, problem=str(fault))
        cached = cache_evidence(drawn.source, drawn.environment, drawn.cost, self.price)
        return Taken(
            trial, drawn.data, pixels, file_digest(drawn.data), result.seconds, drawn.environment, cached,
            cost=drawn.cost,
        )  # fmt: skip


def _name(trial: Trial) -> tuple[TrialKey, str, int]:
    return trial.key, trial.recipe.digest, trial.repeat


def _job(trial: Trial, timeout: float) -> Job:
    return Job(trial.recipe, trial.key, trial.repeat, timeout)


def _within(timeout: float, provider: BatchProvider, jobs: Sequence[Job]) -> list[Drawn] | Exception:
    """A batch drawn in a thread that is left behind when it hangs."""
    found: list[list[Drawn] | Exception] = []

    def work() -> None:
        try:
            drawn = provider.draw_batch(jobs)
            wrong = f"draw_batch gave {len(drawn)} pictures for {len(jobs)} jobs"
            found.append(drawn if len(drawn) == len(jobs) else ValueError(wrong))
        except Exception as error:  # a provider is foreign code: whatever it raises is what came of the batch
            found.append(error)

    thread = threading.Thread(target=work, daemon=True, name=f"batch {jobs[0].key}")
    thread.start()
    thread.join(timeout)
    return found[0] if found else DrawTimeout(provider.name, timeout)
