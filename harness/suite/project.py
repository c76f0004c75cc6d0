"""A project: its root, its suites, where its baselines and reports are, and what it may spend."""

import glob
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.records import ExecutorSpec, StoreOptions, ViewerSpec
from harness.suite.problem import Problem, SuiteError
from harness.suite.provider_spec import ProviderSpec

if TYPE_CHECKING:
    from harness.records import RunRecord

LOCAL = ExecutorSpec()
FILE = "harness.toml"
PYPROJECT = "pyproject.toml"
BUILT_IN: Mapping[str, Any] = {
    "suites": ("suites",),
    "baselines": "baselines",
    "reports": "reports",
    "budget.run": None,
    "budget.month": None,
    "executor.kind": LOCAL.kind,
    "executor.address": LOCAL.address,
    "executor.gpus": LOCAL.gpus,
    "executor.cpus": LOCAL.cpus,
}
"""The settings that flags, environment and file decide, with what holds where none of them says anything."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting comes from: ``layer`` is flag, environment, file or default; ``where`` the flag, the variable,
    or ``file:line``. ``problem`` carries the place of a setting of the file, for complaints."""

    layer: str
    where: str = ""
    problem: Problem | None = None

    def __str__(self) -> str:
        return self.where or self.layer


@dataclass(frozen=True, slots=True)
class SpendLimits:
    """US dollars for one run, and for all runs of a UTC calendar month; None is no limit, 0 no paid call at all."""

    run: float | None = None
    month: float | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """What is in force for the commands that start in one folder.

    ``root`` is absolute; ``file`` is the file that makes it a project (None: there is none, and the root is where the
    command started). ``environment`` holds the fields that ``--env`` and variables state. ``suites`` are files, folders
    and globs. They, ``baselines`` and ``reports`` are as the working
    folder reaches them. ``defaults`` are overridden by a suite's own. ``origins`` says where each setting comes from.
    """

    root: Path
    file: Path | None = None
    suites: tuple[str, ...] = ("suites",)
    baselines: Path = Path("baselines")
    reports: Path = Path("reports")
    budget: SpendLimits = SpendLimits()
    executor: ExecutorSpec = LOCAL
    providers: Mapping[str, ProviderSpec] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    start: Path = Path()
    viewers: Mapping[str, ViewerSpec] = field(default_factory=dict)
    servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, str | int | bool] = field(default_factory=dict)
    store: StoreOptions | None = None

    @property
    def folder(self) -> Path | None:
        """The folder of the project's file."""
        return None if self.file is None else self.file.parent

    def located(self, text: str) -> Path:
        """Return a path that starts at the root, as the working folder reaches it."""
        return located(self.start, self.root, text)

    def recorded(self, path: Path) -> str:
        """Return a path as a run records it: the same from every folder of the project, and on every machine."""
        whole = absolute(self.start / path)
        if self.file is None:
            return str(path)
        return whole.relative_to(self.root).as_posix() if whole.is_relative_to(self.root) else str(whole)

    def reached(self, record: "RunRecord") -> "RunRecord":
        """Return the record of a run with its paths as the working folder reaches them, to be shown."""
        suites = tuple(str(self.located(suite)) for suite in record.suites)
        return replace(record, suites=suites, baselines=str(self.located(record.baselines)))

    def suite_paths(self) -> tuple[Path, ...]:
        """Return the files and folders of the suites, with the globs spelled out. Raises SuiteError for what matches
        nothing, UsageError where no suite is named at all."""
        origin = self.origins.get("suites", Origin("default"))
        if origin.layer == "flag":
            return tuple(map(Path, self.suites))
        found: list[Path] = []
        problems = []
        for pattern in self.suites:
            matches = matching(pattern)
            found += matches
            if not matches:
                problems.append(_unmatched(pattern, origin))
        if problems and origin.layer == "default":
            hint = f'name a suite file or a folder, or list them in {FILE}: suites = ["my-suites"]'
            raise UsageError(f"no suite is named, and there is no folder {self.suites[0]}", hint)
        if problems:
            raise SuiteError(problems)
        return tuple(dict.fromkeys(found))


def absolute(path: Path) -> Path:
    """Return a path from the working folder, without following links."""
    return Path(os.path.normpath(Path.cwd() / path))


def located(start: Path, root: Path, text: str) -> Path:
    """Return a path that starts at ``root``, as it is reached from ``start``."""
    if Path(text).is_absolute():
        return Path(text)
    try:
        return Path(os.path.normpath(start / os.path.relpath(root / text, absolute(start))))
    except ValueError:
        # another drive of Windows
        return root / text


def matching(pattern: str) -> list[Path]:
    """Return the suite files and folders that a file, a folder or a glob names."""
    if not glob.has_magic(pattern) or Path(pattern).exists():
        return [Path(pattern)] if Path(pattern).exists() else []
    names = map(Path, sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207 - Path.glob takes no `..`
    return [name for name in names if name.is_dir() or name.suffix.lower() in (".yaml", ".yml")]


def _unmatched(pattern: str, origin: Origin) -> Problem:
    hint = "name a file, a folder, or a glob such as `suites/**/*.yaml`; paths start at the project's root"
    message = f"`suites`: {'nothing matches' if glob.has_magic(pattern) else 'there is no'} `{pattern}`"
    if origin.problem is None:
        return Problem(str(origin), message, hint)
    return replace(origin.problem, message=message, hint=hint)
