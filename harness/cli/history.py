"""``harness history``."""

from typing import TYPE_CHECKING, Any

import click

from harness.cli.completing import cases
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, refuse_unused
from harness.cli.output import console, print_json, say
from harness.cli.project import project_of

if TYPE_CHECKING:
    from harness.study import Change, History, Trace, Visit


@click.command(
    name="history",
    epilog=examples(
        "harness history two-circles",
        "harness history quickstart/two-circles/base-s0 --runs",
        "harness history --spend",
    ),
)
@click.argument("case", required=False, metavar="[CASE_OR_KEY]", shell_complete=cases)
@click.option("--runs", "every", is_flag=True, help="List every run, not only those that changed something.")
@click.option("--spend", is_flag=True, help="Show instead what all runs cost, by month (UTC) and provider.")
@project_options
@json_option
def command(case: str | None, every: bool, spend: bool, as_json: bool, **given: Any) -> int:
    """Show one case over all runs: verdicts, distances, images, and the runs that changed it.

    CASE_OR_KEY is a case, suite/case, or a whole key such as suite/case/base-s0. Only the runs' files are read.
    """
    project = project_of(given)
    if spend:
        refuse_unused("with --spend", "case", "every")
        from harness.cli.spend import show_spend

        return show_spend(project, as_json=as_json)
    if case is None:
        raise click.UsageError("name a case (suite/case, or a key), or say --spend for what the runs cost")
    from harness.study import history_of

    found = history_of(project.reports, case)
    if as_json:
        print_json(_json(found))
        return 0
    from harness.cli.history_rows import steady_rows, trace_rows

    screen = console()
    steady = [] if every or len(found.traces) == 1 else [trace for trace in found.traces if trace.steady]
    for trace in found.traces:
        if trace not in steady:
            screen.print(trace_rows(trace, screen, every=every), highlight=False)
    if steady:
        screen.print(steady_rows(steady, screen), highlight=False)
    for index, fault in enumerate(found.unreadable):
        say(screen, "\n" * (index == 0) + f"not read: {fault}", "yellow")
    return 0


def _json(found: "History") -> dict[str, Any]:
    return {
        "runs": found.runs,
        "trials": [_trial(trace) for trace in found.traces],
        "unreadable": [{"path": str(fault.path), "problem": str(fault)} for fault in found.unreadable],
    }


def _trial(trace: "Trace") -> dict[str, Any]:
    modes = trace.modes
    return {
        "key": trace.key,
        "runs": [_visit(visit) for visit in trace.visits],
        "modes": {"kind": modes.kind, "shares": modes.shares, "images": modes.labels} if modes else None,
        "flips": {"count": trace.flips, "of": trace.neighbors},
        "changes": [_change(change) for change in trace.changes],
    }


def _visit(visit: "Visit") -> dict[str, Any]:
    return {
        "run": visit.run,
        "started": visit.started,
        "verdict": visit.summary.outcome.verdict,
        "status": visit.summary.outcome.status,
        "reasons": visit.summary.outcome.reasons,
        "distance": visit.score,
        "images": visit.images,
        "sources": [result.source for result in visit.results],
    }


def _change(change: "Change") -> dict[str, Any]:
    return {
        "run": change.run,
        "started": change.started,
        "before": change.before,
        "verdict": change.verdict,
        "reasons": change.reasons,
        "differences": change.differences,
    }
