"""``harness query``."""

from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import TerminalStream, console, print_json, say
from harness.cli.project import project_of

if TYPE_CHECKING:
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
    from rich.table import Table
    from rich.text import Text

    screen = console()
    table = Table(box=None, pad_edge=False)
    for name in answer.columns:
        table.add_column(Text(name), overflow="fold")
    for row in answer.rows[:SHOWN]:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    screen.print(table)
    if (more := len(answer.rows) - SHOWN) > 0:
        say(screen, f"{more} more rows: --csv and --json write all", "yellow")
    for fault in answer.unreadable:
        say(screen, f"not read: {fault}", "yellow")


def _json(answer: "QueryAnswer") -> dict[str, Any]:
    rows = [
        [cell if isinstance(cell, (str, int, float, bool, type(None))) else str(cell) for cell in row]
        for row in answer.rows
    ]
    unreadable = [{"path": str(fault.path), "problem": str(fault)} for fault in answer.unreadable]
    return {"columns": answer.columns, "rows": rows, "unreadable": unreadable}
