"""What is wrong in a suite: problems with their place, and the one fault that carries them."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.errors import HarnessError, printable

SHOWN_PROBLEMS = 20
"""Most problems that one message spells out; the rest are counted."""
SHOWN_COLUMNS = 100
"""Longest piece of a source line that a message quotes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: ``line`` and ``column`` from 1 (0 = the file as a whole), ``width`` in characters."""

    line: int = 0
    column: int = 0
    width: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: ``path`` as given, ``text`` the source line without secrets, ``hint`` what to do
    about it."""

    path: str
    message: str
    hint: str = ""
    place: Place = Place()
    text: str = ""

    @property
    def where(self) -> str:
        """``file:line:column``, or the file alone."""
        return f"{self.path}:{self.place.line}:{self.place.column}" if self.place.line else self.path

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}"
        return f"{head}; {self.hint}" if self.hint else head

    @property
    def quote(self) -> str:
        """The line with a caret under the place, or empty."""
        if not self.place.line or not self.text:
            return ""
        return _quote(self.text, self.place)


class SuiteError(HarnessError):
    """A suite (or ``harness.toml``) that cannot be used. ``problems`` are in the order of the files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        alone = len(self.problems) == 1
        blocks = []
        for problem in self.problems[:SHOWN_PROBLEMS]:
            head = f"{problem.where}: {problem.message}" if alone else str(problem)
            blocks.append(f"{head}\n{problem.quote}" if problem.quote else head)
        left = len(self.problems) - SHOWN_PROBLEMS
        if left > 0:
            blocks.append(f"… and {left} more")
        return "\n".join(blocks)

    @property
    def summary(self) -> str:
        """One line: the first problem, and how many more there are."""
        first = printable(f"{self.problems[0].where}: {self.problems[0].message}")
        return first if len(self.problems) == 1 else f"{first} (and {len(self.problems) - 1} more)"

    @property
    def hint(self) -> str:
        if len(self.problems) == 1:
            return printable(self.problems[0].hint) or "`harness schema` prints what a suite may hold"
        return f"correct these {len(self.problems)} places; `harness schema` prints what a suite may hold"


def sorted_problems(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems of one file by line and column, each reported once."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.place.line, problem.place.column))


def _quote(text: str, place: Place) -> str:
    column = min(max(place.column, 1), len(text) + 1) - 1
    start = max(0, column - SHOWN_COLUMNS // 2) if len(text) > SHOWN_COLUMNS else 0
    piece = printable(text[start : start + SHOWN_COLUMNS]).replace("\t", "·")
    before = ("…" if start else "") + piece[: column - start]
    after = piece[column - start :] + ("…" if start + SHOWN_COLUMNS < len(text) else "")
    under = after[: max(1, place.width)].rstrip()
    margin = f"{place.line:>6} | "
    tail = "~" * (_columns(under) - 1)
    return f"{margin}{before}{after}\n{' ' * (len(margin) - 2)}| {' ' * _columns(before)}^{tail}"


def _columns(text: str) -> int:
    """Terminal columns of a text: wide characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
