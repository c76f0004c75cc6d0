"""``harness calibrate``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.approval import allowed
from harness.cli.examples import examples
from harness.cli.options import (
    generating_options,
    json_option,
    project_options,
    refuse_unused,
    suites_argument,
    who_option,
)
from harness.cli.output import console, print_json, say, table
from harness.cli.project import budget_reached, generates_here, in_force, project_of
from harness.errors import EXIT_FINDING, EXIT_INTERRUPTED, EXIT_OK
from harness.vocabulary import REPEATS, Stop, StudyKind

if TYPE_CHECKING:
    from harness.study import Calibrated, Calibration, CalibrationEstimate

ROWS = 25
"""Floors that are listed; --json has them all."""


@click.command(
    name="calibrate",
    epilog=examples(
        "harness calibrate suites/fox.yaml --dry-run  # images and cost",
        "harness calibrate suites/fox.yaml --repeats 20",
        "harness calibrate --viewer gpt --each 50     # how often a judge is right",
    ),
)
@suites_argument
@click.option(
    "--repeats",
    type=click.IntRange(1, 10_000),
    help=f"Number of generations of each trial  [default: what the rate needs, {REPEATS[StudyKind.CALIBRATE]} or more]"
    "; with --viewer, how often each check is asked  [2].",
)
@click.option("--viewer", metavar="NAME", help="Measure a viewer instead: how often it answers labeled checks rightly.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --viewer: YAML of {image: PATH, check: {…}, holds: true|false}  [default: scenes of the painter].",
)
@click.option(
    "--each",
    type=click.IntRange(1, 10_000),
    help="With --viewer: checks that hold, and that do not, of each kind  [default: 30].",
)
@click.option("--kind", "kinds", multiple=True, help="With --viewer: only this kind of check; may be repeated.")
@click.option("--all", "every", is_flag=True, help="Also cases that are not judged by `drift: calibrated`.")
@generating_options
@who_option
@project_options
@json_option
def command(
    repeats: int | None,
    viewer: str | None,
    labels: Path | None,
    each: int | None,
    kinds: tuple[str, ...],
    every: bool,
    resume: str | None,
    dry_run: bool,
    who: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Measure how much repeats differ from the accepted images when nothing changed; with --viewer, how often a viewer
    answers rightly.

    Each trial with an accepted image is generated again and again, in fresh processes, other orders and batches where
    the provider can. The noise floor is kept in the manifest, for `drift: calibrated`; the accepted images stay.

    A viewer is asked about images whose right answers are known. Its sensitivity and specificity are kept in
    baselines/judges.json: checks of an unreliable viewer only warn, and benchmarks and audits correct their rates.
    """
    if viewer is not None:
        from harness.cli.calibrate_judge import calibrate_viewer

        refuse_unused("with --viewer", "every", "who", "cases", "tags", "timeout")
        if labels is not None:
            refuse_unused("with --labels", "each")
        suites = given.pop("suites")
        more = {"repeats": repeats, "labels": labels, "each": each, "kinds": kinds, "resume": resume}
        more |= {"live": given["live"], "budget": given["budget"]}
        return calibrate_viewer(
            generates_here(project_of(given)), viewer, suites, more, dry_run=dry_run, as_json=as_json
        )
    refuse_unused("without --viewer", "labels", "each", "kinds")
    from harness.baseline import Baselines, refuse_in_ci, whoami
    from harness.runner import RunOptions, plan_of
    from harness.study import calibratable, calibration_estimate, cut_off, store_floors, unfinished_study

    money, project = {"live": given.pop("live"), "budget": given["budget"]}, generates_here(project_of(given))
    reports, suites = project.reports, [Path(project.recorded(suite)) for suite in given["suites"]]
    folder = None if resume is None else unfinished_study(reports, "calibrate", resume, suites)
    options = RunOptions(resume=folder, **given | in_force(project))
    baselines_ = Baselines(options.baselines, options.store)
    plan = calibratable(plan_of(options), baselines_, every=every)
    if dry_run:
        return _print_estimate(calibration_estimate(plan, options, baselines_, repeats), as_json=as_json)
    refuse_in_ci()
    for line in () if resume is not None else cut_off(reports, "calibrate", suites):
        say(console(stderr=True), f"{line}; --resume goes on with it")
    seen = calibration_estimate(plan, options, baselines_, repeats)
    for line in () if as_json else _planned(seen):
        say(console(), line)
    with allowed(project, f"{seen.generates:,} images", seen.cost, money, resume=folder) as left:
        options = replace(options, budget=left)
        done, spent = _measured(plan, options, baselines_, seen.repeats, as_json=as_json)
    found = list(done.floors)
    if done.stopped == Stop.INTERRUPTED:
        message = (
            "interrupted: no floor was stored; what was generated is recorded, the same command with --resume goes on"
        )
        say(console(stderr=True), message)
        return EXIT_INTERRUPTED
    stored = store_floors(baselines_, found, who=who or whoami())
    if as_json:
        floors, keys = [_json(one) for one in found], [str(key) for key in stored]
        print_json({"floors": floors, "stored": keys, "cost": spent, **_recorded(done)})
    else:
        _print(found, len(stored))
        _print_images(done, budget_reached(project, options.budget))
    return EXIT_OK if all(one.floor.limit is not None for one in found) else EXIT_FINDING


