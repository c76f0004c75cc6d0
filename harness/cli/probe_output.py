"""What ``harness probe`` prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.output import console, print_json, table
from harness.judge import exactly
from harness.vocabulary import Code, Level, ParameterOutcome, ProbeName, ProbeOutcome, SeedOutcome

if TYPE_CHECKING:
    from rich.console import Console

    from harness.judge import Diagnosis
    from harness.study import Group, ProbeEstimate, ProbeReport

NAMES = {
    ProbeName.REPEAT: "again at once",
    ProbeName.ORDER: "after another image",
    ProbeName.CONCURRENCY: "at the same time",
    ProbeName.RESTART: "in a fresh process",
    ProbeName.FIRST: "as the first image",
    ProbeName.BATCH: "in a batch",
    ProbeName.THREADS: "1 or 2 threads",
    ProbeName.INSTRUCTIONS: "other instruction sets",
    ProbeName.HASH: "is it the hash seed",
    ProbeName.PATH: "is it the path",
    ProbeName.CLOCK: "is it the time",
    ProbeName.ENCODING: "bytes of equal pixels",
}
"""What each probe generates, for people."""
PLANNED = {ProbeName.SEED: "other seeds", ProbeName.PARAMETERS: "other settings"}
STYLES = {
    ProbeOutcome.DIFFERS: "red", ProbeOutcome.UNCLEAR: "yellow", ProbeOutcome.SKIPPED: "dim", ProbeOutcome.EQUAL: "",
}  # fmt: skip


def print_plan(prepared: "Sequence[tuple[Group, ProbeEstimate]]", *, as_json: bool) -> None:
    """Print what would be generated."""
    costs = [known.cost for _, known in prepared]
    cost = None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
    if as_json:
        probes = [
            {
                "suite": group.suite,
                "provider": group.spec.name,
                "kind": group.spec.kind,
                "trials": [str(trial.key) for trial in group.trials],
                "others": group.others,
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
    """Print the results, provider by provider."""
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
    from harness.report import because, modes_words, seed_words

    diagnosis = report.diagnosis
    rows = table("trial", "level", "elsewhere", "repeats", "seed")
    for trial in diagnosis.trials:
        rows.add_row(
            str(trial.key).removeprefix(f"{report.suite}/"),
            _level(trial.level),
            _level(trial.elsewhere) if trial.level is not None else "–",
            modes_words(trial),
            seed_words(trial.seed.outcome),
        )
    screen.print(rows)
    screen.print()
    kind = "" if report.kind == report.provider else f" ({report.kind})"
    _line(screen, f"{report.provider}{kind}: ", because(diagnosis.causes))
    screen.print()
    _print_probes(screen, diagnosis)
    screen.print()
    _print_promises(screen, report)


def _print_probes(screen: "Console", diagnosis: "Diagnosis") -> None:
    from rich.text import Text

    from harness.report import because, reading_words, seed_words

    rows = table("", "", head=False)
    for reading in diagnosis.readings:
        if [why.code for why in reading.why] == [Code.SKIP_STEADY]:
            continue
        rows.add_row(NAMES.get(reading.probe, reading.probe), Text(reading_words(reading), STYLES[reading.outcome]))
    styles = {SeedOutcome.HONORED: "", SeedOutcome.NOT_SEEDED: "dim", SeedOutcome.UNKNOWN: "yellow"}
    seed = diagnosis.seed
    evidence = f": {because(seed.evidence)}" if seed.evidence else ""
    rows.add_row("other seeds", Text(f"{seed_words(seed.outcome)}{evidence}", styles.get(seed.outcome, "red")))
    honored = [parameter.name for parameter in diagnosis.parameters if parameter.outcome == ParameterOutcome.HONORED]
    if honored:
        rows.add_row("other settings", f"honored: {', '.join(honored)}")
    for parameter in diagnosis.parameters:
        if parameter.outcome != ParameterOutcome.HONORED:
            style = "yellow" if parameter.outcome == ParameterOutcome.UNKNOWN or parameter.stated else "red"
            stated = "the provider says so: " if parameter.stated else ""
            text = f"{parameter.name} {parameter.outcome}: {stated}{because(parameter.evidence)}"
            rows.add_row("other settings", Text(text, style))
    screen.print(rows)


def _print_promises(screen: "Console", report: "ProbeReport") -> None:
    from harness.report import advice, because, sentence

    for broken in report.broken:
        _line(screen, "broken: ", sentence(broken), "red")
    if not report.broken and report.diagnosis.conclusive and not report.diagnosis.broken:
        _line(screen, "holds: ", f"what it promises of its seed ({report.promise}), and what the suite asks of it")
    cached = next((trial.cached for trial in report.diagnosis.trials if trial.cached), None)
    if cached is not None:
        count = sum(trial.generated - trial.fresh for trial in report.diagnosis.trials)
        _line(screen, "cache: ", f"{count} answers were not counted ({sentence(cached)})", "yellow")
    for trial in report.diagnosis.trials:
        if trial.problem and report.diagnosis.level is not None:
            _line(screen, "inconclusive: ", f"{trial.key.case}: {because(trial.problem)}", "yellow")
    _line(screen, "so: ", advice(report.diagnosis))
    if report.left:
        settings = f"{report.left} other setting{'s' if report.left != 1 else ''} of the suite"
        _line(screen, "left: ", f"{settings} not probed: --trials {len(report.diagnosis.trials) + report.left}")
    elif report.others:
        others = f"{report.others} other trial{'s' if report.others != 1 else ''} of the same settings"
        _line(screen, "left: ", f"{others} not probed: --trials {len(report.diagnosis.trials) + report.others}")
    if report.asks:
        _line(screen, "left: ", f"{report.asks} questions (`ask`): answers are not probed")
    if report.ended is not None:
        _line(screen, "stopped: ", sentence(report.ended))


def _level(level: Level | None) -> Any:
    from rich.text import Text

    if level is None:
        return Text("–", "dim")
    return Text(level, "green" if exactly(level) else "yellow" if level in (Level.LSB, Level.PERCEPTUAL) else "red")


def _line(screen: "Console", head: str, text: str, style: str = "") -> None:
    from rich.text import Text

    screen.print(Text.assemble((head, "bold"), (text, style)), soft_wrap=True, highlight=False)
