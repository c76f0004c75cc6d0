"""The one way to generate: trials in, images out, with everything between them recorded.

A Session has a ledger and providers. It opens both, skips what is recorded, keeps the budget, writes an intent before
each call that may cost money, generates under the conditions it is given, and ends with the totals written. What is
made of the images (comparing, judging, measuring) is not its business. Several Sessions may share a budget and a stop.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Self

from harness.errors import GenerationError, warn
from harness.generation.billing import billed_notes
from harness.generation.budget import Budget, UnknownPriceError
from harness.generation.conditions import AS_IT_IS, Conditions
from harness.generation.feed import UNWATCHED, Feed, Watch
from harness.generation.gate import PaidGate
from harness.generation.pool import Pool
from harness.generation.sharing import Sharing, is_shared
from harness.generation.sources import Sources
from harness.generation.task import Failed, Generated, Work
from harness.ledger import Ledger, iter_results, possibly_billed
from harness.provider import IsolatedProvider, Job, Output, Provider, ReadyProvider, reports_sending
from harness.records import Gate, Recipe, RunRecord, Trial, TrialResult
from harness.vocabulary import Source, Stop

Again = Callable[[TrialResult], str]
"""Why a recorded result without an image is to be generated again, or an empty text."""


@dataclass(slots=True)
class Limits:
    """What a Session may spend and how long it may wait; several Sessions can share it."""

    budget: Budget = field(default_factory=lambda: Budget(None))
    """US dollars."""
    stop: threading.Event = field(default_factory=threading.Event)
    """When set, nothing more is handed over."""
    timeout: float | None = None
    """Seconds for one image, in place of the trial's own."""
    on_intent: Callable[[Trial, float | None], None] | None = None
    """Called before the intent of each paid call is recorded, with its price in US dollars (None: unknown); what it
    raises keeps the call from being sent."""

    @property
    def stopped(self) -> Stop | None:
        """Why nothing more is generated (``budget``, ``interrupted``), None while it goes on."""
        return Stop.BUDGET if self.budget.reached else Stop.INTERRUPTED if self.stop.is_set() else None


