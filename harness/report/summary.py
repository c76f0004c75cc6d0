"""The table at the end of a run, as things that rich prints."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.records import RunRecord, TrialResult
from harness.report.formatting import show_seconds
from harness.report.tally import Tally
from harness.report.text import because, hint_of, pooled_lines
from harness.report.words import (
    ORDER,
    SIGNS,
    key_numbers,
    noun_of,
    one_line,
    plural,
    run_title,
    shown_path,
    sign,
    trial_name,
)
from harness.vocabulary import FINE, KEY_METRICS, Status, Verdict

STYLES: Mapping[str, str] = {
    Verdict.IDENTICAL: "green",
    Verdict.BENIGN: "cyan",
    Verdict.DRIFT: "yellow",
    Verdict.BROKEN: "bold red",
    Verdict.REFUSED: "magenta",
    Verdict.FAILED: "red",
    Verdict.NEW: "blue",
    Verdict.INCOMPARABLE: "magenta",
    Verdict.INCONCLUSIVE: "yellow",
}

ROWS = 25
"""Findings that the table shows; the page of the report has them all."""

INDENT = 16
"""Columns that the verdict takes."""


def summary(
    run: RunRecord, tally: Tally, folder: Path, *, width: int, signs: Mapping[str, str] = SIGNS
) -> RenderableType:
    """Return the head, the findings and the counts, fit for ``width`` columns."""
    head = Text.assemble("\n", (run_title(run), "bold"), f"  {tally.headline(noun_of(run))}")
    facts = [show_seconds(run.seconds or tally.seconds), f"run {one_line(run.run)}"]
    if tally.money:
        facts.insert(1, tally.money)
    if tally.not_generated:
        facts.append(f"{tally.not_generated:,} not generated again")
    if not run.complete:
        facts.append("not complete")
    notes = [Text(f"note: {text}", style="yellow", overflow="fold") for text in tally.omissions]
    notes += [Text(text, overflow="fold") for text in pooled_lines(run)]
    parts: list[RenderableType] = [head, Text(" · ".join(facts), style="dim"), *notes, Text()]
    shown = sorted(tally.findings, key=_urgency)[:ROWS]
    if shown:
        counted = [max(1, tally.alike(result)) for result in shown]
        rows = zip(shown, counted, strict=True)
        parts += [_head_row(), *(part for result, count in rows for part in _finding(result, count, width, signs))]
        rest = tally.to_look_at - sum(counted)
        parts += [Text(f"… and {plural(rest, 'more finding')}: the report has them all\n", style="dim")] if rest else []
        parts += [Text(f"images lie in {shown_path(folder)}", style="dim", overflow="fold"), Text()]
    parts += [*_wrapped(_count_items(tally, signs), width), Text()]
    return Group(*parts)


def _finding(result: TrialResult, count: int, width: int, signs: Mapping[str, str]) -> list[RenderableType]:
    """Return a row (verdict, trial, key numbers), and under it the reason and the image; one row for ``count`` images
    of a set, which have no numbers of their own."""
    verdict = result.outcome.verdict
    style = STYLES.get(verdict, "") if verdict not in FINE else "red"
    one = count == 1 and result.set is None
    numbers = dict(key_numbers(result)) if one else {}
    generations = plural(count, "generation" if result.image is None else "image")
    name = trial_name(result) if one else f"{one_line(str(result.key))} ({generations})"
    row = _grid()
    row.add_row(
        Text(f"{sign(result, signs)} {verdict}", style=style),
        Text(name, style="bold"),
        *(Text(numbers.get(short, "–"), style="" if short in numbers else "dim") for short in KEY_METRICS.values()),
    )
    reason = Text(one_line(because(result.outcome.reasons)))
    image = Text(_short_file(result.image.file) if result.image else "no image", style="dim") if one else Text()
    reported = [text for text in (reason, image) if text]
    below = Text("   ").join(reported)
    if below.cell_len > width - INDENT:
        below = Text("\n").join(reported)
    pending = result.outcome.status == Status.MISSING or (verdict == Verdict.INCONCLUSIVE and result.set is not None)
    if pending and (hint := hint_of(result)):
        below.append(f"\n→ {one_line(hint)}")
    return [row, Padding(below, (0, 0, 1, INDENT))]


def _head_row() -> Table:
    row = _grid()
    row.add_row("  verdict", "trial", *(short for short in KEY_METRICS.values()), style="dim")
    return row


def _grid() -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False, expand=True)
    table.add_column(width=INDENT - 2, no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for width in (6, 6, 8):
        table.add_column(width=width, justify="right", no_wrap=True)
    return table


def _count_items(tally: Tally, signs: Mapping[str, str]) -> list[Text]:
    items = [
        Text(f"{signs.get(verdict, '?')} {count:,} {verdict}", style=STYLES.get(verdict, ""))
        for verdict, count in tally.ordered()
    ]
    if tally.fine_but:
        items.append(Text(f"({tally.fine_but:,} with a failed check or promise)", style="red"))
    if tally.statuses[Status.IGNORED]:
        items.append(Text(f"({tally.statuses[Status.IGNORED]:,} ignored)", style="dim"))
    return items


def _wrapped(items: list[Text], width: int) -> Iterator[Text]:
    """Lines of whole items."""
    line = Text()
    for item in items:
        if line and line.cell_len + 3 + item.cell_len > width:
            yield line
            line = Text()
        line = Text("   ").join([line, item]) if line else item
    yield line


def _urgency(result: TrialResult) -> int:
    verdict = result.outcome.verdict
    return ORDER.index(verdict) if verdict in ORDER else len(ORDER)


def _short_file(file: str) -> str:
    """Return a content-addressed name as a pattern that a shell expands: ``images/1f3a9c0d41b7*.png``."""
    path = Path(file)
    return f"{path.parent.as_posix()}/{path.stem[:12]}*{path.suffix}" if len(path.stem) > 24 else file
