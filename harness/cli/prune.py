"""``harness prune``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.decide import changes_shown
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, refuse_unused, suites_argument, who_option
from harness.cli.output import echo, print_json
from harness.cli.project import project_of
from harness.errors import UsageError, nearest

if TYPE_CHECKING:
    from harness.baseline import Baselines
    from harness.records import TrialKey
    from harness.suite import Project


@click.command(
    name="prune",
    epilog=examples(
        "harness prune suites  # lists only",
        "harness prune suites --yes",
    ),
)
@suites_argument
@click.option("--suite", "gone", multiple=True, metavar="NAME", help="A suite that has no file any more.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only listed.")
@click.option("--reason", default="no suite asks for it", show_default=True, help="Why: kept in the log.")
@who_option
@project_options
@json_option
def command(gone: tuple[str, ...], yes: bool, reason: str, who: str | None, as_json: bool, **given: Any) -> None:
    """List the baselines that no trial of SUITE asks for; with --yes, remove them.

    Baselines of other suites stay and are counted; with --suite NAME those of a suite whose file is gone are left over
    too. A case that was renamed: harness rename. What was removed comes back with harness undo.
    """
    from harness.baseline import Baselines, prune, whoami
    from harness.report import plural

    if not yes:
        refuse_unused("without --yes", "reason", "who")
    named = given.pop("suites")
    project = project_of(given)
    store = Baselines(project.baselines)
    keys = _keys(project, named, gone)
    present = {key.suite for key in keys}
    _refuse_names(gone, present, store.suites())
    orphans = store.orphans(keys, gone)
    others = {
        suite: count for suite in store.suites() if suite not in present | {*gone} and (count := _left(store, suite))
    }
    if yes:
        changes = prune(store, orphans, reason=reason, who=who or whoami()) if orphans else []
        changes_shown(changes, "removed", as_json=as_json)
    elif as_json:
        print_json({"orphans": [str(key) for key in orphans], "other_suites": others})
    else:
        from harness.report import one_line

        for key in orphans:
            echo(one_line(str(key)))
        belong = f"{plural(len(orphans), 'baseline')} {'belongs' if len(orphans) == 1 else 'belong'} to no trial"
        echo(belong + ("; --yes removes them" if orphans else ""))
        for suite, count in others.items():
            name = one_line(suite)
            echo(f"{plural(count, 'baseline')} of {name}, another suite; where its file is gone: --suite {name}")


def _keys(project: "Project", named: tuple[Path, ...], gone: tuple[str, ...]) -> list["TrialKey"]:
    """Return the trials of the suites that are there; none where the last one is gone."""
    from harness.runner import RunOptions, plan_of

    try:
        suites = named or project.suite_paths()
    except UsageError:
        if not gone:
            raise
        return []
    return list(plan_of(RunOptions(suites, baselines=project.baselines, project=project)).keys())


def _refuse_names(gone: tuple[str, ...], present: set[str], stored: list[str]) -> None:
    for name in gone:
        if name in present:
            raise UsageError(f"the suite {name} is not gone: it has trials", "leave out --suite")
        if name not in stored:
            raise UsageError(f"nothing is accepted for a suite {name!r:.80}", nearest(name, stored))


def _left(store: "Baselines", suite: str) -> int:
    """Return how many trials of a suite have baselines; none where tests made its images, which no file names."""
    manifest = store.manifest(suite)
    accepted = {key: manifest.accepted(key) for key in manifest.trials()}
    return sum(not items or items[0].recipe.subject.kind != "pytest" for items in accepted.values())