def _measured(plan: Any, options: Any, baselines: Any, repeats: int, *, as_json: bool) -> "tuple[Calibration, float]":
    from harness.cli.study_progress import GenerationProgress
    from harness.generation import Budget, Limits
    from harness.runner import interruptible
    from harness.study import run_calibration

    limits = Limits(Budget(options.budget), timeout=options.timeout)
    with GenerationProgress(console(stderr=as_json), "calibrating") as progress, interruptible(limits.stop):
        done = run_calibration(plan, options, baselines, repeats=repeats, limits=limits, progress=progress)
    return done, round(limits.budget.spent, 6)


def _json(found: "Calibrated") -> dict[str, Any]:
    noise, floor = found.noise, found.floor
    return {
        "key": str(found.key),
        "image": found.index,
        "limit": floor.limit,
        "alpha": floor.alpha,
        "method": floor.method,
        "problem": floor.problem,
        "needed": floor.needed,
        "repeats": noise.n,
        "spread": noise.spread,
        "df": noise.df,
        "scores": [value if value == value else None for value in found.scores],
        "environment": noise.environment,
        "spread_over": {name: noise.made[name] for name in ("processes", "orders", "batches")},
        "from_cache": found.left_out,
        "faults": found.faults,
        "fault": found.fault,
    }


def _planned(seen: "CalibrationEstimate") -> list[str]:
    from harness.report import plural

    lines = [f"{plural(seen.keys, 'trial')} at a false-alarm rate of {seen.alpha:.2g} each: {seen.repeats} repeats"]
    if seen.repeats < seen.needed:
        lines.append(f"that may be too few: {seen.needed} are enough for each kind of noise")
    return lines


def _print_estimate(seen: "CalibrationEstimate", *, as_json: bool) -> int:
    if as_json:
        print_json(seen)
        return EXIT_OK
    from harness.report import about_cost

    screen = console()
    message = f"{seen.generates:,} images, {about_cost(seen.cost)}; nothing was generated"
    lines = [message, *_planned(seen)]
    if seen.planned > seen.keys:
        lines.append(f"{seen.planned - seen.keys:,} of {seen.planned:,} trials have no accepted image: left out")
    for line in lines:
        say(screen, line)
    return EXIT_OK


def _print(found: "list[Calibrated]", stored: int) -> None:
    from harness.report import plural

    listed = table("trial", right=("repeats", "score", "largest", "limit"))
    listed.add_column("how")
    for one in found[:ROWS]:
        limit = "–" if one.floor.limit is None else f"{one.floor.limit:.3g}"
        again = f" .a{one.index + 1}" if one.index else ""
        row = (f"{one.noise.median:.3g}", f"{one.noise.largest:.3g}") if one.scores else ("–", "–")
        listed.add_row(f"{one.key}{again}", str(one.noise.n), *row, limit, one.floor.method)
    screen = console()
    screen.print(listed)
    if len(found) > ROWS:
        screen.print(f"… and {len(found) - ROWS:,} more: --json lists them all", style="dim")
    screen.print()
    for line in dict.fromkeys(_problems(found)):
        say(screen, line, "yellow")
    rate = f"{found[0].floor.alpha:.2g}"
    spread = found[0].noise.made
    over = f"{spread['processes']} processes, {spread['orders']} orders" if spread["processes"] else "one process"
    over += f", {spread['batches']} batches" if spread["batches"] else ""
    line = f"noise floors of {plural(stored, 'trial')} stored, over {over}; false-alarm rate of one trial {rate}"
    say(screen, line)


def _recorded(done: "Calibration") -> dict[str, Any]:
    return {"folder": None if done.folder is None else str(done.folder), "stopped": done.stopped, "notes": done.notes}


def _print_images(done: "Calibration", budget_reached: str) -> None:
    from harness.report import shown_path

    screen = console()
    if done.stopped == Stop.BUDGET:
        say(screen, budget_reached)
    for note in done.notes:
        say(screen, f"note: {note}")
    if done.folder is not None:
        say(screen, f"generations: {shown_path(done.folder)}")


def _problems(found: "list[Calibrated]") -> "list[str]":
    """Return what went wrong, each sentence once: with the first trial that it is true of, and how many more."""
    from harness.report import because, plural, sentence

    keys_of: dict[str, list[str]] = {}
    for one in found:
        problems = []
        if one.faults:
            problems.append(f"{plural(one.faults, 'repeat')} gave no image ({because(one.fault)})")
        if one.left_out:
            problems.append(f"{plural(one.left_out, 'repeat')} came from a cache, not counted")
        if one.floor.limit is None:
            enough = f"; --repeats {one.floor.needed} is enough" if one.floor.needed else ""
            why = "" if one.floor.problem is None else f", {sentence(one.floor.problem)}"
            problems.append(f"no limit{why}{enough}")
        for text in problems:
            keys_of.setdefault(text, []).append(str(one.key))
    more = {text: f" and {len(keys) - 1:,} more" * (len(keys) > 1) for text, keys in keys_of.items()}
    return [f"{keys[0]}{more[text]}: {text}" for text, keys in keys_of.items()]
