"""``harness export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.completing import runs
from harness.cli.examples import examples
from harness.cli.options import project_options
from harness.cli.output import TerminalStream
from harness.cli.project import project_of

if TYPE_CHECKING:
    from harness.records import TrialResult


@click.command(name="export", epilog=examples("harness export latest --csv run.csv"))
@click.argument("run", default="latest", shell_complete=runs)
@click.option(
    "--csv", "table", is_flag=False, flag_value="-", default="-", metavar="[FILE]",
    help="Write a table with a row a trial  [if no FILE is named: to standard output]",
)  # fmt: skip
@project_options
def command(run: str, table: str, **given: Any) -> None:
    """Write the trials of RUN (default: latest) as CSV: verdict, codes, times, cost, and every metric.

    docs/export.md lists the columns.
    """
    from harness.ledger import find_run, iter_results
    from harness.report import replacing, write_csv

    # one order, whatever finished first
    found = iter_results(find_run(project_of(given).reports, run))
    results = sorted(found, key=_order)
    if table == "-":
        write_csv(TerminalStream(), results)
        return
    with replacing(Path(table)) as stream:
        write_csv(stream, results)


def _order(result: "TrialResult") -> tuple[Any, ...]:
    key = result.key
    return key.suite, key.case, key.variant, -1 if key.seed is None else key.seed, result.attempt
