"""A Markdown summary that fits a GitHub step summary, whatever the size of the run."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.records import RunRecord, TrialKey, TrialResult
from harness.report.commands import REVIEW_ARTIFACT, NextStep, next_steps, steps_elsewhere
from harness.report.files import replacing
from harness.report.formatting import show_seconds
from harness.report.image_paths import Places
from harness.report.tally import Tally
from harness.report.text import because, checks_passed, pooled_lines
from harness.report.words import (
    SIGNS,
    is_fine,
    key_numbers,
    noun_of,
    one_line,
    order_of,
    plural,
    run_title,
    sign,
    trial_name,
)
from harness.vocabulary import KEY_METRICS

STEP_SUMMARY_BYTES = 1024 * 1024
"""What GitHub takes for the summary of one step; more and it shows none of it."""

SUMMARY_BYTES = 1_000_000
"""Size of ``summary.md`` at most; findings beyond it are counted, and the text says so."""

CELL_CHARACTERS = 300
"""Length of a reason in the table at most."""

_SPECIAL = re.compile(r"[\\`*_\[\]#|~@$<>&]|:(?=\S)|(?<=www)\.")


class MarkdownFile:
    """``summary.md`` of a run, ``limit`` bytes at most: findings that do not fit are counted."""

    def __init__(self, folder: Path, limit: int = SUMMARY_BYTES, again: Sequence[str] = ()) -> None:
        self._folder, self._limit, self._again = folder, limit, again
        self._rows: list[tuple[Any, list[str]]] = []
        self._room = limit
        self._left = 0
        self._sets: set[tuple[TrialKey, str, str]] = set()

    def add(self, result: TrialResult, places: Places | None = None) -> None:  # noqa: ARG002 (it shows no image)
        """Add the row of a finding; one for all images of a set that have the same verdict."""
        if is_fine(result):
            return
        if result.is_set:
            alike = (result.key, result.outcome.verdict, because(result.outcome.reasons))
            if alike in self._sets:
                return
            self._sets.add(alike)
        cells = _cells(result)
        size = len(_row(cells).encode())
        if self._left or size > self._room:
            self._left += 1
            return
        self._room -= size
        self._rows.append((order_of(result), cells))

    def write(self, run: RunRecord, tally: Tally) -> Path:
        """Write the file. Raises ReportError."""
        path = self._folder / "summary.md"
        with replacing(path) as stream:
            # in such a job it becomes the summary of a step, read where the run's folder is not
            stream.write(self.text(run, tally, elsewhere=bool(os.environ.get("GITHUB_STEP_SUMMARY"))))
        return path

    def text(self, run: RunRecord, tally: Tally, *, elsewhere: bool = False) -> str:
        """Return the summary, with the rows that fit. ``elsewhere``: whoever reads it has not the run's folder."""
        steps = steps_elsewhere if elsewhere else next_steps
        head, end = _head(run, tally), _end(steps(run, tally, self._folder, self._again))
        if not tally.to_look_at:
            return head + end
        head += "| verdict | trial | reason | " + " | ".join(KEY_METRICS.values()) + " |\n"
        head += "|---|---|---|--:|--:|--:|\n"
        rows, left = [_row(cells) for cells in _shortened(cells for _, cells in sorted(self._rows))], self._left
        excess = len((head + end).encode()) + 500 - self._room
        while rows and excess > 0:
            excess -= len(rows.pop().encode())
            left += 1
        if left:
            rows.append(
                f"\n**{plural(left, 'more finding')} not listed here**, to stay within {self._limit:,} bytes: "
                "`index.html` beside this file shows every trial.\n"
            )
        return head + "".join(rows) + end


def escape(text: str) -> str:
    """Text as Markdown that shows exactly it, on one line and without any markup, mention or link."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line(text))


def _head(run: RunRecord, tally: Tally) -> str:
    counts = " · ".join(f"{SIGNS.get(v, '?')} {n:,} {v}" for v, n in tally.ordered())
    facts = [f"run {escape(run.run)}", show_seconds(run.seconds or tally.seconds)]
    if tally.money:
        facts.append(tally.money)
    if tally.not_generated:
        facts.append(f"{plural(tally.not_generated, 'image')} from cache or replay")
    if not run.complete:
        facts.append("**not complete**")
    notes = "".join(f"Note: {escape(text)}\n\n" for text in (*tally.omissions, *(run.notes or ())))
    lines = (*pooled_lines(run), checks_passed(tally.checks), *sorted(tally.judges))
    notes += "".join(f"{escape(text[0].upper() + text[1:])}\n\n" for text in lines if text)
    head = f"## {escape(run_title(run))}: {tally.headline(noun_of(run))}"
    return f"{head}\n\n{counts}\n\n{' · '.join(facts)}\n\n{notes}"


def _cells(result: TrialResult) -> list[str]:
    numbers = {} if result.is_set else dict(key_numbers(result))
    reason = because(result.outcome.reasons)
    if len(reason) > CELL_CHARACTERS:
        reason = reason[: CELL_CHARACTERS - 1] + "…"
    name = f"{result.key} (set)" if result.is_set else trial_name(result)
    cells = [f"{sign(result)} {result.outcome.verdict}", f"**{escape(name)}**", escape(reason)]
    return cells + [numbers.get(short, "–") for short in KEY_METRICS.values()]


def _shortened(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield the rows with "as above" for the reason of a row that has the verdict and the reason of the one before."""
    before = ["", ""]
    for verdict, name, reason, *numbers in rows:
        yield [verdict, name, "as above" if before == [verdict, reason] else reason, *numbers]
        before = [verdict, reason]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _end(steps: list[NextStep]) -> str:
    text = ""
    for step in steps:
        if "\n" in step.command or "```" in step.command:
            continue
        between = "```\n\nor\n\n```sh\n" if step.alternative and text else ""
        text += f"{between}{step.command}\n"
    note = "\n`artifact.zip` is what this job uploaded, as downloaded.\n" if REVIEW_ARTIFACT in text else ""
    return f"\nNext:\n\n```sh\n{text}```\n{note}" if text else "\n"
