"""GitHub Actions: annotations by workflow command, and the summary of the step."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from harness.errors import terminal_text
from harness.records import RunRecord
from harness.report.code_quality import Lines, place_of
from harness.report.files import ReportError
from harness.report.markdown import STEP_SUMMARY_BYTES
from harness.report.tally import Tally
from harness.report.text import because, hint_of
from harness.report.words import compared, key_numbers, one_line, plural, run_title, trial_name

ANNOTATIONS = 10
"""Annotations of one kind that GitHub shows for a step; the last one counts the rest."""


def write_annotations(stream: TextIO, run: RunRecord, tally: Tally, lines: Lines = MappingProxyType({})) -> None:
    """Write an ``error`` command for the first groups of findings with the same reasons, at the line of the first of
    them, and a ``notice`` for the count of the others."""
    left = tally.to_look_at
    for group in tally.groups[:ANNOTATIONS]:
        left -= group.count
        result = group.named[0]
        outcome = result.outcome
        numbers = ", ".join(f"{short} {value}" for short, value in key_numbers(result))
        numbers = f"({numbers})" if numbers else ""
        message = " ".join(part for part in (because(outcome.reasons), numbers, hint_of(result)) if part)
        title = f"{outcome.verdict}: {trial_name(result)}" + (
            f" and {group.count - 1:,} more" if group.count > 1 else ""
        )
        file, line = (None, None) if compared(run) else place_of(result, run, lines)
        text = one_line(message) or outcome.verdict
        stream.write(command("error", text, file=file, line=str(line) if line else None, title=title) + "\n")
    if left:
        message = f"{plural(left, 'more finding')} in {run_title(run)}: see the summary of this step"
        stream.write(command("notice", message, title="image-harness") + "\n")


def command(kind: str, message: str, **properties: str | None) -> str:
    """Return a workflow command on one line, its parts escaped as the runner reads them."""
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{kind} {shown}::{_data(message)}"


def append_step_summary(markdown: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Append a Markdown file to the summary of the step, cut to what GitHub takes, the cut stated.

    Returns the file appended to, or None outside GitHub Actions. Raises ReportError.
    """
    target = environment.get("GITHUB_STEP_SUMMARY")
    if not target:
        return None
    path = Path(target)
    try:
        room = STEP_SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
        with path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(_fit(markdown.read_text("utf-8"), room))
    except OSError as fault:
        raise ReportError(path, fault.strerror or str(fault)) from fault
    return path


def _fit(text: str, room: int) -> str:
    if len(text.encode()) + 1 <= room:
        return text + "\n"
    note = f"\n**Cut here**: the summary of a step holds {STEP_SUMMARY_BYTES:,} bytes. The report has every trial.\n"
    shortened = text.encode()[: max(0, room - len(note.encode()))].decode("utf-8", "ignore")
    whole_lines = shortened[: shortened.rfind("\n") + 1]
    return whole_lines + note if len(note.encode()) <= room else ""


def _data(text: str) -> str:
    return terminal_text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
