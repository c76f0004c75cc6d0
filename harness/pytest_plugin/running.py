"""The run behind the tests of one process: draws ahead while tests wait for their trial."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from harness.errors import HarnessError, UsageFault
from harness.pytest_plugin import RUN
from harness.pytest_plugin.sets import SharedSet, samples_of
from harness.pytest_plugin.settings import UPDATES, options_of
from harness.records import Trial, TrialKey, TrialResult


class SuiteTest(Protocol):
    """A test of a trial."""

    path: Path
    trial: Trial


def run_of(session: pytest.Session, selected: Callable[[], Sequence[SuiteTest]]) -> "PluginRun":
    """The run of this process, begun when the first test asks for it; ``selected`` gives all tests that were."""
    run = session.config.stash.get(RUN, None)
    if run is None:
        run = session.config.stash[RUN] = PluginRun(session, selected())
    return run


class PluginRun:
    """One run for all suite tests of this process.

    In a single process a thread draws ahead in the order of the tests, as concurrently as each provider allows. A
    worker of xdist cannot know which tests will be its own: it draws when a test asks.
    """

    def __init__(self, session: pytest.Session, tests: Sequence[SuiteTest]) -> None:
        from harness.run import Run, plan_of

        config = session.config
        self.tests = tests
        suites = tuple(dict.fromkeys(test.path for test in tests))
        self.worker = getattr(config, "workerinput", None)
        plan = plan_of(options_of(config, suites))
        partial = self.worker is not None or len(self.tests) < plan.count()
        options = options_of(config, suites, partial=partial)
        self.baselines: Path = options.baselines
        self.update = UPDATES[config.getoption("harness_update")]
        self.free = config.getoption("harness_live") or options.budget is not None
        self.run = Run(plan, options)
        self.complete = not partial
        self._results: dict[tuple[TrialKey, int], TrialResult] = {}
        self._fault: BaseException | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        if self.worker is None:
            self._thread = threading.Thread(target=self._draw_ahead, daemon=True, name="image-harness draws ahead")
            self._thread.start()

    @property
    def folder(self) -> Path:
        """Where the pictures of the run will be found when all is done."""
        if self.worker is not None:
            return Path(self.worker["harness_suites"])
        return self.run.folder

    def result(self, trial: Trial) -> TrialResult:
        """The result of a trial; waits until it is drawn. Raises the fault that ended the run."""
        self._check_cost(trial)
        if self._thread is None:
            if (trial.key, trial.repeat) not in self._results:
                self._draw_now(trial)
            return self._found(trial)
        with self._changed:
            while (trial.key, trial.repeat) not in self._results and self._thread.is_alive():
                self._changed.wait(0.5)
            return self._found(trial)

    def _draw_now(self, trial: Trial) -> None:
        """Draw in a worker of xdist. A set is drawn by the first worker that one of its tests comes to; the others wait
        for its results, as no part of a set has a verdict of its own."""
        if trial.policy.drift.samples is None:
            found = list(self.run.results([trial]))
        else:
            assert self.worker is not None
            shared = SharedSet(Path(self.worker["harness_suites_parts"]), trial.key)
            found = shared.results(lambda: list(self.run.results(samples_of(trial))))
        self._results |= {(result.key, result.repeat): result for result in found}

    def will_accept(self, result: TrialResult) -> bool:
        """Whether ``--harness-update`` accepts this picture at the end, so that its test passes."""
        return result.picture is not None and result.outcome.verdict in self.update

    def finish(self, session: pytest.Session) -> None:
        """Close the run, write its report and accept what ``--harness-update`` asked for."""
        from harness.pytest_plugin.ending import end_run

        self.run.stop.set()
        if self._thread is not None:
            self._thread.join()
        try:
            drawn = len(self.run.ledger.recorded) >= len(self.tests)
            self.run.finish(complete=drawn, stopped=None if drawn else "interrupted")
        finally:
            self.run.__exit__(None, None, None)
        if self.worker is None:
            end_run(session, self.run.folder, self.baselines, self.update)

    def _found(self, trial: Trial) -> TrialResult:
        result = self._results.get((trial.key, trial.repeat))
        if result is not None:
            return result
        if self._fault is not None:
            raise self._fault
        problem = "the budget is reached" if self.run.budget.reached else "the trial was not drawn"
        raise UsageFault(f"{trial.key}: {problem}", "raise --harness-budget" if self.run.budget.reached else "")

    def _check_cost(self, trial: Trial) -> None:
        provider = self.run.providers[trial.recipe.subject.provider]
        if provider.capabilities.price != 0 and not self.free:
            raise UsageFault(
                f"provider '{provider.name}' costs money, and nothing was drawn",
                "allow it with --harness-live, or up to an amount with --harness-budget USD",
            )

    def _affordable(self) -> Iterator[Trial]:
        sets: set[TrialKey] = set()
        for test in self.tests:
            trial = test.trial
            if not (self.free or self.run.providers[trial.recipe.subject.provider].capabilities.price == 0):
                continue
            if trial.policy.drift.samples is None:
                yield trial
            elif trial.key not in sets:
                sets.add(trial.key)
                yield from samples_of(trial)

    def _draw_ahead(self) -> None:
        try:
            for result in self.run.results(self._affordable()):
                with self._changed:
                    self._results[result.key, result.repeat] = result
                    self._changed.notify_all()
        except (HarnessError, OSError) as fault:
            self._fault = fault
        finally:
            with self._changed:
                self._changed.notify_all()
