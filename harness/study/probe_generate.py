"""Generation for a probe: within the budget and the deadlines, and described as soon as it is there."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from harness.errors import GenerationRefusedError, GenerationTimeoutError
from harness.generation import Budget, Failed, Generated, as_fault, generate_all
from harness.image import ImageError, decode, file_digest, pixel_digest
from harness.judge import cache_evidence
from harness.provider import BatchProvider, Job, Output, Provider
from harness.records import Attempt, Trial, TrialKey
from harness.study.study_run import StudyRun


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one generation. ``data`` are the bytes as received, empty when there is not an image for the reason
    in ``problem``; ``cached`` is the evidence that it was not generated; ``cost`` in US dollars, None unknown."""

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


class BudgetReachedError(Exception):
    """The next image does not fit the budget; nothing more is generated."""


class Generator:
    """Generates, counts, and keeps to the money; ``price`` is US dollars for an image, ``timeout`` overrides the
    trials'.

    ``reported`` is called after each image. Each is recorded in ``generations``, where one trial with its changed
    prompts and settings counts its repeats through. When ``stopped`` says so, KeyboardInterrupt is raised once what was
    being generated is recorded.
    """

    def __init__(
        self,
        generations: StudyRun,
        budget: Budget,
        price: float | None,
        timeout: float | None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.generations, self.stopped = generations, stopped
        self.budget, self.price, self.timeout = budget, price, timeout
        self.count = 0
        self.reported: Callable[[], None] | None = None
        self._entries: dict[tuple[TrialKey, str, Attempt], Trial] = {}
        self._repeats: Counter[TrialKey] = Counter()

    def one(self, provider: Provider, trial: Trial) -> Taken:
        """Generate one trial. Raises BudgetReachedError."""
        return self.together(provider, [trial])[0]

    def together(self, provider: Provider, trials: Sequence[Trial]) -> list[Taken]:
        """Generate trials as many at a time as the provider takes; in their order. Raises BudgetReachedError."""
        name = trials[0].recipe.subject.provider
        found: dict[int, Taken] = {}
        self._begin(trials)
        stop = threading.Event()
        for result in generate_all(
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
            raise BudgetReachedError
        return [found[id(trial)] for trial in trials]

    def batch(self, provider: BatchProvider, trials: Sequence[Trial]) -> list[Taken]:
        """Generate trials in one batch. A fault is that of each of them. Raises BudgetReachedError."""
        self._begin(trials)
        reserved: list[float] = []
        for trial in trials:
            price = self.budget.reserve(provider, trial.recipe)
            if price is None:
                for earlier in reserved:
                    self.budget.settle(earlier, 0.0)
                raise BudgetReachedError
            reserved.append(price)
        timeout = self.timeout or trials[0].policy.timeout
        for trial in trials:
            self._sending(provider, trial)
        begun = time.monotonic()
        generated = _within(timeout * len(trials), provider, [_job(trial, timeout) for trial in trials])
        seconds = (time.monotonic() - begun) / len(trials)
        if isinstance(generated, Exception):
            fault = as_fault(provider.name, generated)
            results: list[Generated | Failed] = [Failed(trial, fault, seconds) for trial in trials]
        else:
            results = [Generated(trial, one, seconds) for trial, one in zip(trials, generated, strict=True)]
        for amount, result in zip(reserved, results, strict=True):
            self.budget.settle(amount, result.generated.cost if isinstance(result, Generated) else None)
        return [self._counted(result) for result in results]

    def _begin(self, trials: Sequence[Trial]) -> None:
        """Give each trial its entry in the record. Raises KeyboardInterrupt when nothing more is to be generated."""
        if self.stopped():
            raise KeyboardInterrupt
        for trial in trials:
            key = replace(trial.key, seed=trial.recipe.request.seed)
            self._entries[_name(trial)] = replace(trial, key=key, attempt=Attempt(index=self._repeats[key]))
            self._repeats[key] += 1

    def _sending(self, provider: Provider, trial: Trial) -> None:
        self.generations.sending(self._entries[_name(trial)], self.budget.price(provider, trial.recipe))

    def _counted(self, result: Generated | Failed) -> Taken:
        self.generations.record(replace(result, trial=self._entries[_name(result.trial)]))
        taken = self._taken(result)
        self.count += 1
        if self.reported is not None:
            self.reported()
        return taken

    def _taken(self, result: Generated | Failed) -> Taken:
        trial = result.trial
        if isinstance(result, Failed):
            refused = isinstance(result.fault, GenerationRefusedError)
            return Taken(trial, seconds=result.seconds, problem=result.fault.problem, refused=refused)
        generated = result.generated
        try:
            pixels = pixel_digest(decode(generated.data).pixels)
        except ImageError as fault:
            return Taken(trial, seconds=result.seconds, environment=generated.environment, problem=str(fault))
        cached = cache_evidence(generated.source, generated.environment, generated.cost, self.price)
        return Taken(
            trial, generated.data, pixels, file_digest(generated.data), result.seconds, generated.environment, cached,
            cost=generated.cost,
        )  # fmt: skip


def _name(trial: Trial) -> tuple[TrialKey, str, Attempt]:
    return trial.key, trial.recipe.digest, trial.attempt


def _job(trial: Trial, timeout: float) -> Job:
    return Job(trial.recipe, trial.key, trial.attempt, timeout)


def _within(timeout: float, provider: BatchProvider, jobs: Sequence[Job]) -> list[Output] | Exception:
    """A batch generated in a thread that is left behind when it hangs."""
    found: list[list[Output] | Exception] = []

    def work() -> None:
        try:
            generated = provider.generate_batch(jobs)
            wrong = f"generate_batch gave {len(generated)} images for {len(jobs)} jobs"
            found.append(generated if len(generated) == len(jobs) else ValueError(wrong))
        except Exception as error:  # a provider is foreign code: whatever it raises is what came of the batch
            found.append(error)

    thread = threading.Thread(target=work, daemon=True, name=f"batch {jobs[0].key}")
    thread.start()
    thread.join(timeout)
    return found[0] if found else GenerationTimeoutError(provider.name, timeout)
