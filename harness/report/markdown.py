"""A Markdown summary that fits a GitHub step summary, whatever the size of the run."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from harness.records import RunRecord, TrialKey, TrialResult
from harness.report.commands import next_command
from harness.report.formatting import show_seconds
from harness.report.tally import Tally
from harness.report.text import because, pooled_lines
from harness.report.words import (
    SIGNS,
    is_fine,
    key_numbers,
    noun_of,
    one_line,
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


def write_markdown(
    stream: TextIO,
    run: RunRecord,
    tally: Tally,
    results: Iterable[TrialResult],
    folder: Path,
    *,
    limit: int = SUMMARY_BYTES,
) -> None:
    """Write the summary of ``results``; ``tally`` was made over the same results before."""
    end = _end(run, tally, folder)
    room = limit - len(end.encode()) - 500
    room -= _put(stream, _head(run, tally))
    if tally.to_look_at:
        shorts = list(KEY_METRICS.values())
        room -= _put(
            stream, "| | verdict | trial | reason | " + " | ".join(shorts) + " |\n|---|---|---|---|--:|--:|--:|\n"
        )
        left = 0
        reported: Counter[tuple[TrialKey, str, str]] = Counter()
        for result in results:
            if is_fine(result):
                continue
            if result.is_set:
                alike = (result.key, result.outcome.verdict, because(result.outcome.reasons))
                reported[alike] += 1
                if reported[alike] > 1:
                    # one row for all images of a set: they have one verdict
                    continue
            row = _row(result)
            if left or len(row.encode()) > room:
                left += 1
                continue
            room -= _put(stream, row)
        if left:
            stream.write(
                f"\n**{plural(left, 'more finding')} not listed here**, to stay within {limit:,} bytes: "
                "`index.html` beside this file shows every trial.\n"
            )
    stream.write(end)


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
    notes += "".join(f"{escape(text[0].upper() + text[1:])}\n\n" for text in pooled_lines(run))
    head = f"## {escape(run_title(run))}: {tally.headline(noun_of(run))}"
    return f"{head}\n\n{counts}\n\n{' · '.join(facts)}\n\n{notes}"


def _row(result: TrialResult) -> str:
    numbers = {} if result.is_set else dict(key_numbers(result))
    reason = because(result.outcome.reasons)
    if len(reason) > CELL_CHARACTERS:
        reason = reason[: CELL_CHARACTERS - 1] + "…"
    name = f"{result.key} (set)" if result.is_set else trial_name(result)
    cells = [sign(result), result.outcome.verdict, f"**{escape(name)}**", escape(reason)]
    cells += [numbers.get(short, "–") for short in KEY_METRICS.values()]
    return "| " + " | ".join(cells) + " |\n"


def _end(run: RunRecord, tally: Tally, folder: Path) -> str:
    command = next_command(run, tally, folder)
    if not command or "\n" in command or "```" in command:
        return "\n"
    return f"\nNext:\n\n```sh\n{command}\n```\n"


def _put(stream: TextIO, text: str) -> int:
    stream.write(text)
    return len(text.encode())
