"""Many trials at once: as many as each provider allows, few held in memory, results as they come."""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from harness.generation.budget import Budget
from harness.generation.cache import Cache
from harness.generation.sharing import Sharing, is_shared
from harness.generation.task import Failed, Generated, Task
from harness.generation.workers import Workers
from harness.provider.protocol import Provider
from harness.records import Trial

LOOKAHEAD = 256
"""Most trials that wait for a busy provider, or for an equal one, while others go on."""
TICK = 0.5
"""Seconds between looks at the deadlines."""


def generate_all(
    trials: Iterable[Trial],
    providers: Mapping[str, Provider],
    *,
    budget: Budget | None = None,
    stop: threading.Event | None = None,
    timeout: float | None = None,
    started: Callable[[Trial], None] | None = None,
    sending: Callable[[Trial], None] | None = None,
    share: bool = False,
    cache: Cache | None = None,
) -> Iterator[Generated | Failed]:
    """Generate trials concurrently; yields each result as it comes (order not kept).

    Each provider generates up to its ``capabilities.concurrency`` at a time. ``trials`` is read only as far ahead as
    LOOKAHEAD, so memory stays flat. ``started`` is called just before a trial is handed over; ``sending`` before each
    call that may cost money (the ledger writes its intent there), also from generating threads. When ``stop`` is set
    nothing more is handed over; what is being generated is still yielded. When the budget does not hold the next image,
    ``budget.reached`` and ``stop`` are set.

    With ``share`` equal seeded recipes in flight are generated once, and a ``cache`` is asked first; unseeded trials
    and repeats are always generated. Leave both out where repetition itself is the question.
    """
    pool = _Pool(iter(trials), providers, budget or Budget(None), stop or threading.Event(), timeout)
    pool.started, pool.sending = started, sending
    if share:
        pool.sharing, pool.cache = Sharing(), cache
    return pool.results()


class _Pool:
    def __init__(
        self,
        trials: Iterator[Trial],
        providers: Mapping[str, Provider],
        budget: Budget,
        stop: threading.Event,
        timeout: float | None,
    ) -> None:
        self.trials, self.providers, self.budget, self.stop = trials, providers, budget, stop
        self.timeout = timeout
        self.started: Callable[[Trial], None] | None = None
        self.sending: Callable[[Trial], None] | None = None
        self.sharing: Sharing | None = None
        self.cache: Cache | None = None
        self.workers = Workers()
        self.finished: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self.running: dict[Task, float] = {}
        self.busy = dict.fromkeys(providers, 0)
        self.waiting: dict[str, deque[Trial]] = {name: deque() for name in providers}
        self.exhausted = False
        self.looked = time.monotonic()

    def results(self) -> Iterator[Generated | Failed]:
        try:
            yield from self._all()
        finally:
            self.workers.close()

    def _all(self) -> Iterator[Generated | Failed]:
        yield from self._fill()
        while self.running:
            with contextlib.suppress(queue.Empty):
                task = self.finished.get(timeout=TICK)
                if not task.left and task.result is not None:
                    yield from self._settle(task, task.result)
            if time.monotonic() - self.looked >= TICK:
                yield from self._overdue()
            yield from self._fill()

    def _fill(self) -> Iterator[Generated | Failed]:
        """Hand over what the providers take; yields what needs no provider, one at a time."""
        while (trial := self._next()) is not None:
            found = self._found(trial)
            if found is not None:
                yield found
            elif not (self._shared(trial) and self.sharing is not None and self.sharing.follows(trial)):
                self._start(trial)

    def _next(self) -> Trial | None:
        """The next trial whose provider is free, None when there is none now."""
        if self.stop.is_set():
            return None
        for name, waiting in self.waiting.items():
            if waiting and self._free(name):
                return waiting.popleft()
        while not self.exhausted and self._waiting_count() < LOOKAHEAD and any(map(self._free, self.providers)):
            trial = next(self.trials, None)
            if trial is None:
                self.exhausted = True
            elif self._free(trial.recipe.subject.provider):
                return trial
            else:
                self.waiting[trial.recipe.subject.provider].append(trial)
        return None

    def _waiting_count(self) -> int:
        return sum(map(len, self.waiting.values())) + (0 if self.sharing is None else self.sharing.waiting)

    def _free(self, name: str) -> bool:
        return self.busy[name] < max(1, self.providers[name].capabilities.concurrency)

    def _shared(self, trial: Trial) -> bool:
        return self.sharing is not None and is_shared(trial)

    def _found(self, trial: Trial) -> Generated | None:
        if self.cache is None or not is_shared(trial):
            return None
        begun = time.monotonic()
        generated = self.cache.find(trial)
        return None if generated is None else Generated(trial, generated, time.monotonic() - begun)

    def _start(self, trial: Trial) -> None:
        name = trial.recipe.subject.provider
        provider = self.providers[name]
        reserved = self.budget.reserve(provider, trial.recipe)
        if reserved is None:
            self.stop.set()
            return
        if self.started is not None:
            self.started(trial)
        sending = None if self.sending is None else partial(self.sending, trial)
        if sending is not None and not getattr(provider, "reports_sending", False):
            sending()
        shared = self._shared(trial)
        keep = self.cache.keep if shared and self.cache is not None else None
        task = Task(trial, provider, self.timeout or trial.policy.timeout, self.finished.put, keep, sending)
        if shared and self.sharing is not None:
            self.sharing.leads(trial)
        self.running[task] = reserved
        self.busy[name] += 1
        task.start(self.workers)

    def _settle(self, task: Task, result: Generated | Failed) -> Iterator[Generated | Failed]:
        reserved = self.running.pop(task)
        self.busy[task.provider.name] -= 1
        if isinstance(result, Generated):
            self.budget.settle(reserved, result.generated.cost)
        else:
            self.budget.settle(reserved, None if result.fault.possibly_billed else 0.0)
        yield result
        if self.sharing is not None and self._shared(result.trial):
            same, next_one = self.sharing.finished(result)
            yield from same
            if next_one is not None and not self.stop.is_set():
                self._start(next_one)

    def _overdue(self) -> Iterator[Generated | Failed]:
        self.looked = now = time.monotonic()
        for task in [task for task in self.running if now > task.deadline]:
            yield from self._settle(task, task.give_up())
