"""``harness reject``."""

from typing import Any

import click

from harness.cli.decide import changes_shown, choice_options, reason_of, selection_of
from harness.cli.options import json_option, project_options
from harness.cli.project import project_of


@click.command(name="reject")
@choice_options
@click.option("--reason", help="Why: kept in the log.")
@click.option("--who", help="Who rejects  [default: git's user name]")
@click.option("--baseline", is_flag=True, help="Remove the accepted image: it is the one that is wrong.")
@project_options
@json_option
def command(
    run: str,
    reason: str | None,
    who: str | None,
    baseline: bool,
    as_json: bool,
    **choice: Any,
) -> None:
    """Record that images of RUN (default: latest) are wrong. What was accepted stays."""
    from harness.baseline import Baselines, reject, whoami
    from harness.ledger import find_run

    project = project_of(choice)
    changes = reject(
        Baselines(project.baselines),
        find_run(project.reports, run),
        selection_of(choice),
        reason=reason_of(reason, "What is wrong with them?"),
        who=who or whoami(),
        baseline=baseline,
    )
    changes_shown(changes, "rejected", as_json=as_json)
