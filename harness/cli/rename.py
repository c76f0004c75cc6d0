"""``harness rename``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.decide import changes_shown
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, who_option
from harness.cli.project import project_of
from harness.errors import UsageError, nearest

if TYPE_CHECKING:
    from harness.suite import Project


@click.command(
    name="rename",
    epilog=examples(
        "harness rename quickstart/house quickstart/cottage",
        "harness rename --profile quickstart/gpu quickstart/gpu_name",
    ),
)
@click.argument("old", metavar="SUITE/OLD")
@click.argument("new", metavar="SUITE/NEW")
@click.option(
    "--profile", is_flag=True, help="Rename a field of profiles (SUITE/gpu SUITE/gpu_name), or one of its values."
)
@click.option("--reason", default="renamed", show_default=True, help="Why: kept in the log.")
@who_option
@project_options
@json_option
def command(old: str, new: str, profile: bool, reason: str, who: str | None, as_json: bool, **given: Any) -> None:
    """Give the baselines of a case the name that it has in the suite now.

    Images, noise floors and ignores move with it. Refused where the suite has no case of that name: looked for in the
    project's suites, and in those of its latest run.
    """
    from harness.baseline import Baselines, rename, rename_profile, whoami

    project = project_of(given)
    if not profile:
        _refuse_unknown(project, new)
    baselines = Baselines(project.baselines, project.store)
    move = rename_profile if profile else rename
    changes_shown(move(baselines, old, new, who=who or whoami(), reason=reason), "renamed", as_json=as_json)


def _refuse_unknown(project: "Project", new: str) -> None:
    """Raise UsageError where the suite is found and has no such case."""
    from harness.suite import load

    suite, _, case = new.partition("/")
    paths = _suites(project)
    own = [one for one in load(paths, project=project).suites if one.name == suite] if paths else []
    cases = {one.id for found in own for one in found.cases}
    if own and case not in cases:
        raise UsageError(f"the suite {suite} has no case {case!r:.80}", nearest(case, cases))


def _suites(project: "Project") -> list[Path]:
    """Return the suites of the project, and those of its latest run that are still there."""
    from harness.ledger import recorded_runs

    try:
        found = list(project.suite_paths())
    except UsageError:
        found = []
    latest = next((record.suites for _, record in recorded_runs(project.reports)), ())
    return found + [path for path in map(Path, latest) if path.exists()]
