"""TOML to the same tree as YAML's, so that complaints about both carry their file, line and column.

The parser of the standard library gives no places: they are looked up line by line, and a place that cannot be found
is that of the table around it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.suite.problem import Place, Problem, SuiteError
from harness.suite.read import SuiteFile, problem_at
from harness.suite.text import read_text
from harness.suite.tree import Entry, Node

_PART = r"(?:[\w-]+|\"[^\"]*\"|'[^']*')"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*(?P<whole>\[\[?\s*(?P<key>{_DOTTED})\s*\]\]?)\s*(?:#.*)?$")
_PAIR = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=\s*")
_INSIDE = re.compile(rf"[{{,]\s*(?P<key>{_PART})\s*=\s*")

Places = dict[tuple[str, ...], tuple[Place, Place]]
"""The places of key and value, by path."""


def read_toml(path: Path, table: Sequence[str] = ()) -> SuiteFile | None:
    """Return a TOML file, or one table of it, as a source to complain about; None where it has no such table. Raises
    SuiteError."""
    text = read_text(path)
    lines = text.split("\n")
    try:
        data: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SuiteError([_syntax(path, lines, str(error))]) from None
    for name in table:
        data = data.get(name) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        return None
    places = dict(_places(lines))
    return SuiteFile(
        path, _node(data, tuple(table), places, places.get(tuple(table), (Place(), Place()))[0], lines), lines
    )


def _syntax(path: Path, lines: Sequence[str], message: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    last = Place(len(lines) if "end of document" in message else 0, 1)
    place = Place(int(found[1]), int(found[2])) if found else last
    return problem_at(path, lines, place, f"TOML syntax: {message.partition(' (at ')[0]}")


def _places(lines: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[Place, Place]]]:
    """Yield where tables and keys begin. Text that only looks like a key is harmless: nothing of that path is in the
    data.
    """
    table: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        if found := _TABLE.match(line):
            table = _parts(found["key"])
            place = Place(number, found.start("whole") + 1, len(found["whole"]))
            yield from ((table[:depth], (place, place)) for depth in range(len(table), 0, -1))
        elif found := _PAIR.match(line):
            path = (*table, *_parts(found["key"]))
            yield path, _pair(number, line, found)
            for inner in _INSIDE.finditer(line, found.end()):
                yield (*path, *_parts(inner["key"])), _pair(number, line, inner)


def _pair(number: int, line: str, found: re.Match[str]) -> tuple[Place, Place]:
    width = len(re.split(r"\s*[,}#]", line[found.end() :], maxsplit=1)[0].rstrip())
    return Place(number, found.start("key") + 1, len(found["key"])), Place(number, found.end() + 1, max(1, width))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _node(value: Any, path: tuple[str, ...], places: Places, around: Place, lines: Sequence[str]) -> Node:
    if isinstance(value, Mapping):
        entries = {}
        for key, item in value.items():
            own, at = places.get((*path, key), (around, around))
            entries[key] = Entry(own, _node(item, (*path, key), places, at, lines))
        return Node(entries, around)
    if isinstance(value, list):
        return Node([_node(item, path, {}, _item(item, around, lines), lines) for item in value], around)
    known = value if isinstance(value, (str, int, float, bool)) else str(value)
    return Node(known, around, str(value))


def _item(value: Any, around: Place, lines: Sequence[str]) -> Place:
    """Return the place of an item of a list: the first occurrence of its text from the list's beginning on."""
    if isinstance(value, str) and around.line:
        for number in range(around.line, len(lines) + 1):
            column = lines[number - 1].find(value, around.column - 1 if number == around.line else 0)
            if column >= 0:
                return Place(number, column + 1, len(value))
    return around