class Session:
    """Generates trials and records what that takes; a context manager that closes the ledger and the providers."""

    def __init__(
        self,
        ledger: Ledger,
        providers: Mapping[str, Provider],
        sources: Sources,
        limits: Limits | None = None,
        *,
        share: bool = False,
    ) -> None:
        """With ``share`` equal seeded recipes in flight are generated once, and the cache of the sources is asked
        first; unseeded trials and repeats are always generated. Leave it out where repetition itself is the question.
        """
        self.ledger, self.providers, self.sources = ledger, providers, sources
        self.limits = limits or Limits()
        self._cache = sources.cache if share else None
        self._share = share
        self._stack = ExitStack()

    @classmethod
    def open(
        cls,
        sources: Sources,
        record: RunRecord,
        reports: Path,
        *,
        limits: Limits | None = None,
        resume: Path | None = None,
        again: Again | None = None,
        share: bool = False,
        beside: "Session | None" = None,
    ) -> Self:
        """Open the providers of ``sources``, then the ledger: a new one in ``reports``, or that of ``resume``.

        What earlier parts spent is taken from the budget. ``beside`` is a Session whose providers and limits this one
        shares. Raises what a provider raises that cannot generate (then
        there is no folder yet), OtherRunError, LockedError and WriteError.
        """
        with ExitStack() as stack:
            if beside is None:
                stack.callback(sources.close)
                providers = {name: _ready(sources, name, stack) for name in sources.names}
            else:
                providers, limits = dict(beside.providers), beside.limits
            ledger = stack.enter_context(open_ledger(record, reports, resume=resume, again=again))
            session = cls(ledger, providers, sources, limits, share=share)
            session.limits.budget.spent += sources.spent(ledger)
            session._stack = stack.pop_all()
        return session

    @property
    def folder(self) -> Path:
        """Where the files of the run are."""
        return self.ledger.folder

    def generate(self, trials: Iterable[Trial], conditions: Conditions = AS_IT_IS) -> Iterator[Generated | Failed]:
        """Generate the trials that are not recorded; yields each as it comes (order not kept).

        A fault of a provider is that trial's Failed, a fault of a batch that of each of its trials. When the budget
        does not hold the next image, or ``stop`` is set, nothing more is handed over; what is being generated is
        yielded. Raises UnknownPriceError where a budget cannot be kept.
        """
        yield from (result for _, result in generate_in_turn(((self, trial) for trial in trials), conditions))

    def generate_beside(
        self, trials: Iterable[Trial], on_start: Callable[[Callable[[], None]], None]
    ) -> Iterator[Generated | Failed | None]:
        """Generate like :meth:`generate`, for a caller whose other threads may need its attention: ``on_start``
        is given a function to call from any thread; after each call None is yielded."""
        pool = _pool_of(((self, trial) for trial in trials), AS_IT_IS)
        if pool is not None:
            on_start(pool.wake)
            yield from (None if found is None else found[1] for found in pool.results())

    @contextmanager
    def under(self, conditions: Conditions, *names: str) -> Iterator["Session"]:
        """Yield the same Session with its providers (those named, or all) created again, in fresh processes or in this
        one, as ``conditions`` say.

        Raises GenerationError where a process does not start.
        """
        with ExitStack() as stack:
            fresh = {name: self._fresh(name, conditions, stack) for name in names or self.providers}
            yield Session(self.ledger, fresh, self.sources, self.limits, share=self._share)

    def recorded(self) -> Iterator[TrialResult]:
        """Return what is recorded, in the order it finished."""
        return iter_results(self.ledger.folder)

    def has(self, trial: Trial) -> bool:
        """Return whether a trial and attempt is recorded."""
        return (trial.key, trial.attempt) in self.ledger.recorded

    def cached(self, trial: Trial) -> Generated | None:
        """Return the stored image of a trial's recipe; None where the cache has none or may not answer."""
        if self._cache is None or not is_shared(trial):
            return None
        begun = time.monotonic()
        output = self._cache.find(trial)
        return None if output is None else Generated(trial, output, time.monotonic() - begun)

    def keep(self, result: Generated) -> None:
        """Store what was generated in the cache, where there is one and it may answer for the trial."""
        if self._cache is not None and is_shared(result.trial):
            self._cache.keep(result)

    def gate(self, trial: Trial, price: float | None) -> PaidGate | None:
        """Return the gate of the calls of a trial, with their ``price`` in US dollars (None: unknown) reserved; None,
        and the budget is reached, where it does not hold it. Raises UnknownPriceError where a budget cannot be kept."""
        budget = self.limits.budget
        if price is None and budget.limit is not None:
            raise UnknownPriceError(trial.recipe.subject)
        if not budget.reserve(price or 0.0):
            return None

        def announce() -> None:
            if price != 0:
                if self.limits.on_intent is not None:
                    self.limits.on_intent(trial, price)
                self.ledger.intent(trial.key, trial.attempt.answered_by, trial.recipe.digest, price)

        return PaidGate(budget, price or 0.0, announce)

    def pay(self, trial: Trial, price: float | None, call: Callable[[Gate], Output]) -> Generated | Failed | None:
        """Make calls that no provider of this Session makes (an interpretation, the answer of a viewer), as ``trial``.

        ``call`` makes them through the gate it is given; its GenerationError is the trial's Failed. None, and nothing
        is called, where the budget does not hold ``price`` US dollars. Raises UnknownPriceError.
        """
        gate = self.gate(trial, price)
        if gate is None:
            return None
        begun = time.monotonic()
        try:
            came = call(gate)
        except GenerationError as fault:
            gate.settle(fault)
            return Failed(trial, fault, time.monotonic() - begun)
        gate.settle(came)
        return Generated(trial, came, time.monotonic() - begun)

    def answer(
        self,
        trial: Trial,
        recipe: Recipe,
        price: float | None,
        call: Callable[[Gate], Output],
        worth_caching: Callable[[Output], bool],
    ) -> Generated | Failed | None:
        """Return what a viewer answers to the question ``recipe`` about the image of ``trial``, or an interpreter about
        its prompt.

        A replay, an earlier part of the run and the cache answer first, free of charge; else ``call`` is paid like
        :meth:`pay`, recorded, and stored in the ledger and the cache where it is worth it. None where the budget does
        not hold it. Raises UnknownPriceError.
        """
        asked = Trial(trial.key, recipe)
        try:
            known = self.sources.replayed_answer(asked) or self._answered(recipe)
            if known is None and self._cache is not None:
                known = self._cache.find(asked)
        except GenerationError as fault:
            return Failed(trial, fault, 0.0)
        if known is not None:
            return Generated(trial, known, 0.0)
        came = self.pay(trial, price, call)
        if came is not None:
            self.sources.record_answer(asked, came.generated if isinstance(came, Generated) else came.fault)
        if isinstance(came, Generated) and worth_caching(came.generated):
            self.ledger.keep_answer(recipe.digest, came.generated.answer or "", came.generated.environment)
            if self._cache is not None:
                self._cache.keep(Generated(asked, came.generated, came.seconds))
        return came

    def _answered(self, recipe: Recipe) -> Output | None:
        """Return the answer that an earlier part of the run had."""
        kept = self.ledger.answer(recipe.digest)
        if kept is None:
            return None
        return Output(b"", kept.environment, cost=0.0, answer=kept.answer, source=Source.CACHE)

    def closing(self, close: Callable[[], None]) -> None:
        """Call ``close`` when the Session is closed."""
        self._stack.callback(close)

    def serve(self, feed: Feed, conditions: Conditions = AS_IT_IS) -> Iterator[Generated | Failed]:
        """Generate what is put into a feed, until it is closed and empty, or ``stop`` is set.

        Like :meth:`generate`, but an image that the budget does not hold is that trial's Failed, and others go on.
        """
        works = (None if item is None else Work(item[0], self, item[1]) for item in feed)
        sharing = Sharing() if self._share else None
        pool = Pool(works, self.providers, self.limits, conditions, sharing, one_by_one=True)
        feed.on_put(pool.wake)
        for found in pool.results():
            if found is not None:
                yield found[1]

    def job(self, trial: Trial, provider: Provider, gate: Gate, watch: Watch = UNWATCHED) -> Job:
        """Return the job of a trial that is handed over now; the intent of its call is written, here or by the
        provider.
        """
        log_to = getattr(provider, "log_to", None)  # asking for the protocol takes longer than all else here
        if log_to is not None:
            log_to(self.folder)
        if not reports_sending(provider):
            gate()
        timeout = self.limits.timeout or trial.policy.timeout
        return Job(
            trial.recipe,
            trial.key,
            trial.attempt,
            timeout,
            gate,
            progress=watch.progress,
            cancellation=watch.cancellation,
        )

    def finish(self, record: RunRecord | None = None, *, notes: Iterable[str] = ()) -> RunRecord:
        """Write the totals, with notes on what could not be kept and on paid calls without an image."""
        stopped = self.limits.stopped
        record = record or replace(self.ledger.record, complete=stopped is None, stopped=stopped)
        unanswered = possibly_billed(self.folder) if self.ledger.possibly_billed or stopped else ()
        ends = [note for provider in self.providers.values() for note in _endings(provider)]
        every = (*notes, *ends, *self.sources.notes(), *billed_notes(unanswered))
        return self.ledger.finish(replace(record, notes=every or None))

    def unused(self) -> Iterator[str]:
        """Yield a note for each provider that had more than was asked of it."""
        for provider in self.providers.values():
            if note := getattr(provider, "unused", str)():
                yield note

    def close(self) -> None:
        """Close the ledger and the providers."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fresh(self, name: str, conditions: Conditions, stack: ExitStack) -> Provider:
        provider = self.providers[name]
        if not conditions.isolation:
            return provider
        if provider.capabilities.isolated and isinstance(provider, IsolatedProvider):
            more = {"environment": conditions.environment} if conditions.environment else {}
            return stack.enter_context(provider.isolated(threads=conditions.threads, **more))
        return _ready(self.sources, name, stack)


def generate_in_turn(
    works: Iterable[tuple[Session, Trial]], conditions: Conditions = AS_IT_IS
) -> Iterator[tuple[Session, Generated | Failed]]:
    """Generate trials of several Sessions in the order given, so that what slows the machine slows all of them alike.

    The Sessions share limits, and providers of one name are one provider. Like :meth:`Session.generate`.
    """
    pool = _pool_of(works, conditions)
    for found in () if pool is None else pool.results():
        if found is not None:
            yield found[0].session, found[1]


def _pool_of(works: Iterable[tuple[Session, Trial]], conditions: Conditions) -> Pool | None:
    """Return the pool of what is not recorded; None where all is."""
    fresh = (Work(trial, session) for session, trial in works if not session.has(trial))
    first = next(fresh, None)
    if first is None:
        return None
    session = first.session
    sharing = Sharing() if session._share else None
    return Pool(chain([first], fresh), session.providers, session.limits, conditions, sharing)


def open_ledger(record: RunRecord, reports: Path, *, resume: Path | None = None, again: Again | None = None) -> Ledger:
    """Make the folder of a run in ``reports``, or resume the run in ``resume``, which must be of the same kind.

    Raises OtherRunError, LockedError, WriteError and what else reading a run raises.
    """
    if resume is not None:
        return Ledger.resume(resume, expect=record, again=again)
    return Ledger.create(reports, record)


def _ready(sources: Sources, name: str, stack: ExitStack) -> Provider:
    """Return the provider of a name, opened and asked whether it can generate. Raises HarnessError."""
    provider = sources.open(name)
    stack.callback(provider.close)
    if isinstance(provider, ReadyProvider):
        provider.ready()
        for note in _endings(provider):
            warn(note)
    return provider


def _endings(provider: Provider) -> list[str]:
    """Return a note for each model of a provider that ends, as the listing of its service says."""
    return [f"provider `{provider.name}`: {ending}" for ending in getattr(provider, "endings", ())]
