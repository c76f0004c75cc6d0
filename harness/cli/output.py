"""Printing: JSON for programs, text for people."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import printable_json, terminal_text
from harness.records import document

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.table import Table


UNBROKEN = 10_000
"""Columns of a pipe in which no line is broken."""


def print_json(value: Any) -> None:
    """One JSON document on standard output, with its format number and the version that writes it."""
    click.echo(printable_json(document("output", value).decode()), nl=False)


def echo(text: str, *, err: bool = False) -> None:
    """Print a text of one or several lines, nothing in it a command for what shows it."""
    click.echo(terminal_text(text), err=err)


def print_reported(kind: str, record: Any, folder: Path, written: Mapping[str, Path], **more: Any) -> None:
    """Print the record of a run or a study as JSON, with its folder and the files of its report."""
    reports = {name: str(path) for name, path in written.items()}
    print_json({kind: record, "folder": str(folder), "reports": reports, **more})


class TerminalStream:
    """Standard output for what writes texts piece by piece; each is printed as :func:`echo` does."""

    def write(self, text: str) -> int:
        """Write a text."""
        return sys.stdout.write(terminal_text(text))


def console(*, stderr: bool = False, wide: bool = False) -> "Console":
    """Return the console of this process; plain text where the output is not a terminal, or ``NO_COLOR`` is set. A
    ``wide`` one breaks no line in a pipe."""
    from rich.console import Console
    from rich.segment import Segment

    class Screen(Console):
        """Shows foreign text as :func:`echo` does, and leaves a reader that went away to the command line, as every
        other printing does."""

        def render(self, renderable: "RenderableType", options: "ConsoleOptions | None" = None) -> "Iterable[Segment]":
            for segment in super().render(renderable, options):
                shown = segment.text if segment.control else terminal_text(segment.text)
                yield segment if shown == segment.text else Segment(shown, segment.style)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    # a pipe has no width: 120 columns keep a trial on one line, COLUMNS says otherwise
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else UNBROKEN if wide else 120
    return Screen(stderr=stderr, width=width, highlight=False)


def say(screen: "Console", text: str, style: str = "") -> None:
    """Print a text as it is, however long its lines."""
    screen.print(text, markup=False, soft_wrap=True, style=style)


def table(*columns: str, right: Iterable[str] = (), head: bool = True) -> "Table":
    """Return a table without lines; the columns ``right`` come after the others, and are set to the right."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim", show_header=head)
    for name in columns:
        made.add_column(name, overflow="fold")
    for name in right:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def append_lines(path: Path, lines: Iterable[str]) -> bool:
    """Add the lines that a file does not have yet; whether that changed it."""
    text = path.read_text("utf-8") if path.exists() else ""
    missing = [line for line in lines if line not in text.splitlines()]
    if missing:
        separator = "" if not text or text.endswith("\n") else "\n"
        path.write_text("\n".join([f"{text}{separator}{missing[0]}", *missing[1:], ""]), "utf-8", newline="\n")
    return bool(missing)
