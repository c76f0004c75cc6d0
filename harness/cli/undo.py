"""``harness undo``."""

from typing import Any

import click

from harness.cli.decide import changes_shown
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, who_option
from harness.cli.output import echo
from harness.cli.project import project_of


@click.command(
    name="undo",
    epilog=examples(
        "harness undo  # the latest decision",
        "harness undo --decision b6f721b6baae",
    ),
)
@click.option("--decision", metavar="ID", help="An older one: its id in harness log  [default: the latest]")
@click.option("--reason", default="undone", show_default=True, help="Why: kept in the log.")
@who_option
@project_options
@json_option
def command(decision: str | None, reason: str, who: str | None, as_json: bool, **given: Any) -> None:
    """Reverse the latest decision: accepted images become what they were before.

    Repeat it to go further back, within the suites of that decision. Refused where a later decision changed one of the
    trials. An undo is a decision too: --decision with its id reverses it.
    """
    from harness.baseline import Baselines, decisions, to_undo, undo, whoami
    from harness.report import one_line

    project = project_of(given)
    baselines = Baselines(project.baselines, project.store)
    line = to_undo(decisions(baselines), decision)[0].line
    decision = line.id
    if not as_json:
        echo(one_line(f"decision {line.id}: {line.action} of {line.when} by {line.who}: {line.reason}"))
    changes_shown(undo(baselines, decision, who=who or whoami(), reason=reason), "undone", as_json=as_json)
