"""``harness prune``."""

from pathlib import Path

import click

from harness.cli.decide import changes_shown
from harness.cli.options import baselines_option, json_option
from harness.cli.output import print_json


@click.command(name="prune")
@click.argument("suites", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SUITE...")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only listed.")
@click.option("--reason", default="no suite asks for it", show_default=True, help="Why: kept in the log.")
@click.option("--who", help="Who removes  [default: git's user name]")
@baselines_option
@json_option
def command(suites: tuple[Path, ...], yes: bool, reason: str, who: str | None, baselines: Path, as_json: bool) -> None:
    """List the baselines that no trial of SUITE asks for; with --yes, remove them.

    Name every suite that uses the baselines folder: what these suites do not ask for counts as left over.
    """
    from harness.baseline import Baselines, prune, whoami
    from harness.runner import RunOptions, plan_of

    store = Baselines(baselines)
    plan = plan_of(RunOptions(suites=suites, baselines=baselines))
    orphans = store.orphans(plan.keys())
    if yes:
        changes = prune(store, orphans, reason=reason, who=who or whoami()) if orphans else []
        changes_shown(changes, "removed", as_json=as_json)
    elif as_json:
        print_json({"orphans": [str(key) for key in orphans]})
    else:
        for key in orphans:
            click.echo(str(key))
        click.echo(f"{len(orphans)} baselines belong to no trial" + ("; --yes removes them" if orphans else ""))
