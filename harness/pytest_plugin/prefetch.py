"""The one run behind the tests of suites: a thread generates in their order, ahead of them, and answers."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.answers import Answers, NotGenerated
from harness.pytest_plugin.attempts import Address, address_of, next_attempt, samples_of
from harness.pytest_plugin.settings import allows, options_of
from harness.records import Trial, decode_json
from harness.scratch import Scratch
from harness.vocabulary import Stop

if TYPE_CHECKING:
    from harness.runner import Run, RunOptions
    from harness.suite import Plan

TICK = 0.03
"""Seconds between looks at what is asked for."""
STOPPED = NotGenerated("the session was stopped before this image was generated", stopped=True)


def preload() -> None:
    """Load what a run and its report need, in a thread: while workers collect, or while images are generated."""

    def load() -> None:
        import harness.report
        import harness.runner

        _ = harness.runner.Run, harness.report.write_report

    threading.Thread(target=load, daemon=True, name="image-harness loads ahead").start()


class PrefetchRun:
    """Generates the ``selected`` trials (suite, address), as concurrently as their providers allow, and answers tests.

    With ``--maxfail`` or ``--stepwise`` no further ahead of the test begun last than a provider generates at a time.
    ``exchange`` is a folder of its own where tests ask and are answered.
    """

    def __init__(
        self, config: pytest.Config, selected: Sequence[tuple[Path, Address]], exchange: Path | None = None
    ) -> None:
        self.config, self.selected = config, selected
        self._own = ExitStack()
        self.exchange = exchange or self._own.enter_context(Scratch())
        self.answers = Answers(self.exchange)
        self.folder: Path | None = None
        self.fault = ""
        self._heard_to: dict[Path, int] = {}
        self._cautious = bool(config.getoption("maxfail") or config.getoption("stepwise", False))
        self._order: list[Trial] = []
        self._places: dict[Address, int] = {}
        self._next = self._begun = 0
        self._again: deque[Trial] = deque()
        self._handed: set[Address] = set()
        self._halt = threading.Event()
        self._run: Run | None = None
        self.thread = threading.Thread(target=self._live, daemon=True, name="image-harness generates ahead")
        self.thread.start()

    def halt(self) -> None:
        """Generate nothing more; tests that still wait are answered."""
        self._halt.set()
        if self._run is not None:
            self._run.session.limits.stop.set()
        self.answers.put(None, STOPPED)

    def finish(self) -> None:
        """Halt, and wait until what is being generated is recorded and the run is closed."""
        self.halt()
        self.thread.join()
        self._own.close()

    def _live(self) -> None:
        try:
            self._generate()
        except Exception as fault:  # whatever it is, the tests that wait must hear of it
            known = isinstance(fault, HarnessError | OSError)
            self.fault = str(fault) if known else f"{type(fault).__name__}: {fault}"
            self.answers.put(None, NotGenerated(self.fault, getattr(fault, "hint", "")))

    def _generate(self) -> None:
        from harness.runner import Run, plan_of

        suites = tuple(dict.fromkeys(path for path, _ in self.selected))
        plan = plan_of(options_of(self.config, suites))
        trials = {address_of(trial): trial for trial in plan.trials()}
        self._order = [trials[address] for _, address in self.selected]
        self._places = {address: place for place, (_, address) in enumerate(self.selected)}
        options = options_of(self.config, suites, partial=len(self._places) < len(trials))
        with self._paid(plan, options) as options, Run(plan, options) as run:
            self._run, self.folder, budget = run, run.folder, run.session.limits.budget
            self.answers.put(None, str(run.folder.resolve()))
            while not (self._halt.is_set() or budget.reached):
                to_generate = self._next_trials(run)
                first = next(to_generate, None)
                if first is None:
                    self._halt.wait(TICK)
                    continue
                for result in run.results(chain([first], to_generate)):
                    self.answers.put((str(result.key), result.attempt.slug), result)
            if budget.reached:
                self.answers.put(None, NotGenerated("the budget is reached", "raise --harness-budget"))
            complete = all((trial.key, trial.attempt) in run.ledger.recorded for trial in self._order)
            stopped = Stop.BUDGET if budget.reached else Stop.INTERRUPTED
            run.finish(complete=complete, stopped=None if complete else stopped)

    @contextmanager
    def _paid(self, plan: "Plan", options: "RunOptions") -> "Iterator[RunOptions]":
        """Reserve the remaining budget if anything costs money; yield the options with it."""
        from harness.generation import cost_of
        from harness.runner import estimate, reserved_budget

        if cost_of(estimate(plan, options)) == 0:
            yield options
            return
        assert options.project is not None
        with reserved_budget(options.project, datetime.now(UTC)) as left:
            yield replace(options, budget=left)

    def _next_trials(self, run: "Run") -> Iterator[Trial]:
        """Return what is to be generated now: further attempts of tests that were executed again, then the next
        trials."""
        ahead = max((provider.capabilities.concurrency for provider in run.session.providers.values()), default=1)
        while not self._halt.is_set():
            for file in self.exchange.glob("*.asked"):
                self._hear(file)
            if self._again:
                trial = self._again.popleft()
            elif self._next < min(len(self._order), self._begun + ahead if self._cautious else len(self._order)):
                trial = self._order[self._next]
                self._next += 1
            else:
                return
            sources = run.session.sources
            price = 0.0 if run.options.shares and sources.keeps(trial) else sources.price(trial.recipe)
            if not allows(self.config, price, run.options.budget):
                problem = f"provider '{trial.recipe.subject.provider}' costs money, and nothing was generated"
                hint = "allow it with --harness-live, or up to an amount with --harness-budget USD"
                self.answers.put(address_of(trial), NotGenerated(problem, hint))
                continue
            for one in samples_of(trial):
                if address_of(one) not in self._handed:
                    self._handed.add(address_of(one))
                    yield one

    def _hear(self, file: Path) -> None:
        """Take in which tests were begun: key and attempt of the trial, and which execution of the test it is."""
        with file.open("rb") as lines:
            lines.seek(self._heard_to.get(file, 0))
            while (line := lines.readline()).endswith(b"\n"):
                self._heard_to[file] = lines.tell()
                key, first, attempt = decode_json(tuple[str, str, int], line)
                place = self._places[key, first]
                if attempt > 1:
                    self._again.append(next_attempt(self._order[place], attempt))
                self._begun = max(self._begun, place)
