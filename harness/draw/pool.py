"""Many trials at once: as many as each provider allows, few held in memory, results as they come."""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from harness.draw.budget import Budget
from harness.draw.task import Drawing, Fault, Task
from harness.provider.protocol import Provider
from harness.records import Trial

LOOKAHEAD = 256
"""Most trials that wait for a busy provider while others go on."""
TICK = 0.5
"""Seconds between looks at the deadlines."""


def draw_all(
    trials: Iterable[Trial],
    providers: Mapping[str, Provider],
    *,
    budget: Budget | None = None,
    stop: threading.Event | None = None,
    timeout: float | None = None,
    started: Callable[[Trial], None] | None = None,
) -> Iterator[Drawing | Fault]:
    """Draw trials concurrently; yields each result as it comes (order not kept).

    Each provider draws up to its ``capabilities.concurrency`` at a time. ``trials`` is read only as far ahead as
    LOOKAHEAD, so memory stays flat. ``started`` is called just before a trial is handed over (the ledger writes its
    intent there). When ``stop`` is set nothing more is handed over; what is being drawn is still yielded. When the
    budget does not hold the next picture, ``budget.reached`` and ``stop`` are set.
    """
    pool = _Pool(iter(trials), providers, budget or Budget(None), stop or threading.Event(), timeout, started)
    return pool.results()


class _Pool:
    def __init__(
        self,
        trials: Iterator[Trial],
        providers: Mapping[str, Provider],
        budget: Budget,
        stop: threading.Event,
        timeout: float | None,
        started: Callable[[Trial], None] | None,
    ) -> None:
        self.trials, self.providers, self.budget, self.stop = trials, providers, budget, stop
        self.timeout, self.started = timeout, started
        self.finished: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self.running: dict[Task, float] = {}
        self.busy = dict.fromkeys(providers, 0)
        self.waiting: dict[str, deque[Trial]] = {name: deque() for name in providers}
        self.exhausted = False
        self.looked = time.monotonic()

    def results(self) -> Iterator[Drawing | Fault]:
        self._fill()
        while self.running:
            with contextlib.suppress(queue.Empty):
                task = self.finished.get(timeout=TICK)
                if not task.left and task.result is not None:
                    yield self._settle(task, task.result)
            if time.monotonic() - self.looked >= TICK:
                yield from self._overdue()
            self._fill()

    def _fill(self) -> None:
        for name, waiting in self.waiting.items():
            while waiting and self._free(name) and not self.stop.is_set():
                self._start(waiting.popleft())
        while not self.stop.is_set() and not self.exhausted and sum(map(len, self.waiting.values())) < LOOKAHEAD:
            if all(not self._free(name) for name in self.providers):
                return
            trial = next(self.trials, None)
            if trial is None:
                self.exhausted = True
            elif self._free(trial.recipe.subject.provider):
                self._start(trial)
            else:
                self.waiting[trial.recipe.subject.provider].append(trial)

    def _free(self, name: str) -> bool:
        return self.busy[name] < max(1, self.providers[name].capabilities.concurrency)

    def _start(self, trial: Trial) -> None:
        name = trial.recipe.subject.provider
        provider = self.providers[name]
        reserved = self.budget.reserve(provider)
        if reserved is None:
            self.stop.set()
            return
        if self.started is not None:
            self.started(trial)
        task = Task(trial, provider, self.timeout or trial.policy.timeout, self.finished.put)
        self.running[task] = reserved
        self.busy[name] += 1
        task.start()

    def _settle(self, task: Task, result: Drawing | Fault) -> Drawing | Fault:
        reserved = self.running.pop(task)
        self.busy[task.provider.name] -= 1
        if isinstance(result, Drawing):
            self.budget.settle(reserved, result.drawn.cost)
        else:
            self.budget.settle(reserved, None if result.fault.possibly_billed else 0.0)
        return result

    def _overdue(self) -> Iterator[Drawing | Fault]:
        self.looked = now = time.monotonic()
        for task in [task for task in self.running if now > task.deadline]:
            yield self._settle(task, task.give_up())
