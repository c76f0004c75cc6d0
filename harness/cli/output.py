"""Printing: JSON for programs, a console for people."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.records import document

if TYPE_CHECKING:
    from rich.console import Console


def print_json(value: Any) -> None:
    """One JSON document on standard output, with its format number and the version that writes it."""
    click.echo(document("output", value), nl=False)


def console(*, stderr: bool = False) -> "Console":
    """Return the console of this process; plain text where the output is no terminal, or ``NO_COLOR`` is set."""
    from rich.console import Console

    class Screen(Console):
        """Leaves a reader that went away to the command line, as every other printing does."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    # a pipe has no width: 120 columns keep a trial on one line, COLUMNS says otherwise
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 120
    return Screen(stderr=stderr, width=width, highlight=False)


def append_lines(path: Path, lines: Iterable[str]) -> bool:
    """Add the lines that a file does not have yet; whether that changed it."""
    text = path.read_text("utf-8") if path.exists() else ""
    missing = [line for line in lines if line not in text.splitlines()]
    if missing:
        separator = "" if not text or text.endswith("\n") else "\n"
        path.write_text("\n".join([f"{text}{separator}{missing[0]}", *missing[1:], ""]), "utf-8", newline="\n")
    return bool(missing)
