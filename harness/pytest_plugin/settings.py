"""What the command line and the ini file come to."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin import REPORTED
from harness.vocabulary import Verdict

UPDATES: dict[str, frozenset[Verdict]] = {
    "none": frozenset[Verdict](),
    "missing": frozenset({Verdict.NEW}),
    "drifted": frozenset({Verdict.NEW, Verdict.DRIFT}),
    "all": frozenset({Verdict.NEW, Verdict.DRIFT, Verdict.BROKEN, Verdict.INCOMPARABLE, Verdict.INCONCLUSIVE}),
}
"""The verdicts whose images each ``--harness-update`` accepts."""


CHECKED = ("pytest",)
"""What the run of images that tests check is called, in place of its suites."""


def options_of(config: pytest.Config, suites: tuple[Path, ...], *, partial: bool = False) -> Any:
    """The run options that the command line and the ini file come to. Folders start at pytest's root folder."""
    from harness.runner import RunOptions

    provider = config.getoption("harness_provider")
    toml = config.rootpath / "harness.toml"
    return RunOptions(
        suites=suites,
        reports=reports_of(config),
        baselines=baselines_of(config),
        config=toml if toml.is_file() else None,
        overrides={"provider": provider} if provider else {},
        budget=config.getoption("harness_budget"),
        partial=partial,
        cache=_folder(config, "harness_cache"),
        record=_folder(config, "harness_record"),
        replay=_folder(config, "harness_replay"),
    )


def _folder(config: pytest.Config, option: str) -> Path | None:
    given = config.getoption(option)
    return None if given is None else config.rootpath / given


def reports_of(config: pytest.Config) -> Path:
    """The folder of the runs."""
    return config.rootpath / (config.getoption("harness_report") or "reports")


def baselines_of(config: pytest.Config) -> Path:
    """The folder of the accepted images."""
    return config.rootpath / (config.getoption("harness_baselines") or "baselines")


def report(config: pytest.Config, line: str) -> None:
    """Add a line to the terminal summary."""
    config.stash.setdefault(REPORTED, []).append(line)


def fail_session(session: pytest.Session, error: HarnessError | str) -> None:
    """Say in the terminal summary what went wrong apart from the tests, and fail."""
    hint = getattr(error, "hint", "")
    report(session.config, f"image-harness: {error}" + (f"\n  → {hint}" if hint else ""))
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
