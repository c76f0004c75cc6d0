"""The one core: trials → draw → compare, check → judge → ledger, then the events."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from harness import __version__
from harness.baseline import Baselines
from harness.draw import Budget, draw_all
from harness.ledger import Ledger, iter_results
from harness.provider import Provider
from harness.records import (
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
from harness.run.environment import run_environment
from harness.run.examine import Examiner
from harness.run.interrupt import interruptible
from harness.run.options import RunOptions
from harness.run.sources import Sources
from harness.suite import Plan

Listener = Callable[[Event], None]


class Run:
    """A run in progress: opened with its plan, fed with trials, finished once.

    Every fact is in the ledger before its event is told. Use as a context manager: it lets go of providers and ledger.
    """

    def __init__(self, plan: Plan, options: RunOptions, listeners: Sequence[Listener] = ()) -> None:
        self.plan, self.options, self.listeners = plan, options, listeners
        self.stop = threading.Event()
        self.done = 0
        self._started = time.monotonic()
        self._stack = ExitStack()
        self.sources = Sources(plan, options)
        try:
            self.ledger = self._stack.enter_context(self._open())
            self.budget = Budget(options.budget, self.ledger.tally.cost or 0.0, self.sources.price)
            self.providers = {name: self._provider(name) for name in plan.providers}
            self.baselines = Baselines(options.baselines)
            self.examiner = Examiner(
                self.ledger,
                self.baselines,
                repeats=options.repeats,
                require_drawn=options.require_drawn,
            )
        except BaseException:
            self._stack.close()
            raise
        if options.resume is not None and options.repeats > 1:
            self._recall()
        self._tell(RunStarted(self.ledger.record, str(self.folder), self.ledger.record.planned, self.resumed))

    @property
    def folder(self) -> Path:
        """Where the run's files are."""
        return self.ledger.folder

    @property
    def resumed(self) -> int:
        """How many trials an earlier part of this run had recorded."""
        return len(self.ledger.recorded) - self.done

    def results(self, trials: Iterable[Trial]) -> Iterator[TrialResult]:
        """Draw, judge and record trials; yields each result after it is recorded. What is recorded is left out."""
        fresh = (trial for trial in trials if (trial.key, trial.repeat) not in self.ledger.recorded)
        drawings = draw_all(
            fresh,
            self.providers,
            budget=self.budget,
            stop=self.stop,
            timeout=self.options.timeout,
            started=lambda trial: self._tell(TrialStarted(trial.key, trial.repeat)),
            sending=self._sending,
            share=self.options.repeats == 1,
            cache=self.sources.cache,
        )
        for drawing in drawings:
            result = self.examiner.examine(drawing)
            self.ledger.append(result)
            self.done += 1
            self._tell(TrialFinished(result, len(self.ledger.recorded)))
            yield result

    def finish(self, *, complete: bool, stopped: str | None = None) -> RunRecord:
        """Write the totals; orphans are told when every trial of the suites was part of the run."""
        orphans: tuple[TrialKey, ...] = ()
        if complete and self.options.whole:
            orphans = self.baselines.orphans(self.plan.keys())
        record = replace(
            self.ledger.record,
            seconds=round(self.ledger.record.seconds + time.monotonic() - self._started, 3),
            orphans=tuple(map(str, orphans)),
            complete=complete,
            stopped=stopped,
            notes=self.sources.notes() or None,
        )
        record = self.ledger.finish(record)
        self._tell(RunFinished(record, str(self.folder), stopped == "interrupted"))
        return record

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _recall(self) -> None:
        """Hold the repeats to come against the first of their key that an earlier part of this run recorded."""
        for result in iter_results(self.folder):
            self.examiner.repeats.finished(result.key, result.picture, result.findings)

    def _open(self) -> Ledger:
        options = self.options
        recorded = options.recorded()
        record = RunRecord(
            run="",
            suites=tuple(map(str, options.suites)),
            started=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            version=__version__,
            arguments=recorded,
            environment=run_environment(),
            baselines=str(options.baselines),
            shard=None if options.shard is None else f"{options.shard[0]}/{options.shard[1]}",
            planned=self.plan.count(options.repeats),
        )
        if options.resume is not None:
            return Ledger.resume(options.resume, expect=record)
        return Ledger.create(options.reports, record)

    def _provider(self, name: str) -> Provider:
        provider = self.sources.provider(name)
        self._stack.callback(provider.close)
        return provider

    def _sending(self, trial: Trial) -> None:
        """Say in the ledger that a call which may cost money is about to be made; called from several threads."""
        price = self.sources.price(trial.recipe)
        if price != 0:
            self.ledger.intent(trial.key, trial.repeat, trial.recipe.digest, price)

    def _tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)


def execute(plan: Plan, options: RunOptions, listeners: Sequence[Listener] = ()) -> tuple[RunRecord, Path]:
    """Run a whole plan; returns its record and folder.

    Ctrl-C hands nothing more over, waits for what is being drawn and records it; a second Ctrl-C leaves it behind.
    """
    with Run(plan, options, listeners) as run:
        with interruptible(run.stop) as interrupted, suppress(KeyboardInterrupt):
            for _ in run.results(plan.trials(options.repeats)):
                pass
        stopped = "interrupted" if interrupted.pressed else "budget" if run.budget.reached else None
        return run.finish(complete=stopped is None, stopped=stopped), run.folder
