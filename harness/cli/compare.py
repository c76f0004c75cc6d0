"""``harness compare``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness.cli.examples import examples
from harness.cli.options import Pairs, json_option, pairs_of, project_options, refuse_unused, single_file_option
from harness.cli.output import console, print_json, print_reported, say, table
from harness.cli.project import project_of
from harness.errors import EXIT_FINDING, EXIT_OK, UsageError
from harness.vocabulary import FINE, Verdict


@click.command(
    name="compare",
    epilog=examples(
        "harness compare old.png new.png --heat-map where.png",
        "harness compare old.png new.png --limit 'ssim=>= 0.98' --ignore 0,0,64,16",
        "harness compare main change --skip '*.txt'  # two folders: a run, a report",
    ),
)
@click.argument("a", type=click.Path(path_type=Path, exists=True))
@click.argument("b", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--limit",
    "limits",
    multiple=True,
    type=Pairs(),
    metavar="METRIC=LIMIT",
    help="Such as 'ssim=>= 0.98'; may be repeated.",
)
@click.option("--drift", hidden=True, expose_value=False, callback=lambda *given: _refuse_drift(given[2]))
@click.option("--ignore", multiple=True, metavar="X,Y,W,H", help="A box in pixels that is ignored.")
@click.option(
    "--skip",
    multiple=True,
    metavar="PATTERN",
    help="Files of folders to leave out ('*.txt'); hidden ones always are.",
)
@click.option("--heat-map", type=click.Path(path_type=Path, dir_okay=False), help="PNG of where two files differ.")
@single_file_option
@project_options
@json_option
def command(
    a: Path,
    b: Path,
    limits: tuple[dict[str, str], ...],
    ignore: tuple[str, ...],
    skip: tuple[str, ...],
    heat_map: Path | None,
    single_file: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Compare two images, or the images of two folders by name. No suite is needed.

    A is the expected image, B the actual one. Without limits any changed pixel is drift. Two files print every metric;
    two folders make a run with a report, in which each file that only one of them has, or that is no image, is a
    finding.
    """
    if a.is_dir() != b.is_dir():
        raise UsageError(f"{a} and {b} are not of one kind", "name two files, or two folders")
    if all((folder / "run.json").is_file() for folder in (a, b)):
        raise UsageError(f"{a} and {b} are runs", f"to compare two runs: harness audit {a} {b}")
    rule, boxes = _rule(limits), _boxes(ignore)
    if a.is_dir():
        refuse_unused("with two folders", "heat_map", "baselines")
        reports = project_of(given).reports
        return _folders(a, b, rule, boxes, skip, reports, single_file=single_file, as_json=as_json)
    refuse_unused("with two files", "single_file", "config", "reports", "baselines", "skip")
    return _files(a, b, rule, boxes, heat_map, as_json=as_json)


def _files(a: Path, b: Path, rule: Any, boxes: Any, target: Path | None, *, as_json: bool) -> int:
    from harness.comparison import compare, explain, heat_map
    from harness.image import EncodedImage, read_file
    from harness.judge import compared

    old, new = read_file(a), read_file(b)
    bytes_a, bytes_b = a.read_bytes(), b.read_bytes()
    comparison = compare(old.pixels, new.pixels, ignore=boxes, bytes_equal=bytes_a == bytes_b)
    outcome = compared(comparison, rule, old.notes, new.notes)
    if outcome.verdict in (Verdict.DRIFT, Verdict.INCOMPARABLE):
        changes = explain(EncodedImage(bytes_a), EncodedImage(bytes_b), ignore=boxes)
        outcome = compared(replace(comparison, changes=changes), rule, old.notes, new.notes)
    heat = None
    if target is not None or (as_json and comparison.value("max_abs") is not None):
        heat = heat_map(old.pixels, new.pixels, ignore=boxes)
    if target is not None and heat is not None:
        target.write_bytes(heat.png)
    if as_json:
        print_json(
            {
                "verdict": outcome.verdict,
                "reasons": outcome.reasons,
                "warnings": outcome.warnings,
                "a": str(a),
                "b": str(b),
                "measurements": comparison.measurements,
                "blocks": comparison.blocks,
                "regions": heat.regions.listed if heat else (),
                "more_regions": heat.regions.more if heat else 0,
            }
        )
    else:
        _print_table(comparison.measurements, outcome)
    return EXIT_OK if outcome.verdict in FINE and not outcome.finding else EXIT_FINDING


def _print_table(measurements: Any, outcome: Any) -> None:
    from harness.comparison import metrics
    from harness.report import because, sentence

    known = metrics()
    listed = table("", "", "", head=False)
    for name, measured in measurements.items():
        unit = known[name].unit if name in known else ""
        if measured.value is None:
            listed.add_row(name, "–", measured.absent, style="dim")
            continue
        value = (
            {True: "yes", False: "no"}[measured.value] if isinstance(measured.value, bool) else f"{measured.value:.6g}"
        )
        detail = measured.detail or {}
        both = f"{detail['a']} {detail['b']}" if {"a", "b"} <= detail.keys() else ""
        listed.add_row(name, value, both or unit)
    screen = console()
    screen.print(listed)
    screen.print()
    say(screen, f"{outcome.verdict}" + (f": {because(outcome.reasons)}" if outcome.reasons else ""))
    for note in outcome.warnings:
        say(screen, f"note: {sentence(note)}")


def _folders(
    a: Path, b: Path, rule: Any, boxes: Any, skip: Any, reports: Path, *, single_file: bool, as_json: bool
) -> int:
    from harness.report import TerminalListener, print_summary, write_report
    from harness.runner import compare_folders, exit_code

    screen = console(stderr=as_json)
    with TerminalListener(screen) as listener:
        record, folder = compare_folders(a, b, rule, reports=reports, ignore=boxes, skip=skip, listeners=[listener])
    written = write_report(folder, baselines=a, single_file=single_file)
    if as_json:
        print_reported("run", record, folder, written)
    else:
        print_summary(screen, record, listener.tally, folder, report=written["html"])
    return exit_code(record)


def _refuse_drift(given: str | None) -> None:
    """Raise UsageError where a rule is given as a suite states it."""
    if given is not None:
        hint = "state limits: --limit 'ssim=>= 0.98'; without any no pixel may differ"
        raise UsageError("compare has no --drift: two images have no suite", hint)


def _rule(limits: tuple[dict[str, str], ...]) -> Any:
    from harness.records import Rule
    from harness.suite import given_rule

    return given_rule(pairs_of(limits, "--limit"), "--limit") if limits else Rule()


def _boxes(texts: tuple[str, ...]) -> Any:
    from harness.suite import given_boxes

    boxes: list[list[Any]] = [[int(part) if part.isdecimal() else part for part in text.split(",")] for text in texts]
    return given_boxes(boxes, "--ignore")
