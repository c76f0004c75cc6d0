"""The table at the end of a run, as things that rich prints."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Group as Printed
from rich.console import RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from harness.records import RunRecord, TrialResult
from harness.report.formatting import show_seconds
from harness.report.tally import Group, Tally
from harness.report.text import checks_passed, hint_of, pooled_lines
from harness.report.words import (
    SIGNS,
    key_numbers,
    noun_of,
    one_line,
    plural,
    run_title,
    sign,
    trial_name,
)
from harness.vocabulary import EXPLAINING, FINE, KEY_METRICS, Status, Verdict

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
"""Groups of findings that the table shows; the page of the report has them all."""

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
    shown = tally.groups[:ROWS]
    if shown:
        if any(_numbers(result) for group in shown for result in group.named):
            parts.append(_head_row())
        parts += [part for group in shown for part in _group(group, folder, signs)]
        rest = tally.to_look_at - sum(group.count for group in shown)
        parts += [Text(f"… and {plural(rest, 'more finding')}: the report has them all", style="dim")] if rest else []
        parts.append(Text())
    checks = [Text(line, overflow="fold") for line in (checks_passed(tally.checks), *sorted(tally.judges)) if line]
    parts += [*_wrapped(_count_items(tally, signs), width), *checks, Text()]
    return Printed(*parts)


def _group(group: Group, folder: Path, signs: Mapping[str, str]) -> Iterator[RenderableType]:
    """Return the verdict with the reason, and under it the first trials by name, each with its numbers where it has
    any."""
    first = group.named[0]
    verdict, why = first.outcome.verdict, group.why
    counted = plural(group.count, "image") if first.is_set else f"{group.count:,}"
    head = Table.grid(padding=(0, 2, 0, 0))
    head.add_column(width=INDENT - 2, no_wrap=True)
    head.add_column(overflow="fold")
    style = STYLES.get(verdict, "") if verdict not in FINE else "red"
    head.add_row(
        Text(f"{sign(first, signs)} {verdict}", style=style), Text(f"{counted}: {why}" if group.count > 1 else why)
    )
    yield head
    # the images of a set count as one, by the name of the set
    rest = 0 if first.is_set else group.count - len(group.named)
    more = Text(f" and {rest:,} more" if rest else "", style="dim")
    below = [Text(", ").join(_name(result, folder) for result in group.named) + more]
    if any(map(_numbers, group.named)):
        below = [more[1:]] if rest else []
        for result in group.named:
            numbers = _numbers(result)
            row = _grid()
            row.add_row("", _name(result, folder), *(Text(numbers.get(short, "–")) for short in KEY_METRICS.values()))
            yield row
    explained = any(one.code in EXPLAINING for one in first.outcome.reasons)
    pending = (
        explained
        or first.outcome.status == Status.MISSING
        or (verdict == Verdict.INCONCLUSIVE and first.set is not None)
    )
    if pending and (hint := hint_of(first)):
        below.append(Text(f"→ {one_line(hint)}"))
    yield from (Padding(text, (0, 0, 0, INDENT), expand=False) for text in below)


def _numbers(result: TrialResult) -> dict[str, str]:
    """Return the key numbers of a trial; an image of a set has none of its own."""
    return {} if result.set is not None else dict(key_numbers(result))


def _name(result: TrialResult, folder: Path) -> Text:
    """Return the name of a trial, on a terminal a link that opens its image."""
    style = Style(bold=True)
    if result.image is not None:
        style += Style(link=(folder / result.image.file).absolute().as_uri())
    return Text(one_line(str(result.key)) if result.is_set else trial_name(result), style=style, overflow="fold")


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
    if tally.unshown:
        items.append(Text(f"({tally.unshown:,} of another color profile, gamma or bit depth)", style="yellow"))
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
