"""``harness bench``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness.cli.approval import allowed
from harness.cli.options import Pairs, choosing_options, json_option, money_options, project_options, suites_argument
from harness.cli.output import console, print_json
from harness.cli.project import project_of
from harness.vocabulary import Quality, Stop, values_of


@click.command(name="bench")
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
@choosing_options
@click.option(
    "--repeats", default=3, show_default=True, type=click.IntRange(1, 1000), help="Number of generations of each trial."
)
@click.option(
    "--concurrency",
    multiple=True,
    type=click.IntRange(1, 256),
    metavar="N",
    help="Measure throughput at N at a time; may be repeated.  [default: what the provider takes]",
)
@money_options
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Time limit for one image in seconds."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be generated and what it would cost.")
@click.option("--resume", is_flag=False, flag_value="latest", metavar="[NAME]", help="Resume an unfinished one.")
@project_options
@json_option
def command(
    overrides: tuple[tuple[str, str], ...],
    dry_run: bool,
    as_json: bool,
    resume: str | None,
    **given: Any,
) -> int:
    """Measure providers, models and quality tiers beside each other.

    Latency, throughput, cost, determinism and the checks that the images pass: a table, and a page with plots.
    Nothing is compared with baselines.
    """
    from harness.report import plural
    from harness.study import BenchOptions, BenchSpec, arms_of, bench_estimates, unfinished_bench

    project = project_of(given)
    names = ("suites", "providers", "models", "qualities", "cases", "tags")
    spec = BenchSpec(**{name: given[name] for name in names}, overrides=dict(overrides), project=project)
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
    if dry_run:
        return _dry(arms, options, as_json=as_json)
    estimates = bench_estimates(arms, options)
    costs = [cost for _, cost in estimates]
    cost = None if None in costs else sum(one or 0.0 for one in costs)
    what = plural(sum(count for count, _ in estimates), "generation")
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
        print_json({"bench": record, "folder": str(folder), "reports": {k: str(v) for k, v in written.items()}})
    else:
        _table(screen, record, written["html"])
    if record.stopped == Stop.INTERRUPTED:
        return EXIT_INTERRUPTED
    missing = record.stopped or any(arm.missing for arm in record.arms)
    return EXIT_NO_IMAGE if missing else EXIT_OK


def _table(screen: Any, record: Any, page: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from harness.report import BENCH_COLUMNS, bench_cells, bench_headline, missing_words, shown_path, stopped_words

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for index, name in enumerate(BENCH_COLUMNS):
        table.add_column(name, justify="right" if index else "left", no_wrap=index == 0)
    for arm in record.arms:
        table.add_row(*map(Text, bench_cells(arm)))
    screen.print(Text(bench_headline(record), style="bold"))
    screen.print()
    screen.print(table)
    screen.print()
    for arm in record.arms:
        if arm.missing:
            screen.print(f"{arm.label}: {missing_words(arm)}", markup=False)
    if record.stopped:
        screen.print(stopped_words(record), markup=False)
    screen.print(Text.assemble(("report: ", "bold"), shown_path(page)), soft_wrap=True)


def _dry(arms: Any, options: Any, *, as_json: bool) -> int:
    from harness.study import bench_estimates

    rows: list[dict[str, Any]] = [
        {"arm": arm.label, "generations": count, "cost": cost}
        for arm, (count, cost) in zip(arms, bench_estimates(arms, options), strict=True)
    ]
    total = None if any(row["cost"] is None for row in rows) else sum(row["cost"] for row in rows)
    if as_json:
        print_json({"generations": sum(row["generations"] for row in rows), "cost": total, "arms": rows})
        return 0
    from harness.report import about_cost, plural, show_price

    screen = console()
    for row in rows:
        screen.print(
            f"{row['arm']}: {plural(row['generations'], 'generation')}, {show_price(row['cost'])}", markup=False
        )
    generations = plural(sum(row["generations"] for row in rows), "generation")
    screen.print(f"\n{generations}, {about_cost(total)}; nothing was generated", markup=False)
    return 0
