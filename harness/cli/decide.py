"""What ``accept``, ``reject`` and ``ignore`` share: choosing trials of a run, and reporting what was done."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from harness.cli.output import print_json
from harness.errors import UsageError
from harness.vocabulary import Verdict, values_of

F = TypeVar("F", bound=Callable[..., Any])


def choice_options(function: F) -> F:
    """Return the run, and the options that choose among its trials."""
    several: dict[str, Any] = {"multiple": True}
    options = (
        click.argument("run", default="latest"),
        click.option("--key", "keys", metavar="KEY", help="One trial: suite/case/variant-s0.", **several),
        click.option("--case", "cases", metavar="GLOB", help="Cases that match.", **several),
        click.option("--variant", "variants", metavar="GLOB", help="Variants that match.", **several),
        click.option("--seed", "seeds", type=int, help="Trials with this seed.", **several),
        click.option("--suite", "in_suites", help="Trials of this suite.", **several),
        click.option(
            "--verdict", "verdicts", type=click.Choice(values_of(Verdict)), help="Trials with this verdict.", **several
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def selection_of(choice: Mapping[str, tuple[Any, ...]]) -> Any:
    """Return the selection that the options come to."""
    from harness.baseline import Selection

    return Selection(
        keys=frozenset(choice["keys"]),
        cases=choice["cases"],
        variants=choice["variants"],
        seeds=frozenset(choice["seeds"]),
        suites=frozenset(choice["in_suites"]),
        verdicts=frozenset(map(Verdict, choice["verdicts"])),
    )


def reason_of(reason: str | None, question: str) -> str:
    """Return the reason given, or asked for where a person can answer. Raises UsageError where nobody can."""
    if reason is not None:
        return reason
    if not sys.stdin.isatty():
        raise UsageError("a decision needs a reason", 'say why: --reason "…"')
    answer: str = click.prompt(question)
    return answer


def changes_shown(changes: Iterable[Any], done: str, *, as_json: bool) -> None:
    """Tell each change on its line, and how many there were."""
    listed = list(changes)
    if as_json:
        print_json({done: listed})
        return
    touched = [change for change in listed if change.action != "unchanged"]
    for change in listed:
        note = f"  ({change.note})" if change.note else ""
        click.echo(f"{change.action:<10} {change.key}{note}")
    click.echo(f"{len(touched)} {done}" + ("" if touched else ": nothing had to change"))
