"""What ``accept``, ``reject`` and ``ignore`` share: choosing trials of a run, and reporting what was done."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.cli.completing import cases, runs
from harness.cli.options import json_option, project_options, who_option
from harness.cli.output import echo, print_json
from harness.cli.project import project_of
from harness.errors import UsageError
from harness.vocabulary import Verdict, values_of

if TYPE_CHECKING:
    from harness.baseline import Baselines, Selection
    from harness.suite import Project

F = TypeVar("F", bound=Callable[..., Any])


def decision_options(function: F) -> F:
    """Add the run, the options that choose among its trials, and who decides why."""
    several: dict[str, Any] = {"multiple": True}
    verdict = click.Choice(values_of(Verdict))
    options = (
        click.argument("run", default="latest", shell_complete=runs),
        click.option("--key", "keys", metavar="KEY", help="One trial: suite/case/variant-s0.", **several),
        click.option("--case", "cases", metavar="GLOB", shell_complete=cases, help="Cases that match.", **several),
        click.option("--variant", "variants", metavar="GLOB", help="Variants that match.", **several),
        click.option("--seed", "seeds", type=int, help="Trials with this seed.", **several),
        click.option("--suite", "in_suites", help="Trials of this suite.", **several),
        click.option("--verdict", "verdicts", type=verdict, help="Trials with this verdict.", **several),
        click.option("--reason", help="Why: kept in the log."),
        who_option,
        project_options,
        json_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


def decided(given: dict[str, Any], question: str) -> "tuple[Project, Baselines, Path, Selection, dict[str, Any]]":
    """Return the project, its baselines, the run, the trials meant, and ``reason`` and ``who``.

    ``question`` asks for a reason where none is given (``…`` is none) and a person can answer. Raises UsageError where
    none can, and as finding the run does.
    """
    from harness.baseline import Baselines, Selection, is_reason, run_to_decide, whoami

    project = project_of(given)
    selection = Selection(
        keys=frozenset(given["keys"]),
        cases=given["cases"],
        variants=given["variants"],
        seeds=frozenset(given["seeds"]),
        suites=frozenset(given["in_suites"]),
        verdicts=frozenset(map(Verdict, given["verdicts"])),
    )
    folder, reason = run_to_decide(project.reports, given["run"]), given["reason"]
    if reason is None or not is_reason(reason):
        if not sys.stdin.isatty():
            raise UsageError("a decision needs a reason", "say why: --reason 'text'")
        reason = click.prompt(question)
    baselines, signed = Baselines(project.baselines, project.store), {"reason": reason, "who": given["who"] or whoami()}
    return project, baselines, folder, selection, signed


def changes_shown(changes: Iterable[Any], done: str, *, as_json: bool, run: "Path | None" = None) -> None:
    """Print each change on its line, and how many there were, of which run."""
    from harness.report import one_line

    if as_json:
        print_json({done: list(changes)} | ({} if run is None else {"run": run.name}))
        return
    touched = 0
    for change in changes:
        touched += change.action != "unchanged"
        note = f"  ({one_line(change.note)})" if change.note else ""
        echo(f"{change.action:<10} {one_line(str(change.key))}{note}")
    of = "" if run is None else f" from run {run.name}"
    echo(f"{touched} {done}{of}" + ("" if touched else ": nothing changed"))
