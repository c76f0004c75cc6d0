"""``harness accept``."""

from typing import Any

import click

from harness.cli.decide import changes_shown, decided, decision_options
from harness.cli.output import echo
from harness.errors import warn


@click.command(name="accept")
@decision_options
@click.option("--also", "add", is_flag=True, help="Keep the accepted images and add these.")
@click.option("--unproven", is_flag=True, help="Accept images that were not shown to repeat.")
def command(add: bool, unproven: bool, as_json: bool, **given: Any) -> None:
    """Make images of RUN (default: latest) the baselines.

    Without a selection, those that need a decision: new, drift, incomparable, inconclusive. Other baselines are not
    changed. An image that should repeat exactly must have been generated twice with equal pixels; where that costs
    nothing, it is generated again now.
    """
    from harness.baseline import accept
    from harness.ledger import iter_results, read_run
    from harness.report import repeat_lines
    from harness.runner import rerun

    project, baselines, folder, chosen, signed = decided(given, "Why are these images right?")
    if settings := read_run(folder).arguments.get("set"):
        changed = ", ".join(f"{name}={value}" for name, value in settings.items())
        warn(f"the run was made with --set {changed}: the images are not those of the suite's own settings")
    again = rerun(folder, project)
    changes = accept(baselines, folder, chosen, **signed, unproven=unproven, add=add, rerun=again)
    changes_shown(changes, "accepted", as_json=as_json, run=folder)
    if not as_json:
        keys = {change.key for change in changes}
        for line in repeat_lines(folder, (result for result in iter_results(folder) if result.key in keys)):
            echo(line)
