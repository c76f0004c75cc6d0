"""``harness calibrate --viewer``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.approval import allowed
from harness.cli.output import console, print_json, say, table
from harness.cli.project import budget_reached, in_force
from harness.errors import EXIT_FINDING, EXIT_INTERRUPTED, EXIT_OK, UsageError, nearest
from harness.vocabulary import Stop

if TYPE_CHECKING:
    from harness.records import JudgeQuality, Share, ViewerSpec
    from harness.study import JudgeCalibration, JudgeEstimate, JudgeOptions
    from harness.suite import Project


def calibrate_viewer(
    project: "Project", name: str, suites: Sequence[Path], given: dict[str, Any], *, dry_run: bool, as_json: bool
) -> int:
    """Measure how often a viewer answers labeled checks rightly, and store it; returns the exit code."""
    from harness.baseline import refuse_in_ci, store_judges
    from harness.study import EACH, JudgeOptions, judge_estimate, judge_run_name, unfinished_study

    viewer, reports, resume = viewer_named(project, name, suites), project.reports, given["resume"]
    folder = None if resume is None else unfinished_study(reports, "calibrate", resume, [Path(judge_run_name(viewer))])
    labels = _labels(viewer, given["labels"], given["each"] or EACH, given["kinds"])
    options = JudgeOptions(viewer, labels, reports, given["repeats"] or 2, project.budget.run, folder)
    estimate = judge_estimate(options)
    if dry_run:
        return _print_estimate(options, estimate, as_json=as_json)
    refuse_in_ci()
    money = {"live": given["live"], "budget": given["budget"]}
    hint = f"or state `price:` (0 when it is free) of the viewer `{viewer.name}`"
    with allowed(project, f"{estimate.questions:,} answers", estimate.cost, money, resume=folder, hint=hint) as left:
        done, spent = _measured(options, left, as_json=as_json)
    if done.stopped == Stop.INTERRUPTED:
        message = "interrupted: nothing was stored; the answers are recorded, the same command with --resume goes on"
        say(console(stderr=True), message)
        return EXIT_INTERRUPTED
    stored = store_judges(project.baselines, done.qualities) if done.qualities else None
    if as_json:
        print_json({"judges": done.qualities, "stored": stored and str(stored), "cost": spent, **_recorded(done)})
    else:
        _print(done, stored)
        if done.stopped == Stop.BUDGET:
            say(console(), budget_reached(project, left))
    from harness.judge import is_reliable

    return EXIT_OK if done.qualities and all(map(is_reliable, done.qualities)) else EXIT_FINDING


def viewer_named(project: "Project", name: str, suites: Sequence[Path]) -> "ViewerSpec":
    """Return a viewer: one that answers checks of the suites (those of the project where none is named), one of the
    project, or a kind that needs no definition. Raises UsageError where there is none, and SuiteError."""
    from harness.records import ViewerSpec
    from harness.runner import RunOptions, plan_of
    from harness.vision import BUILT_IN, installed_kinds, viewer_kind

    known = dict(project.viewers)
    if suites or name not in known:
        paths = tuple(suites) or _own_suites(project)
        plan = plan_of(RunOptions(suites=paths, **in_force(project))) if paths else None
        for suite in plan.suites if plan else ():
            checks = (check for case in suite.cases for variant in case.variants for check in variant.checks)
            for check in (check for check in checks if check.by is not None):
                assert check.by is not None
                if check.by.name == name and known.get(name, check.by) != check.by and name not in project.viewers:
                    raise UsageError(f"viewer `{name}` is another one in {suite.path}", "name one suite")
                known[check.by.name] = check.by
    if name in known:
        return known[name]
    kinds = [kind for kind in (*BUILT_IN, *installed_kinds()) if viewer_kind(kind).needs_no_options]
    if name in kinds:
        return ViewerSpec(name, name)
    hint = nearest(name, (*known, *kinds)) or "name the suite that defines it: harness calibrate SUITE --viewer NAME"
    raise UsageError(f"no viewer `{name}` answers a check of the suites, and the project defines none", hint)


def _own_suites(project: "Project") -> tuple[Path, ...]:
    try:
        return project.suite_paths()
    except UsageError:
        return ()


def _labels(viewer: "ViewerSpec", file: Path | None, each: int, kinds: Sequence[str]) -> Any:
    from harness.study import read_labels, scene_labels

    found = scene_labels(viewer, each, kinds) if file is None else read_labels(file, viewer, kinds)
    if not found.images:
        raise UsageError(f"there is no labeled check of kind {', '.join(kinds)}", "leave out --kind")
    return found


def _measured(options: "JudgeOptions", budget: float | None, *, as_json: bool) -> "tuple[JudgeCalibration, float]":
    from dataclasses import replace

    from harness.cli.study_progress import GenerationProgress
    from harness.generation import Budget, Limits
    from harness.runner import interruptible
    from harness.study import calibrate_judge

    limits = Limits(Budget(budget))
    with GenerationProgress(console(stderr=as_json), "calibrating") as progress, interruptible(limits.stop):
        done = calibrate_judge(replace(options, budget=budget), limits, progress)
    return done, round(limits.budget.spent, 6)


def _print_estimate(options: "JudgeOptions", estimate: "JudgeEstimate", *, as_json: bool) -> int:
    if as_json:
        print_json(estimate)
        return EXIT_OK
    from harness.report import about_cost, plural

    asked = f"{plural(estimate.questions, 'answer')}, " if estimate.questions else ""
    line = f"{plural(estimate.images, 'image')} ({options.labels.origin}), {plural(estimate.checks, 'check')}"
    say(console(), f"{line}, {asked}{about_cost(estimate.cost)}; nothing was asked")
    return EXIT_OK


def _recorded(done: "JudgeCalibration") -> dict[str, Any]:
    return {
        "unanswered": done.unanswered,
        "failed": done.failed,
        "folder": str(done.folder),
        "stopped": done.stopped,
        "notes": done.notes,
    }


def _print(done: "JudgeCalibration", stored: Path | None) -> None:
    from harness.judge import RELIABLE, is_reliable
    from harness.report import plural, shown_path
    from harness.study import EACH

    screen = console()
    listed = table("check", right=("sensitivity", "95 %", "specificity", "95 % ", "inconclusive", "same again"))
    for one in done.qualities:
        listed.add_row(one.kind, *_share(one.sensitivity), *_share(one.specificity), *_counts(one))
    screen.print(listed)
    screen.print()
    unreliable = [one.kind for one in done.qualities if not is_reliable(one)]
    if unreliable:
        line = f"{', '.join(unreliable)}: an interval reaches below {RELIABLE:g}, so that such checks only warn"
        say(screen, line, "yellow")
    few = [one.kind for one in done.qualities if min(one.sensitivity.n, one.specificity.n) < EACH]
    if few:
        say(screen, f"{', '.join(few)}: fewer than {EACH} decided answers of a side; more labels narrow the intervals")
    if len({one.judge for one in done.qualities}) > 1:
        say(screen, "the server changed what it serves while it was calibrated: each judge is counted separately")
    if done.unanswered:
        say(screen, f"{plural(done.unanswered, 'check')} had no answer and are not counted", "yellow")
    if done.failed:
        say(screen, f"{plural(done.failed, 'image')} could not be asked about", "yellow")
    for note in done.notes:
        say(screen, f"note: {note}")
    say(screen, f"answers: {shown_path(done.folder)}")
    say(screen, "nothing was answered, nothing was stored" if stored is None else f"stored: {shown_path(stored)}")


def _share(share: "Share") -> tuple[str, str]:
    from harness.report import show_interval

    return f"{share.count} of {share.n}" if share.n else "–", show_interval(share)


def _counts(one: "JudgeQuality") -> tuple[str, str]:
    repeated = one.repeatability
    return (
        f"{one.inconclusive.count} of {one.inconclusive.n}",
        f"{repeated.count} of {repeated.n}" if repeated.n else "–",
    )
