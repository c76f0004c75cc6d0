"""``harness log``."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import console, echo, print_json, table
from harness.cli.project import project_of
from harness.records import to_json

if TYPE_CHECKING:
    from harness.baseline import Logged


@click.command(
    name="log",
    epilog=examples(
        "harness log",
        "harness log --suite quickstart --case 'two-*' -n 5",
    ),
)
@click.option("--suite", "suites", multiple=True, help="Decisions over this suite.")
@click.option("--case", "cases", metavar="GLOB", multiple=True, help="Decisions over cases that match.")
@click.option("-n", "most", type=click.IntRange(1), default=20, show_default=True, help="Most decisions shown.")
@project_options
@json_option
def command(suites: tuple[str, ...], cases: tuple[str, ...], most: int, as_json: bool, **given: Any) -> None:
    """Show the decisions over baselines, the latest first: who, when, what and why."""
    from fnmatch import fnmatchcase

    from harness.baseline import Baselines, decisions
    from harness.report import one_line, plural

    found: dict[str, list[Logged]] = {}
    for one in decisions(Baselines(project_of(given).baselines), suites or None):
        if not cases or any(fnmatchcase(one.line.case, glob) for glob in cases):
            found.setdefault(one.line.id, []).append(one)
    shown = list(reversed(found.values()))[:most]
    if as_json:
        print_json({"decisions": [_data(lines) for lines in shown]})
        return
    rows = table("decision", "when", "who", "what", "of", "reason")
    for lines in shown:
        line = lines[0].line
        undone = " (undone)" if all(one.undone for one in lines) else ""
        what = _actions(lines) if line.undoes is None else f"undo {line.undoes}"
        words = (line.id, line.when, line.who, f"{what}{undone}", _trials(lines), line.reason)
        rows.add_row(*map(_plain, map(one_line, words)))
    console(wide=True).print(rows)
    if len(found) > len(shown):
        echo(f"{plural(len(found) - len(shown), 'older decision')}: -n {len(found)}")


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(text)


def _actions(lines: "Sequence[Logged]") -> str:
    """Return what was decided; with counts where one submit decided in several ways."""
    counts = Counter(one.line.action for one in lines)
    return next(iter(counts)) if len(counts) == 1 else ", ".join(f"{word} {n}" for word, n in counts.items())


def _trials(lines: "Sequence[Logged]") -> str:
    first = next((one for one in lines if one.line.other and one.line.before), None)
    if first is not None:
        return f"{first.suite}/{first.line.case} → {first.suite}/{first.line.other}"
    names = dict.fromkeys(f"{one.suite}/{one.line.trial}" for one in lines)
    return next(iter(names)) if len(names) == 1 else f"{next(iter(names))} and {len(names) - 1} more"


def _data(lines: "Sequence[Logged]") -> dict[str, Any]:
    """Return a decision; its action is None where its trials, each with its own, differ."""
    own = ("id", "when", "who", "reason", "run", "undoes")
    line = to_json(lines[0].line)
    action = line["action"] if len({one.line.action for one in lines}) == 1 else None
    trials = [
        {"suite": one.suite, "undone": one.undone, **{k: v for k, v in to_json(one.line).items() if k not in own}}
        for one in lines
    ]
    return {name: line.get(name) for name in own} | {"action": action, "trials": trials}
