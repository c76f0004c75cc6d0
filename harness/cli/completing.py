"""What a shell completes beside commands and options: names of runs, and of cases. Nothing is imported before."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from harness.errors import HarnessError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from harness.suite import Project

LATEST = "latest"


def runs(context: click.Context, _parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Return the runs of the project whose name begins so, the latest first; files where none does."""
    from click.shell_completion import CompletionItem

    found = [CompletionItem(name) for name in _silent(_run_names, context) if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def cases(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the cases of the suites that are named before, else of the project's."""
    return [name for name in _silent(_case_names, context) if name.startswith(incomplete)]


def _silent(names: Callable[["click.Context"], Iterator[str]], context: click.Context) -> list[str]:
    """Return what could be found: a fault or a warning says nothing here, the command itself does."""
    found: list[str] = []
    with suppress(HarnessError, OSError), warnings.catch_warnings(action="ignore"):
        found.extend(names(context))  # what was found before a fault stays
    return list(dict.fromkeys(found))


def _project(context: click.Context) -> "Project":
    from harness.suite import resolve_project

    given = context.params
    flags = {"reports": given.get("reports"), "suites": given.get("suites")}
    return resolve_project(config=given.get("config"), flags=flags)


def _run_names(context: click.Context) -> Iterator[str]:
    from harness.ledger import runs as recorded

    yield LATEST
    yield from (folder.name for folder in reversed(recorded(_project(context).reports)))


def _case_names(context: click.Context) -> Iterator[str]:
    from harness.suite import load

    for suite in load(_project(context).suite_paths()).suites:
        yield from (case.id for case in suite.cases)
