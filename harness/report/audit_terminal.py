"""An audit on the terminal: its sentence, the arms, the control table, checks and the most changed prompts."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.records import Audit, AuditArm, AuditPrompt, CheckRow
from harness.report.corrected import corrected_table
from harness.report.formatting import show_interval, show_price, show_seconds, show_time
from harness.report.text import because, corrected_rows, equivalence_line, go_line, headline, looks_line, sentence
from harness.report.words import one_line, plural, show_value, shown_path
from harness.vocabulary import Go, PromptOutcome, Stop

SIGNS = {
    PromptOutcome.CHANGED: "≠",
    PromptOutcome.SAME: "=",
    PromptOutcome.INCONCLUSIVE: "?",
    PromptOutcome.MISSING: "!",
}
STYLES = {
    PromptOutcome.CHANGED: "yellow",
    PromptOutcome.SAME: "green",
    PromptOutcome.INCONCLUSIVE: "yellow",
    PromptOutcome.MISSING: "red",
}
GO_STYLES = {Go.GO: "bold green", Go.NO_GO: "bold red", Go.UNDECIDED: "bold yellow"}
TOP = 8
"""Prompts that are listed; the page has them all."""
TAGS = 8
"""Tags that are listed."""


def print_audit(screen: Console, audit: Audit, folder: Path, page: Path | None = None) -> None:
    """Print the whole summary."""
    screen.print(Group(*_parts(audit)), highlight=False)
    if page is not None:
        screen.print(Text.assemble(("report: ", "bold"), shown_path(page)), soft_wrap=True, highlight=False)
    if audit.stopped:
        what = "--resume goes on" if audit.stopped != Stop.BUDGET else "raise --budget and continue with --resume"
        screen.print(
            f"stopped ({audit.stopped}): what was generated is recorded in {shown_path(folder)}; {what}",
            markup=False,
            highlight=False,
        )


def _parts(audit: Audit) -> Iterator[RenderableType]:
    yield Text(f"\n{one_line(go_line(audit))}", style=GO_STYLES[audit.go])
    yield Text(f"\n{one_line(headline(audit))}\n")
    yield _arms(audit)
    yield Text()
    if any(row.differ.n for row in audit.relations):
        yield _relations(audit)
        yield Text()
    if audit.checks:
        yield _checks(audit)
        yield Text()
    if corrected := list(corrected_of(audit)):
        yield corrected_table(corrected)
        yield Text()
    if len(audit.tags) > 1:
        yield _tags(audit)
        yield Text()
    shown = [prompt for prompt in audit.prompts if prompt.outcome != PromptOutcome.SAME][:TOP]
    if shown:
        yield from _prompts(audit, shown)
    for line in filter(None, (equivalence_line(audit), looks_line(audit))):
        yield Text(one_line(line), style="dim")
    for note in audit.notes:
        yield Text(f"note: {one_line(sentence(note))}", style="dim")
    yield Text(_facts(audit), style="dim")


def _facts(audit: Audit) -> str:
    images = audit.a.images + audit.b.images
    return " · ".join(
        [plural(len(audit.prompts), "prompt"), plural(images, "image"), show_seconds(audit.seconds), audit.audit]
    )


def _arms(audit: Audit) -> Table:
    table = _table(("", "left"), ("repeats", "left"), *((name, "right") for name in ("images", "refused", "failed")))
    for name in ("median", "p95", "each"):
        table.add_column(name, justify="right")
    for name, arm in (("A", audit.a), ("B", audit.b)):
        table.add_row(
            Text.assemble((f"{name}  ", "bold"), one_line(arm.label)),
            repeats(arm),
            f"{arm.images:,}",
            f"{arm.refused:,}" if arm.refused else "–",
            f"{arm.failed:,}" if arm.failed else "–",
            show_time(arm.seconds),
            show_time(arm.p95),
            show_price(arm.cost),
        )
    return table


def repeats(arm: AuditArm) -> str:
    """Return whether an arm generated the same twice, and how often that was looked at."""
    if arm.exact is None:
        return "no control: generated once"
    of = plural(arm.controls, "pair")
    return f"bit-equal ({of})" if arm.exact else f"differ ({of})"


def _relations(audit: Audit) -> Table:
    table = _table(
        ("", "left"), ("other pixels", "right"), ("visible", "right"), ("95 % interval", "right"), ("score", "right"),
        ("ssim", "right"), ("ΔE", "right"), ("phash", "right"),
    )  # fmt: skip
    for row in audit.relations:
        if not row.differ.n:
            table.add_row(row.name, Text("no control", style="dim"))
            continue
        values = row.metrics
        table.add_row(
            Text(row.name, style="bold" if row.name == "A/B" else ""),
            f"{row.differ.count} of {row.differ.n}",
            f"{row.visible.count} of {row.visible.n}",
            show_interval(row.visible),
            *(show_value(name, values[name]) if name in values else "–" for name in ("score", "ssim", "delta_e")),
            show_value("phash", values["phash"]) if "phash" in values else "–",
        )
    return table


def corrected_of(audit: Audit) -> Iterator[tuple[str, ...]]:
    """Yield the corrected rates of both arms as rows."""
    return corrected_rows((("A", audit.a.corrected), ("B", audit.b.corrected)))


def _checks(audit: Audit) -> Table:
    table = _table(
        ("checks", "left"), ("kept", "right"), ("lost", "right"), ("won", "right"), ("missed", "right"),
        ("undecided", "right"), ("p", "right"), ("adjusted", "right"),
    )  # fmt: skip
    # a kind of which nothing was won or lost is in the sum; the page has them all
    for row in (row for row in audit.checks if row.kind == "all" or row.won + row.lost):
        table.add_row(
            Text(row.kind, style="bold" if row.kind == "all" else ""),
            f"{row.kept}",
            Text(f"{row.lost}", style="red" if row.lost else ""),
            Text(f"{row.won}", style="green" if row.won else ""),
            f"{row.missed}",
            f"{row.undecided}" if row.undecided else "–",
            *_chances(row),
        )
    return table


def _chances(row: CheckRow) -> tuple[str, str]:
    if not row.won + row.lost or row.p is None or row.adjusted is None:
        return "–", "–"
    return show_p(row.p), show_p(row.adjusted) if row.kind != "all" else ""


def _tags(audit: Audit) -> Table:
    table = _table(
        ("tag", "left"), ("changed", "right"), ("95 % interval", "right"), ("visible", "right"), ("score", "right")
    )
    for row in audit.tags[:TAGS]:
        table.add_row(
            one_line(row.tag),
            f"{row.changed.count} of {row.changed.n}",
            show_interval(row.changed),
            f"{row.visible.count} of {row.visible.n}",
            "–" if row.score is None else show_value("score", row.score),
        )
    if len(audit.tags) > TAGS:
        table.add_row(Text(f"… {len(audit.tags) - TAGS} more", style="dim"))
    return table


def _prompts(audit: Audit, shown: list[AuditPrompt]) -> Iterator[RenderableType]:
    table = _table(("  most changed", "left"), ("score", "right"), ("within", "right"), ("", "left"))
    for prompt in shown:
        name = prompt.case if prompt.variant == "base" else f"{prompt.case} {prompt.variant}"
        within = max((c for c in (prompt.control_a, prompt.control_b) if c is not None), default=None)
        table.add_row(
            Text.assemble((f"{SIGNS[prompt.outcome]} ", STYLES[prompt.outcome]), one_line(name)),
            "–" if prompt.score is None else show_value("score", prompt.score),
            "–" if within is None else show_value("score", within),
            one_line(prompt_words(prompt)),
        )
    yield table
    left = sum(prompt.outcome != PromptOutcome.SAME for prompt in audit.prompts) - len(shown)
    if left:
        yield Text(f"  … and {plural(left, 'more prompt')} in the report", style="dim")
    yield Text()


def prompt_words(prompt: AuditPrompt) -> str:
    """Return why a prompt has its outcome, after what kind of change it is."""
    kinds = ", ".join(prompt.changes)
    return f"{kinds}: {because(prompt.reasons)}" if kinds else because(prompt.reasons)


def show_p(p: float) -> str:
    """``.043``, ``< .001``."""
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name, justify in columns:
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    return table
