"""``harness accept``."""

from typing import Any

import click

from harness.cli.decide import changes_shown, choice_options, reason_of, selection_of
from harness.cli.options import json_option, project_options
from harness.cli.project import project_of


@click.command(name="accept")
@choice_options
@click.option("--reason", help="Why: kept in the manifest and log.")
@click.option("--who", help="Who accepts  [default: git's user name]")
@click.option("--also", "add", is_flag=True, help="Keep what was accepted before, and accept this as well.")
@click.option("--unproven", is_flag=True, help="Accept images that were not shown to repeat.")
@project_options
@json_option
def command(
    run: str,
    reason: str | None,
    who: str | None,
    add: bool,
    unproven: bool,
    as_json: bool,
    **choice: Any,
) -> None:
    """Make images of RUN (default: latest) the baselines.

    Without a choice, those that need a decision: new, drift, incomparable, inconclusive. Only what is meant is
    rewritten. Where an image should repeat exactly it must have been generated twice the same; where that can be done
    here at no cost, it is generated again now.
    """
    from harness.baseline import Baselines, accept, whoami
    from harness.ledger import find_run, iter_results
    from harness.report import repeat_lines
    from harness.runner import rerun

    project = project_of(choice)
    folder = find_run(project.reports, run)
    changes = accept(
        Baselines(project.baselines),
        folder,
        selection_of(choice),
        reason=reason_of(reason, "Why are these images right?"),
        who=who or whoami(),
        unproven=unproven,
        add=add,
        rerun=rerun(folder, project),
    )
    changes_shown(changes, "accepted", as_json=as_json)
    if not as_json:
        keys = {change.key for change in changes}
        for line in repeat_lines(folder, (result for result in iter_results(folder) if result.key in keys)):
            click.echo(line)
