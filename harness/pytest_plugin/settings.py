"""Settings from the command line, the environment and the ini file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin import REPORTED
from harness.vocabulary import Verdict

if TYPE_CHECKING:
    from harness.suite import Project

FOLDERS = (("reports", "report"), ("baselines", "baselines"))
"""The settings that are folders, with the names of their options."""

UPDATES: dict[str, frozenset[Verdict]] = {
    "none": frozenset[Verdict](),
    "missing": frozenset({Verdict.NEW}),
    "drifted": frozenset({Verdict.DRIFT}),
    "all": frozenset({Verdict.NEW, Verdict.DRIFT, Verdict.BROKEN, Verdict.INCOMPARABLE, Verdict.INCONCLUSIVE}),
}
"""The verdicts whose images each ``--harness-update`` accepts."""


def options_of(config: pytest.Config, suites: tuple[Path, ...], *, partial: bool = False) -> Any:
    """Return the run options from the command line, the environment and the project's file."""
    from harness.runner import RunOptions

    provider = config.getoption("harness_provider")
    project = project_of(config)
    return RunOptions(
        suites=suites,
        reports=project.reports,
        baselines=project.baselines,
        project=project,
        executor=project.executor,
        overrides={"provider": provider} if provider else {},
        budget=project.budget.run,
        partial=partial,
        cache=_folder(config, "harness_cache"),
        record=_folder(config, "harness_record"),
        replay=_folder(config, "harness_replay"),
    )


def _folder(config: pytest.Config, option: str) -> Path | None:
    given = config.getoption(option)
    return None if given is None else config.rootpath / given


def project_of(config: pytest.Config) -> "Project":
    """Return the project that holds pytest's root folder. Folders of the command line start at the root folder."""
    from harness.suite import resolve_project

    flags = {name: _folder(config, f"harness_{option}") for name, option in FOLDERS}
    return resolve_project(config.rootpath, flags=flags | {"budget.run": config.getoption("harness_budget")})


def allows(config: pytest.Config, price: float | None, budget: float | None) -> bool:
    """Return whether a generation of this price may be made: pytest never asks."""
    from harness.runner import Approval, decide

    return decide(price, config.getoption("harness_live"), budget, interactive=False) == Approval.ALLOW


def report(config: pytest.Config, line: str) -> None:
    """Add a line to the terminal summary."""
    config.stash.setdefault(REPORTED, []).append(line)


def fail_session(session: pytest.Session, error: HarnessError | str) -> None:
    """Say in the terminal summary what went wrong apart from the tests, and fail."""
    hint = getattr(error, "hint", "")
    report(session.config, f"image-harness: {error}" + (f"\n  → {hint}" if hint else ""))
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
