"""``harness audit``."""

from pathlib import Path
from typing import Any

import click

from harness.cli.approval import allowed
from harness.cli.examples import examples
from harness.cli.options import (
    Pairs,
    generating_options,
    json_option,
    pairs_of,
    project_options,
    refuse_unused,
    repeats_option,
)
from harness.cli.output import console, print_json, print_reported, say, table
from harness.cli.project import generates_here, project_of
from harness.errors import EXIT_FINDING, EXIT_INTERRUPTED, EXIT_NO_IMAGE, EXIT_OK, UsageError
from harness.vocabulary import REPEATS, Go, Stop, StudyKind


@click.command(
    name="audit",
    epilog=examples(
        "harness audit suites/quickstart.yaml --a quality=standard --b quality=draft",
        "harness audit suites/fox.yaml --b model=fox-2 --until decided --budget 5",
        "harness audit reports/before reports/after  # two stored runs",
    ),
)
@click.argument("what", nargs=-1, metavar="[SUITE]... | RUN_A RUN_B")
@click.option("--a", multiple=True, type=Pairs(), help="Settings of arm A: quality=hd,model=painter@1 …")
@click.option("--b", multiple=True, type=Pairs(), help="Settings of arm B.")
@click.option("--set", "shared", multiple=True, type=Pairs(), help="Settings of both arms.")
@repeats_option(REPEATS[StudyKind.AUDIT], most=100)
@click.option(
    "--until",
    type=click.Choice(["decided"]),
    help="Go on with twice the repeats, up to eight times as many, until go or no-go is decided.",
)
@generating_options
@project_options
@json_option
def command(
    what: tuple[str, ...],
    a: tuple[dict[str, str], ...],
    b: tuple[dict[str, str], ...],
    shared: tuple[dict[str, str], ...],
    until: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Compare two arms with each other: providers, models, settings, or two stored runs.

    With a SUITE both arms are generated in turn, A1 B1 A2 B2, so that each prompt's change is judged against what
    repeats of one arm differ by. Say --a and --b as for `run --set`; an arm without settings is the suite as it is
    written. Two RUNs are compared as they are stored.

    The first line is the answer: GO (equivalence with A is shown), NO-GO (a change is shown) or UNDECIDED.

    Exit code 0: nothing changed beyond the control; 1: something did, or --until found no answer; 3: only missing
    images.
    """
    given["suites"] = tuple(map(Path, what)) if a or b else (Path(),)
    project = project_of(given)
    if a or b:
        generates_here(project)
    else:
        why = "without --a or --b: stored runs are compared as they are"
        refuse_unused(
            why, "shared", "repeats", "cases", "tags", "budget", "live", "timeout", "resume", "dry_run", "until"
        )
        return _runs(what, project, as_json=as_json)
    from harness.study import AuditSpec, unfinished_audit

    spec = AuditSpec(
        suites=given["suites"],
        a=pairs_of((*shared, *a), "--a"),
        b=pairs_of((*shared, *b), "--b"),
        project=project,
        until_decided=until is not None,
        **{name: given[name] for name in ("cases", "tags", "repeats")},
    )
    resume = None if given["resume"] is None else unfinished_audit(project.reports, given["resume"], spec)
    if given["dry_run"]:
        return _dry_run(spec, resume, as_json=as_json)
    return _suite(spec, project, given, resume, as_json=as_json)


def _suite(spec: Any, project: Any, given: dict[str, Any], resume: Path | None, *, as_json: bool) -> int:
    from harness.cli.study_progress import GenerationProgress
    from harness.generation import cost_of
    from harness.report import plural
    from harness.study import AuditOptions, audit_suite, estimates_of_arms, plan_audit

    rows = [row for _, row in estimates_of_arms(plan_audit(spec), resume)]
    cost, what = cost_of(rows), plural(sum(row.trials for row in rows), "image")
    with (
        allowed(project, what, cost, given, resume=resume) as left,
        GenerationProgress(console(stderr=as_json)) as progress,
    ):
        _, folder = audit_suite(spec, AuditOptions(project.reports, left, given["timeout"], resume), progress)
    return report(folder, as_json=as_json)


def _runs(what: tuple[str, ...], project: Any, *, as_json: bool) -> int:
    from harness.ledger import find_run
    from harness.study import audit_runs

    if len(what) != 2:
        raise UsageError(
            "an audit needs two arms", "say --a and --b for a suite (--b quality=draft), or name two stored runs"
        )
    reports = project.reports
    _, folder = audit_runs(find_run(reports, what[0]), find_run(reports, what[1]), reports, project.viewers)
    return report(folder, as_json=as_json)


def report(folder: Path, *, as_json: bool) -> int:
    """Write the report of an audit that is there, print it, and return its exit code."""
    from harness.ledger import read_audit
    from harness.report import go_line, print_audit, write_audit_report

    audit, written = read_audit(folder), write_audit_report(folder)
    if as_json:
        print_reported("audit", audit, folder, written, line=go_line(audit))
    else:
        print_audit(console(), audit, folder, written["html"])
    return exit_code(audit)


def exit_code(audit: Any) -> int:
    """Return 130: interrupted; 1: a change, or a prompt that could not be judged; 3: only missing images; 0: else."""
    if audit.stopped == Stop.INTERRUPTED:
        return EXIT_INTERRUPTED
    if audit.differs or audit.inconclusive:
        return EXIT_FINDING
    if audit.looks and not audit.stopped and audit.go == Go.UNDECIDED:
        return EXIT_FINDING
    missing = audit.missing or audit.a.refused or audit.b.refused or audit.a.failed or audit.b.failed
    return EXIT_NO_IMAGE if missing or audit.stopped or not audit.changed.n else EXIT_OK


def _dry_run(spec: Any, resume: Path | None, *, as_json: bool) -> int:
    from harness.generation import cost_of
    from harness.report import about_cost, show_price
    from harness.study import estimates_of_arms, plan_audit

    rows = list(estimates_of_arms(plan_audit(spec), resume))
    images, cost = sum(row.trials for _, row in rows), cost_of(row for _, row in rows)
    if as_json:
        arms = [{"arm": arm, "provider": row.provider, "images": row.trials, "cost": row.cost} for arm, row in rows]
        print_json({"images": images, "cost": cost, "arms": arms})
        return EXIT_OK
    listed = table("arm", "provider", right=("images", "cost"))
    for arm, row in rows:
        listed.add_row(arm, row.provider, f"{row.trials:,}", show_price(row.cost))
    screen = console()
    screen.print(listed)
    say(screen, f"\n{images:,} images, {about_cost(cost)}; nothing was generated")
    return EXIT_OK
