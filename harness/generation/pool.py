"""The loop that generates: as many at a time as each provider allows, few held in memory, results as they come."""

import contextlib
import queue
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from harness.errors import GenerationCancelledError, HarnessError
from harness.generation.budget import BudgetReachedError
from harness.generation.conditions import Conditions
from harness.generation.gate import PaidGate
from harness.generation.sharing import Sharing
from harness.generation.task import Failed, Generated, Task, Work, as_fault
from harness.generation.threads import Threads
from harness.provider import BatchProvider, Provider, SamplingProvider
from harness.records import AttemptKind

if TYPE_CHECKING:
    from harness.generation.session import Limits

LOOKAHEAD = 256
"""Most trials that wait for a busy provider, or for an equal one, while others go on."""
AHEAD = 2
"""Most jobs for each worker of a provider: the one it generates, and one that waits."""
TICK = 0.5
"""Seconds between looks at the deadlines."""

Result = tuple[Work, Generated | Failed]


class Pool:
    """Generates works concurrently; :meth:`results` yields each as it comes (order not kept), and None when woken.

    ``works`` is read only as far ahead as LOOKAHEAD, so memory stays flat; None among them is: nothing now, until
    :meth:`wake`. When ``stop`` is set nothing more is handed over; what is being generated is still yielded. When the
    budget does not hold the next image, ``budget.reached`` and ``stop`` are set; ``one_by_one`` that image has failed,
    and others go on. With ``sharing`` equal seeded recipes in flight are generated once.
    """

    def __init__(
        self,
        works: Iterable[Work | None],
        providers: Mapping[str, Provider],
        limits: "Limits",
        conditions: Conditions,
        sharing: Sharing | None,
        *,
        one_by_one: bool = False,
    ) -> None:
        self.works, self.providers = iter(works), providers
        self.stop = limits.stop
        self.conditions, self.sharing = conditions, sharing or Sharing()
        self._sharing = sharing is not None
        self._one_by_one = one_by_one
        self.threads = Threads()
        self.finished: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self.running: dict[Task, list[PaidGate]] = {}
        self.busy = dict.fromkeys(providers, 0)
        self.waiting: dict[str, deque[Work]] = {name: deque() for name in providers}
        self.exhausted = False
        self.looked = time.monotonic()

    def wake(self) -> None:
        """Yield None, and look at ``works`` again; from any thread."""
        self.finished.put(None)

    def results(self) -> Iterator[Result | None]:
        """Yield every piece of work with its result; None after :meth:`wake`."""
        try:
            yield from self._fill()
            while self.running or not (self.exhausted or self.stop.is_set()):
                with contextlib.suppress(queue.Empty):
                    task = self.finished.get(timeout=TICK)
                    if task is None:
                        yield None
                    elif not task.abandoned and task.results:
                        yield from self._settle(task, task.results)
                if time.monotonic() - self.looked >= TICK:
                    yield from self._overdue()
                yield from self._fill()
        finally:
            self.threads.close()

    def _fill(self) -> Iterator[Result]:
        """Hand over what the providers take; yields what needs no provider, one at a time."""
        while (work := self._next()) is not None:
            found = work.session.cached(work.trial)
            if found is not None:
                yield work, found
            elif work.cancelled:
                yield _cancelled(work)
            elif not (self._shares(work) and self.sharing.follows(work)):
                for refused in self._start(self._batch_of(work)):
                    yield refused
                    yield from self._passed_on(*refused)

    def _next(self) -> Work | None:
        """Return the next work whose provider is free, None when there is none now."""
        if self.stop.is_set():
            return None
        for name, waiting in self.waiting.items():
            if waiting and self._free(name):
                return waiting.popleft()
        while not self.exhausted and self._waiting_count() < LOOKAHEAD and any(map(self._free, self.providers)):
            work = self._read()
            if work is None:
                break
            if self._free(_provider_of(work)):
                return work
            self.waiting[_provider_of(work)].append(work)
        return None

    def _read(self) -> Work | None:
        """Return the next of ``works``; None where there is none now, or no more."""
        try:
            return next(self.works)
        except StopIteration:
            self.exhausted = True
            return None

    def _batch_of(self, first: Work) -> list[Work]:
        """Return the work itself, with the next ones of its provider where batches are generated, and the next samples
        of its set where one call gives several."""
        if (samples := self._samples(first)) > 1:
            return self._samples_of(first, samples)
        name, works = _provider_of(first), [first]
        while self._batched(name) and len(works) < (self.conditions.batch or 1):
            if self.waiting[name]:
                works.append(self.waiting[name].popleft())
            elif (work := self._read()) is None:
                break
            elif _provider_of(work) == name:
                works.append(work)
            else:
                self.waiting[_provider_of(work)].append(work)
        return works

    def _samples_of(self, first: Work, most: int) -> list[Work]:
        """Return the work with the next samples of its set, which other Sessions' works may lie between."""
        name, works = _provider_of(first), [first]
        others: deque[Work] = deque()
        for waiting in self.waiting[name]:
            (works if len(works) < most and _same_set(first, waiting) else others).append(waiting)
        self.waiting[name] = others
        ended = any(other.session is first.session for other in others)
        while len(works) < most and not ended and self._waiting_count() < LOOKAHEAD:
            if (work := self._read()) is None:
                break
            if _same_set(first, work):
                works.append(work)
            else:
                self.waiting[_provider_of(work)].append(work)
                ended = work.session is first.session
        return works

    def _samples(self, work: Work) -> int:
        """Return how many samples of the set of a work its provider generates by one call; 1 for any other work, and
        where each has a caller of its own."""
        provider, trial = self.providers[_provider_of(work)], work.trial
        if self._one_by_one or trial.attempt.kind is not AttemptKind.SAMPLE or trial.recipe.request.seed is not None:
            return 1
        return provider.samples_of(trial.recipe) if isinstance(provider, SamplingProvider) else 1

    def _batched(self, name: str) -> bool:
        provider = self.providers[name]
        batches = provider.capabilities.batch and isinstance(provider, BatchProvider)
        return self.conditions.batch is not None and batches

    def _waiting_count(self) -> int:
        return sum(map(len, self.waiting.values())) + self.sharing.waiting

    def _free(self, name: str) -> bool:
        can = self.providers[name].capabilities
        most = self.conditions.concurrency or AHEAD * can.workers or can.concurrency
        return self.busy[name] < (1 if self._batched(name) else max(1, most))

    def _start(self, works: list[Work]) -> list[Result]:
        """Hand over works to their provider; returns those that cannot be, as the budget or the record does not hold
        them."""
        name = _provider_of(works[0])
        provider = self.providers[name]
        gates: list[PaidGate] = []
        try:
            for work in works:
                gate = work.session.gate(work.trial, work.session.sources.price(work.trial.recipe))
                if gate is None and not (gates and self._samples(work) > 1):
                    raise BudgetReachedError(name)
                if gate is None:  # a smaller call: the budget holds so many samples of it
                    works = works[: len(gates)]
                    self.stop.set()
                    break
                gates.append(gate)
            jobs = [
                work.session.job(work.trial, provider, gate, work.watch)
                for work, gate in zip(works, gates, strict=True)
            ]
        except HarnessError as fault:
            for earlier in gates:
                earlier.settle(None)
            if self._one_by_one:
                return [(each, Failed(each.trial, as_fault(name, fault), 0.0)) for each in works]
            if not isinstance(fault, BudgetReachedError):
                raise
            self.stop.set()
            return []
        for work in works:
            if self._shares(work):
                self.sharing.leads(work)
        task = Task(works, provider, jobs, batched=self._batched(name) or len(works) > 1)
        self.running[task] = gates
        self.busy[name] += 1
        task.start(self.threads, self.finished.put)
        return []

    def _settle(self, task: Task, results: list[Generated | Failed]) -> Iterator[Result]:
        gates = self.running.pop(task)
        self.busy[task.provider.name] -= 1
        for gate, result in zip(gates, results, strict=True):
            gate.settle(result.generated if isinstance(result, Generated) else result.fault)
        for work, result in zip(task.works, results, strict=True):
            yield work, result
            yield from self._passed_on(work, result)

    def _passed_on(self, work: Work, result: Generated | Failed) -> Iterator[Result]:
        """Yield what those get that waited for an equal work, or hand over the first of them that can be."""
        ended = deque([(work, result)])
        while ended:
            work, result = ended.popleft()
            if not self._shares(work):
                continue
            same, next_one = self.sharing.finished(work, result)
            yield from same
            if next_one is None or self.stop.is_set():
                continue
            refused = [_cancelled(next_one)] if next_one.cancelled else self._start([next_one])
            yield from refused
            ended.extend(refused)

    def _shares(self, work: Work) -> bool:
        return self._sharing and not self.providers[_provider_of(work)].capabilities.keyed

    def _overdue(self) -> Iterator[Result]:
        self.looked = now = time.monotonic()
        # a task with results was in time: only the caller was busy
        for task in [task for task in self.running if now > task.deadline and not task.results]:
            yield from self._settle(task, task.give_up())


def _cancelled(work: Work) -> Result:
    return work, Failed(work.trial, GenerationCancelledError(_provider_of(work)), 0.0)


def _same_set(one: Work, other: Work) -> bool:
    """Return whether two works are samples of one set."""
    first, second = one.trial, other.trial
    same = first.key == second.key and first.attempt.kind is second.attempt.kind
    return same and one.session is other.session and first.recipe.digest == second.recipe.digest


def _provider_of(work: Work) -> str:
    return work.trial.recipe.subject.provider
