"""Lists of prompts that people have: a line each, CSV and TSV with a head, JSON lines."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError

SUFFIXES = (".txt", ".csv", ".tsv", ".jsonl")
_COLUMNS = {
    "prompt": ("prompt", "caption", "text"),
    "negative_prompt": ("negative_prompt", "negative prompt", "negative"),
    "id": ("id", "name", "case"),
    "seed": ("seed", "seeds"),
    "tags": ("tags", "tag", "category", "challenge"),
}
"""Names of columns, compared without regard to case, by the key of a suite that they become."""


@dataclass(frozen=True)
class ListedPrompt:
    """A row of a list. ``rest`` are the columns that no key of a suite takes."""

    prompt: str
    negative_prompt: str = ""
    id: str = ""
    seed: int | None = None
    tags: tuple[str, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)


def read_prompts(path: Path) -> list[ListedPrompt]:
    """Return the prompts of a file by its ending, SUFFIXES. Blank lines are none.

    Raises UsageError for a file that cannot be read, has no column of prompts, or a row that is none.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"{path} cannot be read: {fault}", "save it as UTF-8 text") from None
    kind = path.suffix.lower()
    if kind == ".txt":
        found = [ListedPrompt(line.strip()) for line in text.splitlines() if line.strip()]
    elif kind == ".jsonl":
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        found = [_of_json(line, f"{path}:{number}") for number, line in lines]
    else:
        rows = csv.DictReader(io.StringIO(text), delimiter="\t" if kind == ".tsv" else ",", strict=True)
        try:
            found = [_listed(row, f"{path}:{rows.line_num}") for row in rows if any(row.values())]
        except csv.Error as fault:
            raise UsageError(f"{path}:{rows.line_num} is no row of a table: {fault}") from None
    if not found:
        hint = f"one a line, or a table with a column `prompt` ({', '.join(SUFFIXES)})"
        raise UsageError(f"{path} holds no prompts", hint)
    return found


def _of_json(line: str, where: str) -> ListedPrompt:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise UsageError(f"{where} is no JSON: {fault}") from None
    if isinstance(value, str):
        value = {"prompt": value}
    if not isinstance(value, Mapping):
        raise UsageError(f"{where} is neither a text nor an object", 'such as {"prompt": "a fox", "seed": 1}')
    return _listed(value, where)


def _listed(row: Mapping[Any, Any], where: str) -> ListedPrompt:
    keys: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    tags: list[str] = []
    for name, value in row.items():
        if name is None:
            raise UsageError(f"{where} has more fields than the head", "put a field with a comma in quotes")
        if value is None or value == "":
            continue
        key = next((key for key, names in _COLUMNS.items() if str(name).strip().lower() in names), None)
        if key == "tags":
            tags += [str(one).strip() for one in (value if isinstance(value, list) else str(value).split(","))]
        elif key is None or key in keys:
            rest[str(name)] = value
        else:
            keys[key] = value
    if not str(keys.get("prompt", "")).strip():
        raise UsageError(f"{where} has no prompt", "name the column or the field `prompt`")
    seed = keys.get("seed")
    if seed is not None and not str(seed).isdecimal():
        raise UsageError(f"{where}: the seed {seed!r:.40} is no number", "")
    return ListedPrompt(
        str(keys["prompt"]).strip(),
        str(keys.get("negative_prompt", "")),
        str(keys.get("id", "")),
        None if seed is None else int(seed),
        tuple(dict.fromkeys(filter(None, tags))),
        rest,
    )
