"""``harness rename``."""

from typing import Any

import click

from harness.cli.decide import changes_shown
from harness.cli.options import json_option, project_options, who_option
from harness.cli.project import project_of


@click.command(name="rename")
@click.argument("old", metavar="SUITE/OLD")
@click.argument("new", metavar="SUITE/NEW")
@click.option("--reason", default="renamed", show_default=True, help="Why: kept in the log.")
@who_option
@project_options
@json_option
def command(old: str, new: str, reason: str, who: str | None, as_json: bool, **given: Any) -> None:
    """Give the baselines of a case the name that it has in the suite now.

    Images, noise floors and ignores move with it.
    """
    from harness.baseline import Baselines, rename, whoami

    baselines = Baselines(project_of(given).baselines)
    changes_shown(rename(baselines, old, new, who=who or whoami(), reason=reason), "renamed", as_json=as_json)
