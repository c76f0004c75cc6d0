"""The data of the page: one small row a trial, and every value that repeats written once.

Each line of ``data.js`` is one call with one string of JSON in it. The page parses that string, so that no value can be
code, and no key can be more than a key (``__proto__``).
"""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TextIO

from harness.records import to_json

REMEMBERED = 50_000
"""Values kept to be found again; when they are that many, they are forgotten and written anew on their next use."""

ROWS_A_LINE = 250
"""Trials in one call: few calls, and no line too long for an editor or a parser."""


class DataScript:
    """Writes the data of a page to ``stream`` as a script."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._known: dict[Any, int] = {}
        self._count = 0
        self._fresh: list[str] = []
        self._rows: list[list[Any]] = []
        self._before: dict[type, tuple[Any, int]] = {}

    def share(self, value: Any) -> int:
        """Return the number of a value or record in the page's table of shared values; the same for the same JSON. A
        tuple holds texts (or tuples of them, or None): it is found without its JSON being made."""
        if isinstance(value, str):
            known: Any = '"' + value  # no other JSON begins like that of a text
        elif value is None or isinstance(value, tuple):
            known = value
        elif is_dataclass(value):
            return self._share_record(value)
        else:
            known = _dumps(value)
        return self._number(known, value)

    def share_texts(self, value: Mapping[str, str | tuple[str, ...] | None]) -> int:
        """Return the number of texts by name, as :meth:`share`: found without their JSON being made."""
        return self._number((Mapping, *value.items()), value)

    def _number(self, known: Any, value: Any) -> int:
        number = self._known.get(known)
        if number is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            number = self._known[known] = self._count
            self._count += 1
            self._fresh.append(_dumps(value))
        return number

    def _share_record(self, record: Any) -> int:
        """Most trials have the subject and the policy of the trial before."""
        before, number = self._before.get(type(record), (None, 0))
        if record != before:
            plain = to_json(record)
            number = self._number(_dumps(plain), plain)
            self._before[type(record)] = record, number
        return number

    def row(self, cells: list[Any]) -> None:
        """Add the row of a trial."""
        self._rows.append(cells)
        if len(self._rows) >= ROWS_A_LINE:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait, and before them the shared values they use."""
        if self._fresh:
            self._call("share", "[" + ",".join(self._fresh) + "]")
            self._fresh = []
        if self._rows:
            self._call("rows", _dumps(self._rows))
            self._rows = []

    def call(self, name: str, value: Any) -> None:
        """Write one call: ``report("name", "JSON")``."""
        self.flush()
        self._call(name, _dumps(value))

    def _call(self, name: str, text: str) -> None:
        self._stream.write(f"report({json.dumps(name)},{js_string(text)});\n")


_dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def js_string(text: str) -> str:
    """Return a JavaScript string literal, in ASCII, of ASCII JSON: it can neither end a script element nor open a
    comment.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\x3c").replace(">", "\\x3e")
    return f"'{escaped}'"
