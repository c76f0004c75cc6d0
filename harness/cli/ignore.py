"""``harness ignore``."""

from datetime import date, datetime
from typing import Any

import click

from harness.cli.decide import changes_shown, choice_options, reason_of, selection_of
from harness.cli.options import json_option, project_options
from harness.cli.project import project_of


@click.command(name="ignore")
@choice_options
@click.option("--reason", help="Why: kept in the manifest and log.")
@click.option("--owner", help="Who answers for it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day it holds, such as 2030-01-31.")
@click.option("--undo", "unignore", is_flag=True, help="Remove an ignore.")
@click.option("--who", help="Who decides  [default: git's user name]")
@project_options
@json_option
def command(
    run: str,
    reason: str | None,
    owner: str | None,
    until: datetime | None,
    unignore: bool,
    who: str | None,
    as_json: bool,
    **choice: Any,
) -> None:
    """Leave trials of RUN (default: latest) out of the exit code until a day.

    They are still generated, judged and shown. After that day they count again.
    """
    from harness.baseline import Baselines, choose, ignore, whoami
    from harness.baseline import unignore as take_back
    from harness.ledger import find_run

    project = project_of(choice)
    baselines = Baselines(project.baselines)
    keys = choose(find_run(project.reports, run), selection_of(choice))
    who, reason = who or whoami(), reason_of(reason, "Why may it differ for now?")
    if unignore:
        changes_shown(take_back(baselines, keys, reason=reason, who=who), "unignored", as_json=as_json)
        return
    if owner is None or until is None:
        raise click.UsageError("an ignore needs --owner NAME and --until YYYY-MM-DD: nobody forgets it for ever")
    changes = ignore(baselines, keys, reason=reason, owner=owner, until=until.date(), who=who, today=date.today())
    changes_shown(changes, "ignored", as_json=as_json)
