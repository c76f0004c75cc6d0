"""What ``harness probe`` prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.output import console, print_json, table
from harness.judge import exactly, modes_words, reading_words, seed_words
from harness.vocabulary import Level

if TYPE_CHECKING:
    from rich.console import Console

    from harness.judge import Diagnosis
    from harness.study import Group, ProbeEstimate, ProbeReport

NAMES = {
    "repeat": "again at once",
    "order": "after another image",
    "concurrency": "at the same time",
    "restart": "in a fresh process",
    "first": "as the first image",
    "batch": "in a batch",
    "threads": "1 or 2 threads",
    "instructions": "other instruction sets",
    "encoding": "bytes of equal pixels",
}
"""What each probe generates, for people."""
PLANNED = {"seed": "other seeds", "parameters": "other settings"}
STYLES = {"differs": "red", "unclear": "yellow", "skipped": "dim", "equal": ""}


def print_plan(prepared: "Sequence[tuple[Group, ProbeEstimate]]", *, as_json: bool) -> None:
    """What would be generated."""
    costs = [known.cost for _, known in prepared]
    cost = None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
    if as_json:
        probes = [
            {
                "suite": group.suite,
                "provider": group.spec.name,
                "kind": group.spec.kind,
                "trials": [str(trial.key) for trial in group.trials],
                "images": known.images,
                "most": known.most,
                "cost": known.cost,
            }
            for group, known in prepared
        ]
        print_json({"probes": probes, "images": sum(known.total for _, known in prepared), "cost": cost})
        return
    rows = table("images", right=[f"{group.suite}: {group.spec.name}" for group, _ in prepared])
    for name in dict.fromkeys(name for _, known in prepared for name in known.images):
        rows.add_row(PLANNED.get(name) or NAMES[name], *(str(known.images.get(name, "–")) for _, known in prepared))
    rows.add_row("in all", *(f"{known.total:,}" for _, known in prepared))
    rows.add_row("at most", *(f"{known.most:,}" for _, known in prepared))
    rows.add_row("cost", *(money(known.cost) for _, known in prepared))
    screen = console()
    screen.print(rows)
    screen.print("\nwhat differs is generated again to be sure; nothing was generated", markup=False)


def report(reports: "Sequence[ProbeReport]", stored: Sequence[Path], why: str) -> None:
    """The results, provider by provider."""
    from harness.report import shown_path

    screen = console()
    for report in reports:
        screen.print()
        _print_one(screen, report)
    screen.print()
    for path in stored:
        _line(screen, "stored: ", shown_path(path))
    if not stored:
        _line(screen, "not stored: ", why)
    if reports[0].folder:
        _line(screen, "generations: ", shown_path(Path(reports[0].folder)))


def money(cost: float | None) -> str:
    """US dollars in words."""
    from harness.report import about_cost

    return f"{about_cost(cost)} at most" if cost else about_cost(cost)


def _print_one(screen: "Console", report: "ProbeReport") -> None:
    diagnosis = report.diagnosis
    rows = table("trial", "level", "elsewhere", "repeats", "seed")
    for trial in diagnosis.trials:
        rows.add_row(
            str(trial.key).removeprefix(f"{report.suite}/"),
            _level(trial.level),
            _level(trial.elsewhere) if trial.level is not None else "–",
            modes_words(trial),
            seed_words(trial.seed),
        )
    screen.print(rows)
    screen.print()
    kind = "" if report.kind == report.provider else f" ({report.kind})"
    _line(screen, f"{report.provider}{kind}: ", diagnosis.cause)
    screen.print()
    _print_probes(screen, diagnosis)
    screen.print()
    _print_promises(screen, report)


def _print_probes(screen: "Console", diagnosis: "Diagnosis") -> None:
    from rich.text import Text

    rows = table("", "", head=False)
    for reading in diagnosis.readings:
        rows.add_row(NAMES.get(reading.probe, reading.probe), Text(reading_words(reading), STYLES[reading.outcome]))
    reported = {"honored": "", "not seeded": "dim", "unknown": "yellow"}
    seed = diagnosis.seed
    evidence = f": {seed.evidence}" if seed.evidence else ""
    rows.add_row("other seeds", Text(f"{seed_words(seed)}{evidence}", reported.get(seed.outcome, "red")))
    honored = [parameter.name for parameter in diagnosis.parameters if parameter.outcome == "honored"]
    if honored:
        rows.add_row("other settings", f"honored: {', '.join(honored)}")
    for parameter in diagnosis.parameters:
        if parameter.outcome != "honored":
            style = "yellow" if parameter.outcome == "unknown" or parameter.stated else "red"
            rows.add_row("other settings", Text(f"{parameter.name} {parameter.outcome}: {parameter.evidence}", style))
    screen.print(rows)


def _print_promises(screen: "Console", report: "ProbeReport") -> None:
    for broken in report.broken:
        _line(screen, "broken: ", broken, "red")
    if not report.broken and report.diagnosis.conclusive:
        _line(screen, "holds: ", f"what it promises of its seed ({report.promise}), and what the suite asks of it")
    cached = next((trial for trial in report.diagnosis.trials if trial.cached), None)
    if cached is not None:
        count = sum(trial.generated - trial.fresh for trial in report.diagnosis.trials)
        _line(screen, "cache: ", f"{count} answers were not counted ({cached.cached})", "yellow")
    for trial in report.diagnosis.trials:
        if trial.problem and report.diagnosis.level is not None:
            _line(screen, "inconclusive: ", f"{trial.key.case}: {trial.problem}", "yellow")
    _line(screen, "so: ", _advice(report))
    if report.left:
        settings = f"{report.left} other setting{'s' if report.left != 1 else ''} of the suite"
        _line(screen, "left: ", f"{settings} not probed: --trials {len(report.diagnosis.trials) + report.left}")
    if report.asks:
        _line(screen, "left: ", f"{report.asks} questions (`ask`): answers are not probed")
    if report.ended:
        _line(screen, "stopped: ", report.ended)


def _advice(report: "ProbeReport") -> str:
    """What a suite may do with this provider now."""
    diagnosis = report.diagnosis
    if diagnosis.exact_here:
        where = "; what was changed of its environment changed nothing" if exactly(diagnosis.elsewhere) else ""
        return f"it may use `drift: exact` on this machine{where}"
    if diagnosis.level is None:
        return next((t.hint for t in diagnosis.trials if t.hint), "nothing is known of it")
    if diagnosis.seed.outcome in ("ignored", "not seeded", "constant"):
        return "say `drift: set`: sets of images are compared with each other"
    differing = [reading.probe for reading in diagnosis.readings if reading.outcome == "differs"]
    if differing == ["concurrency"]:
        return f"say `concurrency: 1` under providers.{report.provider}, and probe again"
    if any(trial.kind == "several" for trial in diagnosis.trials):
        return "say `drift: calibrated`, or accept each of its images: harness accept --also"
    return "say `drift: calibrated`, or limits"


def _level(level: Level | None) -> Any:
    from rich.text import Text

    if level is None:
        return Text("–", "dim")
    return Text(level, "green" if exactly(level) else "yellow" if level in (Level.LSB, Level.PERCEPTUAL) else "red")


def _line(screen: "Console", head: str, text: str, style: str = "") -> None:
    from rich.text import Text

    screen.print(Text.assemble((head, "bold"), (text, style)), soft_wrap=True, highlight=False)
