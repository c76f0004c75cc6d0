"""Suites as pytest sees them: a file of trials, each trial one test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, UsageError
from harness.pytest_plugin import RUN
from harness.pytest_plugin.answers import Asking, NotGenerated
from harness.pytest_plugin.attempts import Address, address_of, note_attempt
from harness.pytest_plugin.failure import failure_text
from harness.pytest_plugin.settings import UPDATES, project_of
from harness.records import Trial, TrialResult
from harness.vocabulary import Status

ASKING: "pytest.StashKey[Asking]" = pytest.StashKey()
"""What answers the tests of this process."""


class Finding(Exception):
    """A trial whose outcome is not proven fine."""

    def __init__(self, result: TrialResult, text: str) -> None:
        super().__init__(text)
        self.result = result


class SuiteFile(pytest.File):
    """A suite in YAML."""

    def collect(self) -> "Iterator[TrialItem]":
        """One item a trial. A suite that cannot be read is one clear error of collection."""
        from harness.pytest_plugin.settings import options_of
        from harness.runner import plan_of

        try:
            plan = plan_of(options_of(self.config, (self.path,)))
        except HarnessError as error:
            hint = f"\n→ {error.hint}" if error.hint else ""
            raise self.CollectError(f"{error}{hint}") from None
        for trial in plan.trials():
            name = item_name(trial)
            # as text, so that pytest reads it as --lf will: what it makes of the name itself is not equal to that
            yield TrialItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}", trial=trial)


def item_name(trial: Trial) -> str:
    """``case[variant-s7]``; the variant only where there is a matrix, the repeat only within a set."""
    key = trial.key
    parts = [key.variant] if key.variant != "base" else []
    parts += [f"s{key.seed}"] if key.seed is not None else [f"r{trial.attempt.index}"]
    return f"{key.case}[{'-'.join(parts)}]"


class TrialItem(pytest.Item):
    """One image: generated, compared and judged. Executed again, it is another image."""

    def __init__(self, *, trial: Trial, **rest: Any) -> None:
        super().__init__(**rest)
        self.trial = trial
        self.attempt = 0
        for tag in trial.tags:
            self.keywords[tag] = True

    def runtest(self) -> None:
        """Fails with a :class:`Finding` for whatever is not proven fine."""
        self.attempt += 1
        asking = _asking(self.session)
        answer = asking.answer(self.trial, self.attempt)
        if isinstance(answer, NotGenerated):
            if answer.stopped:
                pytest.skip(answer.problem)
            raise UsageError(f"{self.trial.key}: {answer.problem}", answer.hint)
        outcome = answer.outcome
        # an image that --harness-update accepts at the end passes
        accepted = answer.image is not None and outcome.verdict in UPDATES[self.config.getoption("harness_update")]
        passed = outcome.status == Status.OK or accepted
        note_attempt(self, self.attempt, passed=passed, verdict=str(outcome.verdict), trial=str(answer.key))
        if passed:
            return
        if outcome.status == Status.IGNORED:
            from harness.report import because

            pytest.xfail(because(outcome.reasons))
        raise Finding(answer, failure_text(answer, asking.folder, project_of(self.config).baselines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return a finding or a fault as text, without a traceback of the harness."""
        if isinstance(excinfo.value, Finding):
            return str(excinfo.value)
        if isinstance(excinfo.value, HarnessError):
            hint = f"\n  → {excinfo.value.hint}" if excinfo.value.hint else ""
            return f"{excinfo.value}{hint}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the case is written in its suite."""
        line = self.trial.where.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else None, f"{self.path.name}::{self.name}"


def selected_of(session: pytest.Session) -> list[tuple[Path, Address]]:
    """Return the suite and the address of each trial that is a test of this session, in the order of the tests."""
    return [(item.path, address_of(item.trial)) for item in session.items if isinstance(item, TrialItem)]


def _asking(session: pytest.Session) -> Asking:
    """Return what answers the tests of this process: its own run, in a worker of xdist that of the controller."""
    stash = session.config.stash
    if ASKING not in stash:
        worker = session.config.pluginmanager.getplugin("image_harness_worker")
        if worker is None:
            from harness.pytest_plugin.prefetch import PrefetchRun, preload

            run = stash[RUN] = PrefetchRun(session.config, selected_of(session))
            preload()
            stash[ASKING] = Asking(run.exchange, "own", lambda: not run.thread.is_alive())
        else:
            stash[ASKING] = worker.asking()
    return stash[ASKING]
