"""``harness monitor``."""

from pathlib import Path
from typing import Any

import click

from harness.cli.approval import allowed
from harness.cli.examples import examples
from harness.cli.options import json_option, money_options, project_options, refuse_unused, who_option
from harness.cli.output import console, print_json, print_reported, say
from harness.cli.project import generates_here, project_of
from harness.judge import MONITOR_ALPHA


@click.command(
    name="monitor",
    epilog=examples(
        "harness monitor suites/hosted.yaml --budget 0.50  # every night",
        'harness monitor suites/hosted.yaml --accept --reason "the announced update"',
    ),
)
@click.argument("suite", type=click.Path(path_type=Path), metavar="SUITE")
@click.option("--case", "cases", metavar="GLOB", multiple=True, help="Only cases that match; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="Only cases with this tag; may be repeated.")
@click.option(
    "--images", default=6, show_default=True, type=click.IntRange(1, 1000), help="Images a night, prompts in rotation."
)
@click.option(
    "--reference",
    type=click.IntRange(2, 1000),
    metavar="N",
    help="Images of each prompt to begin an epoch with  [default: as the epoch before, else 8]",
)
@click.option(
    "--alpha",
    default=MONITOR_ALPHA,
    show_default=True,
    type=click.FloatRange(0, 0.5, min_open=True),
    help="Chance of any false alarm, ever; stated once, when the monitor begins.",
)
@money_options
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Time limit for one image in seconds."
)
@click.option(
    "--state", type=click.Path(path_type=Path), help="Folder of the evidence  [default: monitor/SUITE beside baselines]"
)
@click.option("--accept", "accepting", is_flag=True, help="Begin a new epoch: what changed is right.")
@click.option("--reason", metavar="TEXT", help="Why, with --accept.")
@who_option
@click.option("--dry-run", is_flag=True, help="Only show what would be generated and what it would cost.")
@project_options
@json_option
def command(
    suite: Path, *, accepting: bool, reason: str | None, who: str | None, dry_run: bool, as_json: bool, **given: Any
) -> int:
    """Ask if a hosted model has changed; made to be run every night.

    A few images a night are ranked among all earlier ones of their prompt; the evidence is kept, and the chance of a
    false alarm holds over the whole life of the monitor, however often it runs. Ends with 1 from an alarm on until
    --accept, and with 3 where no image of a night is evidence.
    """
    from harness.baseline import whoami
    from harness.ledger import Lock, make_folder
    from harness.study import MonitorOptions, accept_change, prepare_night

    project = project_of(given)
    money = {name: given.pop(name) for name in ("live", "budget")}
    options = MonitorOptions(suite=suite, project=project, **given)
    if accepting:
        refuse_unused("with --accept", "images", "live", "budget", "timeout", "dry_run", "alpha")
    else:
        refuse_unused("without --accept", "reason")
        generates_here(project)
    if dry_run:
        return _print_plan(prepare_night(options), as_json=as_json)
    who = who or whoami(folder=project.folder)
    make_folder(options.folder)
    with Lock(options.folder):
        if accepting:
            if not reason or not reason.strip():
                raise click.UsageError("--accept needs --reason: why is the change right?")
            epoch = accept_change(options, who, reason)
            if as_json:
                print_json({"epoch": epoch})
            else:
                say(console(), f"epoch {epoch.number} begins: the next nights generate its references")
            return 0
        return _night(options, who, money, as_json=as_json)


def _night(options: Any, who: str, money: dict[str, Any], *, as_json: bool) -> int:
    import threading
    from dataclasses import replace

    from harness.cli.study_progress import GenerationProgress
    from harness.errors import EXIT_INTERRUPTED
    from harness.report import plural, write_monitor_report
    from harness.runner import interruptible
    from harness.study import prepare_night, run_night
    from harness.vocabulary import Stop

    prepared = prepare_night(options)
    if prepared.epoch is not None:
        _refuse_other(prepared.epoch, options, "alpha", "reference")
    screen, stop = console(stderr=as_json), threading.Event()
    with (
        allowed(options.project, plural(len(prepared.trials), "image"), prepared.cost, money) as left,
        GenerationProgress(screen, "monitor") as progress,
        interruptible(stop),
    ):
        report = run_night(prepared, replace(options, budget=left), who, progress, stop)
    night = prepared.state.nights[-1]
    folder = options.project.reports / night.run
    written = write_monitor_report(folder, report, prepared.state.nights, prepared.state.small_image)
    if as_json:
        print_reported("monitor", report, folder, written, night=night, state=str(options.folder))
    else:
        _print(screen, report, written["html"])
    return EXIT_INTERRUPTED if night.stopped == Stop.INTERRUPTED else _exit_code(report, night)


def _refuse_other(epoch: Any, options: Any, *names: str) -> None:
    """Refuse an option that was given with another value than the epoch began with: it would have no effect."""
    for name in names:
        if getattr(options, name) not in (None, getattr(epoch, name)):
            refuse_unused(f"within an epoch: it began with {getattr(epoch, name):g}", name)


def _exit_code(report: Any, night: Any) -> int:
    from harness.errors import EXIT_FINDING, EXIT_NO_IMAGE, EXIT_OK

    if report.alarms or report.changed:
        return EXIT_FINDING
    evidence = any(image.features and not image.cached for image in night.images)
    return EXIT_OK if evidence else EXIT_NO_IMAGE


def _print(screen: Any, report: Any, page: Path) -> None:
    from rich.text import Text

    from harness.report import alarm_line, monitor_headline, plural, sentence, show_evidence, shown_path, stream_name

    screen.print(Text(f"{monitor_headline(report)}.", style="bold"))
    for stream in report.alarms:
        say(screen, f"  {alarm_line(stream)}")
    for reason in (*report.announced, *report.notes):
        say(screen, f"  {sentence(reason)}")
    counts = f"epoch {report.epoch.number}, {plural(report.nights, 'night')}, {plural(report.images, 'image')}"
    if report.streams and not report.alarms:
        nearest = report.streams[0]
        highest, limit = show_evidence(nearest)
        counts += f"; nearest to an alarm: {stream_name(nearest)}, evidence {highest} of {limit}"
    say(screen, counts)
    screen.print(Text.assemble(("report: ", "bold"), shown_path(page)), soft_wrap=True)


def _print_plan(prepared: Any, *, as_json: bool) -> int:
    from collections import Counter

    from harness.report import about_cost, plural

    counts = Counter(str(trial.key) for trial in prepared.trials)
    if as_json:
        print_json({"images": len(prepared.trials), "cost": prepared.cost, "prompts": dict(counts)})
        return 0
    screen = console()
    for name, count in counts.items():
        say(screen, f"{name}: {plural(count, 'image')}")
    say(screen, f"{plural(len(prepared.trials), 'image')}, {about_cost(prepared.cost)}; nothing was generated")
    return 0
