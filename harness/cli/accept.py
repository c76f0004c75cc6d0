"""``harness accept``."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.decide import changes_shown, decided, decision_options
from harness.cli.examples import examples
from harness.cli.options import refuse_unused
from harness.cli.output import echo
from harness.cli.project import project_of
from harness.errors import warn

if TYPE_CHECKING:
    from harness.suite import Project


@click.command(
    name="accept",
    epilog=examples(
        'harness accept --reason "they show what was asked"',
        'harness accept latest --case "two-*" --verdict drift --reason "new weights"',
        'harness accept --key quickstart/house/base-s0 --also --reason "valid too"',
        "harness accept --from decisions.json",
    ),
)
@decision_options
@click.option("--also", "add", is_flag=True, help="Keep the accepted images and add these.")
@click.option(
    "--from",
    "marks",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the decisions that a report's page exported; - is standard input.",
)
@click.option("--unproven", is_flag=True, help="Accept images that were not shown to repeat.")
def command(add: bool, unproven: bool, marks: Path | None, as_json: bool, **given: Any) -> None:
    """Make images of RUN (default: latest) the baselines.

    Without a selection, those that need a decision: new, drift, incomparable, inconclusive. Other baselines are not
    changed. An image that should repeat exactly must have been generated twice with equal pixels; where that costs
    nothing, it is generated again now.

    With --from all decisions of a file are written at once: accepted, rejected and ignored trials. Nothing is written
    where an image or a baseline is not the one that was looked at.
    """
    if marks is not None:
        refuse_unused("with --from", "add", "keys", "cases", "variants", "seeds", "in_suites", "verdicts")
        _submit(marks, given, unproven=unproven, as_json=as_json)
        return
    from harness.baseline import accept
    from harness.ledger import read_run
    from harness.report import repeat_lines
    from harness.runner import rerun

    project, baselines, folder, chosen, signed = decided(given, "Why are these images right?")
    if settings := read_run(folder).arguments.get("set"):
        changed = ", ".join(f"{name}={value}" for name, value in settings.items())
        warn(f"the run was made with --set {changed}: the images are not those of the suite's own settings")
    again = rerun(folder, project)
    changes = accept(baselines, folder, chosen, **signed, unproven=unproven, add=add, rerun=again)
    changes_shown(changes, "accepted", as_json=as_json, run=folder)
    _push_next(project, as_json=as_json)
    if not as_json:
        for line in repeat_lines(folder, {change.key for change in changes}):
            echo(line)


def _submit(file: Path, given: dict[str, Any], *, unproven: bool, as_json: bool) -> None:
    """Write the decisions of a file over the run that they name."""
    from datetime import date

    from harness.baseline import MOST_BYTES, Baselines, DecisionsError, read_marks, run_to_decide, submit, whoami
    from harness.runner import rerun

    project = project_of(given)
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
    except OSError as fault:
        raise DecisionsError(file, f"cannot be read: {str(fault.strerror).lower()}") from fault
    marks = read_marks(data, file)
    folder = run_to_decide(project.reports, marks.run if given["run"] == "latest" else given["run"])
    if given["reason"]:
        marks = replace(marks, reason=given["reason"])
    changes = submit(
        Baselines(project.baselines, project.store), folder, marks, who=given["who"] or whoami(), today=date.today(),
        unproven=unproven, rerun=rerun(folder, project),
    )  # fmt: skip
    changes_shown(changes, "decided", as_json=as_json, run=folder)
    _push_next(project, as_json=as_json)


def _push_next(project: "Project", *, as_json: bool) -> None:
    """Say how the images get to the store, where there is one: not by themselves, since a decision needs neither a
    network nor credentials, and can be undone."""
    if project.store is not None and not as_json:
        echo("next:  harness store push")
