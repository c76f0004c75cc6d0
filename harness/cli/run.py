"""``harness run``."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness.cli.approval import allowed
from harness.cli.examples import examples
from harness.cli.options import (
    Pairs,
    Shard,
    Verdicts,
    generating_options,
    json_option,
    pairs_of,
    project_options,
    refuse_unused,
    repeats_option,
    single_file_option,
    suites_argument,
)
from harness.cli.output import console, print_json, print_reported, say
from harness.cli.project import budget_reached, in_force, project_of
from harness.records import to_json
from harness.vocabulary import ExecutorKind, Stop, values_of


@click.command(
    name="run",
    epilog=examples(
        "harness run                                  # every suite of the project",
        "harness run suites/quickstart.yaml --case 'two-*'",
        "harness run suites --set quality=draft       # what would this change do?",
        "harness run --changed origin/main            # only what changed since then",
        "harness run --failed                         # once more what needs a look",
        "harness run --shard 1/4 --replay recordings  # a part of it, without a key",
        "harness run --resume --rerun failed          # go on, and try failures again",
    ),
)
@suites_argument
@click.option(
    "--set", "overrides", multiple=True, type=Pairs(), help="Change a setting: quality=draft, model=painter@1 …"
)
@generating_options
@click.option(
    "--failed",
    is_flag=False,
    flag_value="latest",
    metavar="[NAME]",
    help="Only trials with a finding or without an image in this run  [if no NAME: the latest]",
)
@click.option(
    "--changed",
    is_flag=False,
    flag_value="HEAD",
    metavar="[REVISION]",
    help="Only trials that changed since this revision of git  [if none is named: HEAD]",
)
@repeats_option(1)
@click.option("--shard", type=Shard(), help="Only part I of N, the same on every machine.")
@click.option("--require-generated", is_flag=True, help="Refuse images from a cache or a replay.")
@click.option(
    "--cache",
    is_flag=False,
    flag_value=".harness-cache",
    type=click.Path(path_type=Path),
    metavar="[DIR]",
    help="Reuse seeded images from this cache  [if no DIR is named: .harness-cache]",
)
@click.option("--record", type=click.Path(path_type=Path), metavar="DIR", help="Record every exchange with a provider.")
@click.option(
    "--replay", type=click.Path(path_type=Path), metavar="DIR", help="Replay a recording: no network, no key."
)
@click.option(
    "--rerun", default=(), type=Verdicts(), metavar="VERDICTS",
    help="With --resume: generate what failed again (failed, refused); never what has an image.",
)  # fmt: skip
@click.option(
    "--effect", default=3.0, show_default=True, type=click.FloatRange(0, min_open=True), metavar="SD",
    help="Size of the change whose power --dry-run reports for sets.",
)  # fmt: skip
@click.option(
    "--executor",
    type=click.Choice(list(values_of(ExecutorKind))),
    help="Where to generate: on this machine, or a Ray cluster  [default: the project's, else local]",
)
@project_options
@single_file_option
@json_option
def command(overrides: tuple[dict[str, str], ...], as_json: bool, **given: Any) -> int:
    """Generate a suite and judge every image against its baseline.

    SUITE is a YAML file or a folder of them; without any, the project's are run.
    A run never accepts anything: its images stay in its folder.
    """
    from harness.runner import RunOptions, plan_of

    dry_run, single_file, resume = given.pop("dry_run"), given.pop("single_file"), given.pop("resume")
    effect = given.pop("effect")
    if resume is None:
        refuse_unused("without --resume: it generates trials of an earlier run again", "rerun")
    if not dry_run:
        refuse_unused("without --dry-run", "effect")
    live, budget, project = given.pop("live"), given["budget"], project_of(given)
    suites = [Path(project.recorded(suite)) for suite in given["suites"]]
    folder = None
    if resume is not None:
        from harness.runner import unfinished

        folder = unfinished(project.reports, resume, suites, given["rerun"])
    if given["failed"] is not None:
        from harness.ledger import find_run
        from harness.runner import ended_run_of

        given["failed"] = find_run(project.reports, given["failed"], fits=ended_run_of(suites))
    if given["changed"] is not None:
        from harness.runner import resolved

        given["changed"] = resolved(given["changed"])
    options = RunOptions(
        overrides=pairs_of(overrides), resume=folder, executor=project.executor, **given | in_force(project)
    )
    plan = plan_of(options)
    if (options.failed or options.changed) and not plan.count():
        return _nothing(options, as_json=as_json)
    if dry_run:
        from harness.cli.dry_run import dry_run as show

        return show(plan, options, effect=effect, as_json=as_json)
    from harness.generation import cost_of
    from harness.report import plural
    from harness.runner import estimate

    rows = estimate(plan, options)
    what = plural(sum(row.trials for row in rows), "trial")
    with allowed(project, what, cost_of(rows), {"live": live, "budget": budget}, resume=folder) as left:
        return _run(plan, replace(options, budget=left), cost_of(rows), as_json=as_json, single_file=single_file)


def _nothing(options: Any, *, as_json: bool) -> int:
    """Report that no trial is left to generate: no run is written, and the exit code is 0."""
    changed = options.changed and f"changed since {options.changed[:12]}"
    why = " and ".join(filter(None, (options.failed and f"needs another look in {options.failed.name}", changed)))
    if as_json:
        print_json({"trials": 0, "exit_code": 0, "note": f"no trial {why}"})
    else:
        say(console(), f"no trial {why}: nothing to generate")
    return 0


def _again(record: Any, cost: float | None) -> list[str]:
    """Return the options that no record holds, for a command that goes on with it: where the budget was reached, that
    of the whole ``cost`` in US dollars."""
    from harness.report import shown_path
    from harness.runner import enough

    given = click.get_current_context().params
    budget: float | None = given["budget"]
    if record.stopped == Stop.BUDGET:
        budget = None if cost is None or enough(cost) <= (budget or 0) else enough(cost)
    kept = {
        "--config": given["config"] and shown_path(given["config"]),
        "--budget": None if budget is None else f"{budget:g}",
        "--timeout": given["timeout"] and f"{given['timeout']:g}",
        "--executor": given["executor"],
    }
    kept["--env"] = ",".join(f"{name}={value}" for name, value in pairs_of(given["env"], "--env").items()) or None
    flags = [f"--{name.replace('_', '-')}" for name in ("live", "require_generated") if given[name]]
    return [word for name, value in kept.items() if value is not None for word in (name, value)] + flags


def _run(plan: Any, options: Any, cost: float | None, *, as_json: bool, single_file: bool) -> int:
    from harness.cli.ci import lines_of
    from harness.ledger import iter_results
    from harness.report import (
        Tally,
        TerminalListener,
        append_step_summary,
        print_summary,
        write_annotations,
        write_report,
    )
    from harness.runner import execute, exit_code

    # with --json standard output holds the one document and nothing else
    screen = console(stderr=as_json)
    with TerminalListener(screen) as listener:
        record, folder = execute(plan, options, [listener])
    tally, again = Tally(), _again(record, cost)
    written = write_report(folder, baselines=options.baselines, single_file=single_file, tally=tally, again=again)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        write_annotations(sys.stderr, record, tally, lines_of(plan))
        append_step_summary(written["markdown"])
    if as_json:
        stored = {name: {"folder": str(place), **to_json(size)} for name, place, size in _stored(options)}
        trials = list(iter_results(folder))
        print_reported("run", record, folder, written, exit_code=exit_code(record), trials=trials, **stored)
    else:
        reached = options.project.reached(record)
        print_summary(screen, reached, tally, folder, report=written["html"], again=again)
        _print_rest(screen, record, options, plan.warnings)
    return exit_code(record)


def _print_rest(screen: Any, record: Any, options: Any, warnings: tuple[str, ...]) -> None:
    from harness.report import plural

    if record.stopped == Stop.BUDGET:
        say(screen, budget_reached(options.project, options.budget))
    if record.orphans:
        shown = ", ".join(record.orphans[:3]) + (" …" if len(record.orphans) > 3 else "")
        count = len(record.orphans)
        what = f"{plural(count, 'baseline')} {'belongs' if count == 1 else 'belong'} to no trial"
        say(screen, f"{what} ({shown}): harness prune")
    for name, folder, size in _stored(options):
        answers = f"; --replay {folder} answers from it" if name == "record" else ""
        say(screen, f"{name + ':':<7} {folder} ({size}){answers}")
    for note in record.notes or ():
        if note not in warnings:
            say(screen, f"note:   {note}")


def _stored(options: Any) -> Iterator[tuple[str, Path, Any]]:
    """Yield what the cache or the recording of this run holds now."""
    from harness.generation import SharedFolder

    for name in ("cache", "record"):
        if (folder := getattr(options, name)) is not None:
            yield name, folder, SharedFolder(folder).size()
