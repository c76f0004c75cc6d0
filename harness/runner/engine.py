"""The one core: trials → generate → compare, check → judge → ledger, then the events."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from harness import __version__
from harness.baseline import Baselines, renamed_cases
from harness.generation import Budget, Failed, Generated, Limits, Session, Sources, require_prices
from harness.judge import CONFIRMATIONS
from harness.ledger import Ledger, timestamp
from harness.records import (
    AttemptKind,
    Event,
    RunFinished,
    RunRecord,
    RunStarted,
    Trial,
    TrialFinished,
    TrialKey,
    TrialResult,
    TrialStarted,
)
from harness.runner.environment import run_environment
from harness.runner.environment_watch import EnvironmentWatch
from harness.runner.estimating import Spare, estimate
from harness.runner.examiner import Examiner
from harness.runner.examining import Examining
from harness.runner.imports import import_for
from harness.runner.interrupt import interruptible
from harness.runner.options import RunOptions
from harness.runner.pending import PendingTrials, marked, needs_confirming
from harness.runner.resume import generated_again
from harness.runner.sets import Sets
from harness.runner.stored_probe import stored_reasons
from harness.suite import Plan
from harness.vocabulary import Stop

Listener = Callable[[Event], None]


class Run:
    """A run in progress: opened with its plan, fed with trials, finished once.

    Every fact is in the ledger before its event is reported. Use as a context manager: it closes providers and ledger.
    """

    def __init__(self, plan: Plan, options: RunOptions, listeners: Sequence[Listener] = ()) -> None:
        self.plan, self.options, self.listeners = plan, options, listeners
        self.done = 0
        self._started = time.monotonic()
        self.baselines = Baselines(options.baselines, options.store)
        self.baselines.reach(plan.keys())
        self.session = _session(plan, options)
        try:
            self._begin(options)
        except BaseException:
            self.session.close()
            raise

    def _begin(self, options: RunOptions) -> None:
        """Set up comparison and judging, and load what an earlier part of the run left open."""
        self.examiner = Examiner(
            self.session.ledger,
            self.baselines,
            repeats=options.repeats,
            require_generated=options.require_generated,
            confirmations=CONFIRMATIONS,
            probe=stored_reasons(options.baselines),
            session=self.session,
            again=Spare(self.plan, options).allows,
        )
        import_for(self.plan, self.examiner.viewing)
        self._beside = may_be_beside(self.plan, options.repeats)
        self.environments = EnvironmentWatch()
        self.sets = Sets(self.folder, self.baselines, self.examiner.viewing)
        self.pending = PendingTrials(options.repeats)
        if options.resume is not None:
            self.pending.recall(self.session.recorded(), self.sets.waits)
            if options.repeats > 1:
                self.examiner.recall(self.session.recorded())
        self._print(RunStarted(self.ledger.record, str(self.folder), self.ledger.record.planned, self.resumed))

    @property
    def ledger(self) -> Ledger:
        """The run's ledger."""
        return self.session.ledger

    @property
    def folder(self) -> Path:
        """Where the run's files are."""
        return self.ledger.folder

    @property
    def resumed(self) -> int:
        """How many trials an earlier part of this run had recorded."""
        return len(self.ledger.recorded) - self.done

    def results(self, trials: Iterable[Trial]) -> Iterator[TrialResult]:
        """Generate, judge and record trials that are not recorded yet; yields each result once, when its verdict
        stands.

        A trial of a set, or with a drift to confirm, is recorded at once as ``inconclusive``, and again when the rest
        was generated. What is left open when nothing more may be generated is yielded last, as it stands.
        """
        for complete in self.pending.complete():
            yield from self._settled(self.sets.judged(complete), complete)
        to_generate = self.pending.trials(trials, self.ledger.recorded)
        while True:
            for generation, examined in self._generated(to_generate):
                yield from self._taken(generation, examined)
            if self.session.limits.stop.is_set() or not self.pending.waiting:
                break
            to_generate = self.pending.confirmations()
        for result in self.pending.remaining():
            self._print(TrialFinished(result, len(self.ledger.recorded)))
            yield result

    def finish(self, *, complete: bool, stopped: Stop | None = None) -> RunRecord:
        """Write the totals; orphans are reported when every trial of the suites was part of the run."""
        orphans: tuple[TrialKey, ...] = ()
        if complete and self.options.whole:
            orphans = self.baselines.orphans(self.plan.keys())
        has_sets = any(variant.is_set for variant in self.plan.variants())
        record = replace(
            self.ledger.record,
            seconds=round(self.ledger.record.seconds + time.monotonic() - self._started, 3),
            orphans=tuple(map(str, orphans)),
            renamed=self._renamed(orphans) or None,
            complete=complete,
            stopped=stopped,
            sets=self.sets.pooled(self.session.recorded()) or None if has_sets else None,
        )
        unused = self.session.unused() if complete and self.options.whole and not self.resumed else ()
        judged = self.examiner.viewing.judges.notes(self.options.recorded_suites)
        notes = (*self.plan.warnings, *judged, *unused, *self.environments.notes())
        record = self.session.finish(record, notes=notes)
        self._print(RunFinished(record, str(self.folder), stopped == Stop.INTERRUPTED))
        return record

    def _renamed(self, orphans: Sequence[TrialKey]) -> Mapping[str, str]:
        """Return the cases that were renamed since their images were accepted."""
        if not orphans:
            return {}
        return renamed_cases(self.baselines, orphans, self.session.recorded())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def _generated(self, trials: Iterable[Trial]) -> Iterator[tuple[Generated | Failed, Callable[[], TrialResult]]]:
        """Yield what comes back, with what examines it or waits for that."""
        trials = self._announced(trials)
        if not self._beside:
            yield from ((came, partial(self.examiner.examine, came)) for came in self.session.generate(trials))
            return
        with Examining(self.examiner.examine, self.examiner.is_quick) as examining:
            yield from examining.results(self.session.generate_beside(trials, examining.on_start))

    def _taken(self, generation: Generated | Failed, examined: Callable[[], TrialResult]) -> Iterator[TrialResult]:
        """Record what came back; yields the results whose verdict stands now."""
        trial = generation.trial
        if trial.attempt.kind is AttemptKind.CONFIRMATION:
            before = self.pending.pop_confirmed(trial)
            after = self.ledger.judge(before, marked(self.examiner.confirmed(before, generation)))
        else:
            after = self.ledger.append(marked(examined()))
            self.environments.see(after)
            self.done += 1
        if self.sets.waits(after):
            complete = self.pending.add(after)
            if complete is not None:
                yield from self._settled(self.sets.judged(complete), complete)
        elif needs_confirming(after):
            self.pending.confirm(trial, after)
        else:
            self._print(TrialFinished(after, len(self.ledger.recorded)))
            yield after

    def _settled(self, judged: Sequence[TrialResult], before: Sequence[TrialResult]) -> Iterator[TrialResult]:
        """Record the verdict of a set on each of its trials."""
        judged = list(map(marked, judged))
        self.ledger.judge_all((old, new) for old, new in zip(before, judged, strict=True) if new != old)
        for result in judged:
            self._print(TrialFinished(result, len(self.ledger.recorded)))
            yield result

    def _announced(self, trials: Iterable[Trial]) -> Iterator[Trial]:
        """Yield the trials, each reported when it is about to be generated."""
        for trial in trials:
            if trial.attempt.kind is not AttemptKind.CONFIRMATION:
                self._print(TrialStarted(trial.key, trial.attempt))
            yield trial

    def _print(self, event: Event) -> None:
        report(self.listeners, event)


