"""Suites as pytest sees them: a file of trials, each trial one test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.records import Trial, TrialResult


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
            yield TrialItem.from_parent(self, name=item_name(trial), trial=trial)


def item_name(trial: Trial) -> str:
    """``case[variant-s7]``; the variant only where there is a matrix, the repeat only within a set."""
    key = trial.key
    parts = [key.variant] if key.variant != "base" else []
    parts += [f"s{key.seed}"] if key.seed is not None else [f"r{trial.attempt.index}"]
    return f"{key.case}[{'-'.join(parts)}]"


class TrialItem(pytest.Item):
    """One image: generated, compared and judged."""

    def __init__(self, *, trial: Trial, **rest: Any) -> None:
        super().__init__(**rest)
        self.trial = trial
        for tag in trial.tags:
            self.keywords[tag] = True

    def runtest(self) -> None:
        """Fails with a :class:`Finding` for whatever is not proven fine."""
        from harness.pytest_plugin.failure import failure_text
        from harness.pytest_plugin.running import run_of

        run = run_of(self.session, self._selected)
        result = run.result(self.trial)
        self.user_properties += [("verdict", result.outcome.verdict), ("trial", str(result.key))]
        if result.outcome.status == "ok" or run.will_accept(result):
            return
        if result.outcome.status == "ignored":
            pytest.xfail(result.outcome.reason)
        raise Finding(result, failure_text(result, run.folder, run.baselines))

    def _selected(self) -> "list[TrialItem]":
        return [item for item in self.session.items if isinstance(item, TrialItem)]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A finding or a fault as text, without a traceback of the harness."""
        if isinstance(excinfo.value, Finding):
            return str(excinfo.value)
        if isinstance(excinfo.value, HarnessError):
            hint = f"\n  → {excinfo.value.hint}" if excinfo.value.hint else ""
            return f"{excinfo.value}{hint}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case is written in its suite."""
        line = self.trial.where.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else None, f"{self.path.name}::{self.name}"
