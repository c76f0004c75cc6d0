"""Corrected rates of checks passed as a table: on the terminal, and as Markdown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from harness.report.markdown import escape
from harness.report.text import CORRECTED_COLUMNS, CORRECTED_METHOD

if TYPE_CHECKING:
    from rich.table import Table

_LEFT = 3
"""Columns of words; the others are figures."""


def corrected_table(rows: Sequence[tuple[str, ...]]) -> "Table":
    """Return corrected rates for the terminal."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for index, name in enumerate(CORRECTED_COLUMNS):
        table.add_column(name, justify="left" if index < _LEFT else "right")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def write_corrected(stream: TextIO, rows: Sequence[tuple[str, ...]]) -> None:
    """Write corrected rates as Markdown; nothing where there are none."""
    if not rows:
        return
    figures = len(CORRECTED_COLUMNS) - _LEFT
    stream.write("\n| " + " | ".join(CORRECTED_COLUMNS) + " |\n" + "|---" * _LEFT + "|--:" * figures + "|\n")
    for row in rows:
        stream.write("| " + " | ".join(map(escape, row)) + " |\n")
    stream.write(f"\n{CORRECTED_METHOD}\n")
