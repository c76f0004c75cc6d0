"""``harness ci``: what a run says in a pull request."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.completing import runs
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import console, echo, print_json, say
from harness.cli.project import project_of

if TYPE_CHECKING:
    from harness.records import RunRecord
    from harness.suite import Plan, Project


@click.group(name="ci")
def command() -> None:
    """Report a run in a pull request of GitHub or GitLab."""


@command.command(
    name="comment",
    epilog=examples(
        "harness ci comment --print  # look at it; nothing is sent",
        "harness ci comment --link https://ci.example/artifacts/17",
    ),
)
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--link", default="", metavar="URL", help="Where the report can be opened, such as the job's artifacts.")
@click.option("--image", default="", metavar="URL", help="Where contact-sheet.png of the run's folder is published.")
@click.option("--name", default="", help="Tells several reports of one pull request apart  [default: the suites]")
@click.option("--no-status", is_flag=True, help="Write the comment only.")
@click.option("--print", "only_print", is_flag=True, help="Print the Markdown; nothing is sent.")
@project_options
@json_option
def comment(
    run: str, link: str, image: str, name: str, no_status: bool, only_print: bool, as_json: bool, **given: Any
) -> int:
    """Write one comment about RUN (default: latest) in the pull request of this job, and the status of its commit.

    The comment of an earlier push is replaced. GitHub: GITHUB_TOKEN with pull-requests and statuses: write. GitLab:
    GITLAB_TOKEN of the project with the scope api. A job for a fork has no such token: run it in a workflow of its own
    (docs/ci.md). The exit code says nothing about the images.
    """
    from harness.ledger import find_run, read_run
    from harness.report import host_of, reported_run, with_image, write_contact_sheet
    from harness.runner import exit_code

    project = project_of(given)
    folder = find_run(project.reports, run)
    record = read_run(folder)
    fine, reported = exit_code(record) == 0, reported_run(folder, name=name, link=link)
    sheet = write_contact_sheet(folder, project.located(record.baselines), reported.tally.findings)
    if only_print:
        echo(with_image(reported, image) if image and sheet else reported.body)
        return 0
    with host_of(os.environ) as host:
        shown = image if sheet and image else (host.upload(sheet) if sheet else None)
        where = host.comment(reported.marker, with_image(reported, shown) if shown else reported.body)
        if not no_status:
            host.status(fine=fine, text=reported.summary, link=link)
    if as_json:
        print_json({"comment": where, "status": None if no_status else reported.summary, "fine": fine})
    else:
        say(console(), f"comment: {where}")
    return 0


@command.command(name="code-quality", epilog=examples("harness ci code-quality --output code-quality.json"))
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--output", type=click.Path(path_type=Path), help="The file  [default: code-quality.json of the run]")
@project_options
def code_quality(run: str, output: Path | None, **given: Any) -> int:
    """Write the findings of RUN (default: latest) as GitLab's code quality report, each at the line of its case."""
    from harness.ledger import atomic_write, find_run, read_run
    from harness.report import code_quality_report, shown_path

    project = project_of(given)
    folder = find_run(project.reports, run)
    record = project.reached(read_run(folder))
    path = output or folder / "code-quality.json"
    atomic_write(path, code_quality_report(folder, record, _lines_of(record, project)))
    echo(shown_path(path))
    return 0


def lines_of(plan: "Plan") -> dict[tuple[str, str], str]:
    """Return ``file:line`` of each case by suite and case, the file as the repository's root reaches it where the
    service names that folder."""
    root = os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or "."
    found = {}
    for suite in plan.suites:
        for case in suite.cases:
            path, colon, line = case.where.rpartition(":")
            found[suite.name, case.id] = f"{Path(os.path.relpath(path, root)).as_posix()}{colon}{line}" if path else ""
    return found


def _lines_of(record: "RunRecord", project: "Project") -> dict[tuple[str, str], str]:
    """Return the lines of a recorded run's cases; none where its suites cannot be read."""
    from harness.errors import HarnessError, warn
    from harness.runner import RunOptions, plan_of

    try:
        return lines_of(plan_of(RunOptions(tuple(map(Path, record.suites)), project=project), probing=True))
    except HarnessError as fault:
        warn(f"the lines of the cases are not known: {fault}")
        return {}
