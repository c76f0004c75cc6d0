"""``harness query``."""

from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import TerminalStream, console, print_json, say
from harness.cli.project import project_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

    from harness.report import QueryAnswer

SHOWN = 200
"""Rows that are shown in a terminal; --csv and --json write all."""


@click.command(
    name="query",
    epilog=examples(
        'harness query "select verdict, count(*) from trials group by all"',
        'harness query "select run, ssim from trials order by started" --csv',
    ),
)
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV.")
@project_options
@json_option
def command(sql: str, as_csv: bool, as_json: bool, **given: Any) -> int:
    """Ask in SQL about the trials of all runs: SQL selects from the table `trials`.

    Its columns are `run`, `started` and those of `harness export` (docs/export.md); write "case" in double quotes.
    Needs the extra `query` (DuckDB). A file trials.parquet is kept beside the ledger of each run.
    """
    from harness.errors import warn
    from harness.report import query, write_rows

    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two forms of one answer: choose one")
    answer = query(project_of(given).reports, sql)
    if as_json:
        print_json(_json(answer))
    elif as_csv:
        write_rows(TerminalStream(), answer.columns, answer.rows)
        for fault in answer.unreadable:
            warn(f"not read: {fault}")
    else:
        _print(answer)
    return 0


def _print(answer: "QueryAnswer") -> None:
    """Print a table, or the cells of each row below each other where the columns do not fit beside each other."""
    from rich.measure import Measurement
    from rich.text import Text

    screen = console()
    names = [Text(name, "bold") for name in answer.columns]
    rows = [[Text("" if cell is None else str(cell)) for cell in row] for row in answer.rows[:SHOWN]]
    shown = _table([names, *rows])
    if rows and Measurement.get(screen, screen.options.update(max_width=100_000), shown).minimum > screen.width:
        for row in rows:
            screen.print(_table(zip(names, row, strict=True)), "")
    else:
        screen.print(shown)
    if (more := len(answer.rows) - SHOWN) > 0:
        say(screen, f"{more} more rows: --csv and --json write all", "yellow")
    for fault in answer.unreadable:
        say(screen, f"not read: {fault}", "yellow")


def _table(rows: "Iterable[Iterable[Text]]") -> "Table":
    from rich.table import Table

    made = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        made.add_row(*row)
    for column in made.columns:
        column.overflow = "fold"
    return made


def _json(answer: "QueryAnswer") -> dict[str, Any]:
    rows = [
        [cell if isinstance(cell, (str, int, float, bool, type(None))) else str(cell) for cell in row]
        for row in answer.rows
    ]
    unreadable = [{"path": str(fault.path), "problem": str(fault)} for fault in answer.unreadable]
    return {"columns": answer.columns, "rows": rows, "unreadable": unreadable}
