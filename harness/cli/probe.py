"""``harness probe``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from harness.cli.output import console, print_json, say
from harness.cli.project import generates_here, in_force, project_of
from harness.errors import EXIT_FINDING, EXIT_INTERRUPTED, EXIT_NO_IMAGE, EXIT_OK, HarnessError
from harness.vocabulary import REPEATS, StudyKind

if TYPE_CHECKING:
    from rich.console import Console

    from harness.study import ProbeOptions, ProbeReport


@click.command(
    name="probe",
    epilog=examples(
        "harness probe suites/quickstart.yaml --dry-run  # images and cost",
        "harness probe suites/quickstart.yaml --case 'two-*' --repeats 12",
    ),
)
@suites_argument
@click.option(
    "--set", "overrides", multiple=True, type=Pairs(), help="Change a setting: quality=draft, arithmetic=float32 …"
)
@generating_options
@repeats_option(REPEATS[StudyKind.PROBE])
@click.option(
    "--trials", default=3, show_default=True, type=click.IntRange(1, 1000), help="Most trials of a provider to probe."
)
@click.option(
    "--span",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0, 86400),
    metavar="SECONDS",
    help="Least time over which repeats are spread.",
)
@click.option("--no-store", is_flag=True, help="Keep no record beside the baselines.")
@project_options
@json_option
def command(
    overrides: tuple[dict[str, str], ...],
    repeats: int,
    trials: int,
    span: float,
    live: bool,
    dry_run: bool,
    no_store: bool,
    resume: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Find out whether a provider repeats, and what its images depend on.

    A few trials are generated repeatedly: in order, out of order, concurrently, in batches, in fresh processes, with
    other numbers of threads, as on other processors; with other seeds and settings, which must differ. What is found
    is stored beside the baselines: it decides whether the suite may say `drift: exact`.

    Ends with 0 when what provider and suite promise holds, 1 when not, 3 when nothing could be generated.
    """
    from harness.cli.probe_output import print_plan
    from harness.runner import RunOptions
    from harness.study import ProbeOptions, cut_off, prepare_probe, unfinished_study

    money, project = {"live": live, "budget": given["budget"]}, generates_here(project_of(given))
    suites = [Path(project.recorded(suite)) for suite in given["suites"]]
    folder = None if resume is None else unfinished_study(project.reports, "probe", resume, suites)
    run = RunOptions(overrides=pairs_of(overrides), resume=folder, **given | in_force(project))
    options = ProbeOptions(run, repeats, trials, span)
    prepared = prepare_probe(options)
    if dry_run:
        print_plan(prepared, as_json=as_json)
        return EXIT_OK
    screen = console(stderr=as_json)
    for line in () if folder is not None else cut_off(run.reports, "probe", suites):
        say(screen, line)
    costs = [known.cost for _, known in prepared]
    cost = None if None in costs else sum(one or 0.0 for one in costs)
    try:
        what = f"up to {sum(known.most - known.recorded for _, known in prepared):,} images"
        with allowed(project, what, cost, money, resume=folder) as left:
            reports = _probed(prepared, replace(options, run=replace(run, budget=left)), screen)
    except KeyboardInterrupt:
        reported = "interrupted: nothing was stored; what was generated is recorded, --resume goes on with it"
        say(console(stderr=True), reported)
        return EXIT_INTERRUPTED
    try:
        stored, why = _stored(reports, options, store=not no_store)
    except HarnessError as fault:
        # what was found is worth reporting, wherever it cannot be kept
        _print(reports, [], str(fault), as_json=as_json)
        raise
    _print(reports, stored, why, as_json=as_json)
    return _exit(reports)


def _print(reports: "tuple[ProbeReport, ...]", stored: list[Path], why: str, *, as_json: bool) -> None:
    from harness.cli.probe_output import report

    if as_json:
        print_json({"probes": reports, "stored": [str(path) for path in stored], "not_stored": why})
    else:
        report(reports, stored, why)


def _probed(prepared: Any, options: "ProbeOptions", screen: "Console") -> "tuple[ProbeReport, ...]":
    import threading

    from harness.cli.study_progress import GenerationProgress
    from harness.runner import interruptible
    from harness.study import run_probe

    generated = {id(group): 0 for group, _ in prepared}
    total = sum(known.total for _, known in prepared)
    for group, known in prepared:
        say(screen, _headline(group, known))
    stop = threading.Event()
    with GenerationProgress(screen, "probing") as progress, interruptible(stop):

        def reported(group: Any, count: int) -> None:
            generated[id(group)] = count
            progress(sum(generated.values()), max(total, sum(generated.values())))

        return run_probe(prepared, options, reported, stop)


def _headline(group: Any, known: Any) -> str:
    from harness.cli.probe_output import money
    from harness.report import plural

    trials = plural(len(group.trials), "trial")
    if group.others:
        trials += f" of {len(group.trials) + group.others:,}"
    images = f"{known.total:,} images, {known.most:,} at most"
    return f"{group.suite}: probing {group.spec.name} with {trials}: {images}, {money(known.cost)}"


def _stored(reports: "tuple[ProbeReport, ...]", options: "ProbeOptions", *, store: bool) -> tuple[list[Path], str]:
    """Return the files written, and why none was."""
    from harness.baseline import WritesRefusedError
    from harness.study import store_probed

    if not store:
        return [], "--no-store"
    try:
        stored = store_probed(reports, options.run.baselines)
    except WritesRefusedError as refused:
        return [], str(refused)
    return stored, "" if stored else "nothing could be judged"


def _exit(reports: "tuple[ProbeReport, ...]") -> int:
    if all(report.missing for report in reports):
        return EXIT_NO_IMAGE
    fine = all(report.diagnosis.conclusive and not report.broken and not report.diagnosis.broken for report in reports)
    return EXIT_OK if fine else EXIT_FINDING
