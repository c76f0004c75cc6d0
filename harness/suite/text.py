"""The text of a suite: that of a file, or of a suite that is defined in Python."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

from harness.errors import UsageError
from harness.suite.problem import Place, Problem, SuiteError
from harness.suite.tree import read_tree

MAX_BYTES = 4_000_000
"""Largest suite file, in bytes."""


@dataclass(frozen=True, slots=True)
class SuiteText:
    """A suite that is held as text. ``path`` is its file, or the name that stands for one."""

    path: Path
    text: str

    @classmethod
    def of_file(cls, path: Path) -> "SuiteText":
        """Return the text of a file as it is now. Raises SuiteError."""
        return cls(path, read_text(path))

    @classmethod
    def of_data(cls, data: Mapping[str, Any], folder: Path = Path()) -> "SuiteText":
        """Return a suite that is defined in Python, as text: it is read as a file is, and every complaint has its line.

        Its paths start at ``folder``. It is JSON, which is YAML too; its name is ``<NAME>``, as Python writes
        ``<string>``. Raises UsageError for what JSON cannot hold.
        """
        try:
            text = json.dumps(_plain(data), ensure_ascii=False, indent=2)
        except TypeError as fault:
            hint = "give texts, numbers, lists and mappings"
            raise UsageError(f"suite {data.get('suite')!r:.80}: {fault}", hint) from None
        for code in ("\x85", "\u2028", "\u2029"):  # line breaks in YAML, not in JSON
            text = text.replace(code, f"\\u{ord(code):04x}")
        return cls(folder / f"<{data.get('suite')}>", text + "\n")

    def data(self) -> Any:
        """Return the keys and values as written. Raises TreeError where it is not YAML."""
        root = read_tree(self.text)
        return None if root is None else root.plain()


def is_in_memory(suite: str) -> bool:
    """Return whether a recorded suite is one that was defined in Python, so that no command can read it again."""
    return PurePath(suite).name.startswith("<")


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file within MAX_BYTES. Raises SuiteError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as fault:
        raise SuiteError([Problem(str(path), f"cannot be read: {fault.strerror or fault}")]) from None
    if len(data) > MAX_BYTES:
        hint = "split it into several suites, or use `matrix` and ranges of seeds"
        raise SuiteError([Problem(str(path), f"is larger than {MAX_BYTES:,} bytes, the limit of a suite file", hint)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        column = fault.start - (data.rfind(b"\n", 0, fault.start) + 1) + 1
        problem = Problem(str(path), "is not UTF-8", "save it as UTF-8", Place(line, column))
        raise SuiteError([problem]) from None


def _plain(value: Any) -> Any:
    """Return the value as JSON has it: ranges as ``first..last``, paths and enumerations as texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, range) and value.step == 1 and value:
        return f"{value[0]}..{value[-1]}"
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return os.fspath(value) if isinstance(value, os.PathLike) else value
