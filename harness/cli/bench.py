"""``harness bench``."""

from dataclasses import replace
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
    repeats_option,
    suites_argument,
)
from harness.cli.output import console, print_json, print_reported, say, table
from harness.cli.project import generates_here, project_of
from harness.vocabulary import REPEATS, Quality, Stop, StudyKind, values_of


@click.command(
    name="bench",
    epilog=examples(
        "harness bench suites/quickstart.yaml --quality draft --quality hd",
        "harness bench suites/quickstart.yaml --concurrency 1 --concurrency 4",
    ),
)
@suites_argument
@click.option("--provider", "providers", multiple=True, metavar="NAME", help="A provider; may be repeated.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="A model; may be repeated.")
@click.option(
    "--quality",
    "qualities",
    multiple=True,
    type=click.Choice(values_of(Quality)),
    help="A quality tier; may be repeated.  [default: all that the provider has]",
)
@click.option("--set", "overrides", multiple=True, type=Pairs(), help="Change a setting of every arm: steps=12 …")
@generating_options
@repeats_option(REPEATS[StudyKind.BENCH])
@click.option(
    "--concurrency",
    multiple=True,
    type=click.IntRange(1, 256),
    metavar="N",
    help="Measure throughput at N at a time; may be repeated.  [default: what the provider takes]",
)
@project_options
@json_option
def command(
    overrides: tuple[dict[str, str], ...],
    dry_run: bool,
    as_json: bool,
    resume: str | None,
    **given: Any,
) -> int:
    """Measure providers, models and quality tiers side by side.

    Latency, throughput, cost, determinism and the checks that the images pass: a table, and a page with plots.
    Nothing is compared with baselines.
    """
    from harness.report import plural
    from harness.study import BenchOptions, BenchSpec, arms_of, bench_estimates, unfinished_bench

    project = generates_here(project_of(given))
    names = ("suites", "providers", "models", "qualities", "cases", "tags")
    spec = BenchSpec(**{name: given[name] for name in names}, overrides=pairs_of(overrides), project=project)
    options = BenchOptions(
        reports=project.reports,
        repeats=given["repeats"],
        concurrency=given["concurrency"],
        budget=project.budget.run,
        timeout=given["timeout"],
        project=project,
    )
    arms = arms_of(spec)
    if resume is not None:
        suites = dict.fromkeys(Path(options.recorded(suite.path)) for arm in arms for suite in arm.plan.suites)
        options = replace(options, resume=unfinished_bench(options.reports, resume, tuple(suites)))
    estimates = bench_estimates(arms, options)
    costs = [cost for _, cost in estimates]
    cost = None if None in costs else sum(one or 0.0 for one in costs)
    count = sum(count for count, _ in estimates)
    rows = [(arm.label, *row) for arm, row in zip(arms, estimates, strict=True)]
    if dry_run:
        return _print_plan(rows, count, cost, as_json=as_json)
    what = plural(count, "generation")
    with allowed(project, what, cost, given, resume=options.resume) as left:
        return _bench(arms, replace(options, budget=left), as_json=as_json)


def _bench(arms: Any, options: Any, *, as_json: bool) -> int:
    import threading

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from harness.errors import EXIT_INTERRUPTED, EXIT_NO_IMAGE, EXIT_OK
    from harness.report import write_bench_report
    from harness.runner import interruptible
    from harness.study import run_bench

    stop = threading.Event()
    screen = console(stderr=as_json)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn())
    quiet = not screen.is_terminal
    with (
        interruptible(stop),
        Progress(*columns, TimeElapsedColumn(), console=screen, transient=True, disable=quiet) as bar,
    ):
        task = bar.add_task("bench", total=None)
        record, folder = run_bench(
            arms,
            options,
            lambda label, done, total: bar.update(task, description=label, completed=done, total=total),
            stop,
        )
    written = write_bench_report(folder)
    if as_json:
        print_reported("bench", record, folder, written)
    else:
        _print_table(screen, record, written["html"])
    if record.stopped == Stop.INTERRUPTED:
        return EXIT_INTERRUPTED
    missing = record.stopped or any(arm.missing for arm in record.arms)
    return EXIT_NO_IMAGE if missing else EXIT_OK


def _print_table(screen: Any, record: Any, page: Path) -> None:
    from rich.text import Text

    from harness.report import (
        BENCH_COLUMNS,
        bench_cells,
        bench_headline,
        corrected_rows,
        corrected_table,
        missing_words,
        shown_path,
        stopped_words,
    )

    rows = table(BENCH_COLUMNS[0], right=BENCH_COLUMNS[1:])
    for arm in record.arms:
        rows.add_row(*map(Text, bench_cells(arm)))
    screen.print(Text(bench_headline(record), style="bold"))
    screen.print()
    screen.print(rows)
    screen.print()
    if corrected := list(corrected_rows((arm.label, arm.corrected) for arm in record.arms)):
        screen.print(corrected_table(corrected))
        screen.print()
    for arm in record.arms:
        if arm.missing:
            say(screen, f"{arm.label}: {missing_words(arm)}")
    if record.stopped:
        say(screen, stopped_words(record))
    screen.print(Text.assemble(("report: ", "bold"), shown_path(page)), soft_wrap=True)


def _print_plan(rows: list[tuple[str, int, float | None]], count: int, cost: float | None, *, as_json: bool) -> int:
    from harness.report import about_cost, plural, show_price

    if as_json:
        arms = [dict(zip(("arm", "generations", "cost"), row, strict=True)) for row in rows]
        print_json({"generations": count, "cost": cost, "arms": arms})
        return 0
    screen = console()
    for label, own, price in rows:
        say(screen, f"{label}: {plural(own, 'generation')}, {show_price(price)}")
    say(screen, f"\n{plural(count, 'generation')}, {about_cost(cost)}; nothing was generated")
    return 0
