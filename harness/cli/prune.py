"""``harness prune``."""

from typing import Any

import click

from harness.cli.decide import changes_shown
from harness.cli.options import json_option, project_options, refuse_unused, suites_argument, who_option
from harness.cli.output import echo, print_json
from harness.cli.project import project_of


@click.command(name="prune")
@suites_argument
@click.option("--yes", is_flag=True, help="Remove them; without it they are only listed.")
@click.option("--reason", default="no suite asks for it", show_default=True, help="Why: kept in the log.")
@who_option
@project_options
@json_option
def command(yes: bool, reason: str, who: str | None, as_json: bool, **given: Any) -> None:
    """List the baselines that no trial of SUITE asks for; with --yes, remove them.

    Name every suite that uses the baselines folder: what these suites do not ask for counts as left over.
    A case that was renamed: harness rename. What was removed comes back with harness undo.
    """
    from harness.baseline import Baselines, prune, whoami
    from harness.runner import RunOptions, plan_of

    if not yes:
        refuse_unused("without --yes", "reason", "who")
    project = project_of(given)
    store = Baselines(project.baselines)
    plan = plan_of(RunOptions(given["suites"], baselines=project.baselines, project=project))
    orphans = store.orphans(plan.keys())
    if yes:
        changes = prune(store, orphans, reason=reason, who=who or whoami()) if orphans else []
        changes_shown(changes, "removed", as_json=as_json)
    elif as_json:
        print_json({"orphans": [str(key) for key in orphans]})
    else:
        from harness.report import one_line

        for key in orphans:
            echo(one_line(str(key)))
        echo(f"{len(orphans)} baselines belong to no trial" + ("; --yes removes them" if orphans else ""))