def report(listeners: Sequence[Listener], event: Event) -> None:
    """Report an event to everyone who listens."""
    for listener in listeners:
        listener(event)


def execute(plan: Plan, options: RunOptions, listeners: Sequence[Listener] = ()) -> tuple[RunRecord, Path]:
    """Run a whole plan; returns its record and folder.

    Ctrl-C hands nothing more over, waits for what is being generated and records it; a second Ctrl-C leaves it behind.
    """
    with Run(plan, options, listeners) as run:
        with interruptible(run.session.limits.stop) as interrupted, suppress(KeyboardInterrupt):
            for _ in run.results(plan.trials(options.repeats)):
                pass
        stopped = Stop.INTERRUPTED if interrupted.pressed else run.session.limits.stopped
        return run.finish(complete=stopped is None, stopped=stopped), run.folder


def may_be_beside(plan: Plan, repeats: int) -> bool:
    """Return whether images may be examined in threads: not where a repeat is compared with the one before, nor where
    viewers answer, which take their turns and may cost money."""
    viewers = any(variant.checks or variant.policy.embedding is not None for variant in plan.variants())
    return repeats == 1 and not viewers and (os.cpu_count() or 1) > 1


def _session(plan: Plan, options: RunOptions) -> Session:
    sources = Sources(
        plan.providers,
        cache=options.cache,
        record=options.record,
        replay=options.replay,
        executor=options.executor,
    )
    if options.budget is not None:
        require_prices(estimate(plan, options))
    record = RunRecord(
        run="",
        suites=options.recorded_suites,
        started=timestamp(),
        version=__version__,
        arguments=options.recorded(),
        environment=run_environment(),
        baselines=options.recorded_baselines,
        shard=None if options.shard is None else f"{options.shard[0]}/{options.shard[1]}",
        planned=plan.count(options.repeats),
    )
    return Session.open(
        sources,
        record,
        options.reports,
        limits=Limits(Budget(options.budget), timeout=options.timeout),
        resume=options.resume,
        again=generated_again(options.rerun) if options.rerun else None,
        share=options.shares,
    )
