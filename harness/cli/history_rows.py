"""The history of a trial as rows of the terminal: one column a run, the latest at the right."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.cli.output import table
from harness.report import SIGNS, STYLES, because, one_line, plural, sign, signs_for
from harness.vocabulary import RepeatMode, RuleKind, Source

if TYPE_CHECKING:
    from harness.study import Change, Trace, Visit

LABEL = 11
"""Columns of the rows' names."""
BARS, ASCII_BARS = "▁▂▃▄▅▆▇█", "_.:-=+*#"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SEVERAL, NONE, RARE = "*", " ", "?"
"""Where a run generated more than one image, none, or one of more images than there are letters."""
CHANGES = 5
"""Changes that are listed: the first, and the latest."""


def trace_rows(trace: "Trace", screen: Console, *, every: bool) -> RenderableType:
    """Return the rows of one trial, fit for the screen; ``every`` lists each run beneath."""
    return Group(*_rows(trace, screen.width, signs_for(screen), every=every))


def steady_rows(traces: Sequence["Trace"], screen: Console) -> RenderableType:
    """One row for each trial that nothing ever happened to."""
    signs, rows = signs_for(screen), _grid()
    for trace in traces:
        visits = trace.visits[-max(8, screen.width // 3) :]
        rows.add_row(one_line(str(trace.key)), _marks(visits, signs), Text(_modes(trace), style="dim"))
    return Group(Text("\nsteady", style="dim"), rows)


def _rows(trace: "Trace", width: int, signs: Mapping[str, str], *, every: bool) -> Iterator[RenderableType]:
    room = max(8, width // 2 - LABEL)
    visits = trace.visits[-room:]
    days = dict.fromkeys(visit.started[:10] for visit in (trace.visits[0], trace.visits[-1]))
    yield Text.assemble(
        "\n", (one_line(str(trace.key)), "bold"), f"  {plural(len(trace.visits), 'run')}, ", " to ".join(days)
    )
    rows = _grid(LABEL - 3)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("verdict", _marks(visits, signs), _now(trace))
    rows.add_row("distance", _bars(visits, BARS if signs is SIGNS else ASCII_BARS), _range(trace))
    rows.add_row("image", Text.assemble(*(_letter(trace, visit) for visit in visits)), _modes(trace))
    yield rows
    if len(visits) < len(trace.visits):
        yield Text(f"{'':<{LABEL}}only the latest {len(visits)} runs are shown", style="dim")
    yield from _changes(trace, signs)
    if every:
        yield Text()
        yield _table(trace, signs)


def _now(trace: "Trace") -> str:
    counts: dict[str, int] = {}
    for visit in trace.visits:
        verdict = visit.summary.outcome.verdict
        counts[verdict] = counts.get(verdict, 0) + 1
    words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items(), key=lambda item: -item[1]))
    return f"now {trace.visits[-1].summary.outcome.verdict}; {words}"


def _bars(visits: Sequence["Visit"], bars: str) -> str:
    """Heights by the square root, so that a small drift shows next to a large one; blank without a distance."""
    top = max(1.0, *(visit.score or 0.0 for visit in visits))
    last = len(bars) - 1
    return "".join(
        NONE if score is None else bars[0 if score == 0 else max(1, round(sqrt(score / top) * last))]
        for score in (visit.score for visit in visits)
    )


def _range(trace: "Trace") -> str:
    scores = [score for visit in trace.visits if (score := visit.score) is not None]
    if not scores:
        return "never compared with an accepted image"
    low, high = min(scores), max(scores)
    judged = [visit.pooled for visit in trace.visits if visit.pooled is not None and visit.pooled.tests]
    if judged:
        p = judged[-1].tests[0].p
        return f"{low:.3g} to {high:.3g} between sets" + ("" if p is None else f"; lately p = {p:.2g}")
    if high == 0:
        return "0: always the accepted image"
    floor = trace.visits[-1].summary.floor
    if floor is not None and floor.limit is not None:
        return f"{low:.3g} to {high:.3g}; up to {floor.limit:.3g} is noise"
    policy = trace.visits[-1].summary.policy
    calibrated = policy is not None and policy.drift.kind == RuleKind.CALIBRATED
    return f"{low:.3g} to {high:.3g}" + ("; 1 is the tolerance without calibration" if calibrated else "")


def _letter(trace: "Trace", visit: "Visit") -> tuple[str, str]:
    """Return the mode that a run generated, in lower case where it came from a cache or a recording."""
    if not visit.images:
        return NONE, ""
    if len(set(visit.images)) > 1:
        return SEVERAL, "yellow"
    if trace.modes is None or visit.images[0] not in trace.modes.labels:
        return RARE, "dim"
    index = trace.modes.labels.index(visit.images[0])
    letter = LETTERS[index] if index < len(LETTERS) else RARE
    generated = any(result.source == Source.GENERATED for result in visit.results)
    return letter if generated else letter.lower(), "" if index == 0 else "yellow"


def _modes(trace: "Trace") -> str:
    if trace.modes is None:
        return "no image was generated"
    if trace.modes.kind == RepeatMode.ONE:
        words = "always the same image" if sum(trace.modes.counts) > 1 else "generated once"
    elif trace.modes.kind == RepeatMode.CONTINUOUS:
        words = "another image every time"
    else:
        shares = [f"{LETTERS[i]} {share * 100:.0f} %" for i, share in enumerate(trace.modes.shares[:3])]
        rest = len(trace.modes.shares) - len(shares)
        words = ", ".join(shares) + (f" and {plural(rest, 'more image')}" if rest else "")
    if trace.flickers:
        words += f"; {trace.flips} of {trace.neighbors} generations differ from the one before with nothing changed"
    return words


def _changes(trace: "Trace", signs: Mapping[str, str]) -> Iterator[RenderableType]:
    if not trace.changes:
        yield Text(f"{'changed':<{LABEL}}in no run", style="dim")
        return
    shown = trace.changes if len(trace.changes) <= CHANGES else (trace.changes[0], *trace.changes[1 - CHANGES :])
    table = _grid(LABEL - 3)
    table.add_column(overflow="fold")
    for index, change in enumerate(shown):
        table.add_row("changed" if index == 0 else "", _change(change, signs))
        left_out = len(trace.changes) - len(shown)
        if index == 0 and left_out:
            table.add_row("", Text(f"… {left_out:,} more; --runs lists every run", style="dim"))
    yield table


def _change(change: "Change", signs: Mapping[str, str]) -> Text:
    style = STYLES.get(change.verdict, "")
    verdict = f"{signs.get(change.verdict, '?')} {change.verdict}"
    where = f"{one_line(change.run)}, compared with {one_line(change.before)}"
    return Text.assemble((verdict, style), f"  {one_line(because(change.reasons))}\n", (where, "dim"))


def _table(trace: "Trace", signs: Mapping[str, str]) -> Table:
    table = _grid()
    for wraps in (False, False, False, False, True):
        table.add_column(no_wrap=not wraps, overflow="fold")
    for visit in trace.visits:
        verdict = visit.summary.outcome.verdict
        table.add_row(
            Text(one_line(visit.run), style="dim"),
            Text(f"{sign(visit.summary, signs)} {verdict}", style=STYLES.get(verdict, "")),
            "–" if visit.score is None else f"{visit.score:.3g}",
            Text.assemble(_letter(trace, visit)),
            one_line(because(visit.summary.outcome.reasons)),
        )
    return table


def _grid(first: int | None = None) -> Table:
    """Return a table without lines; its first column dim and ``first`` wide, where that is given."""
    rows = table(head=False)
    if first is not None:
        rows.add_column(width=first, style="dim", no_wrap=True)
    return rows


def _marks(visits: Sequence["Visit"], signs: Mapping[str, str]) -> Text:
    marks = ((sign(visit.summary, signs), STYLES.get(visit.summary.outcome.verdict, "")) for visit in visits)
    return Text.assemble(*marks)
