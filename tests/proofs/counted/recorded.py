"""What lies in the files of a command: calls that were counted, and the intents and results of its ledgers.

Only the files are read, by their documented words, so that this holds for every implementation of them. Calls are
counted by the digest of their recipe.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def calls(folder: Path) -> Counter[str]:
    """How often each recipe was generated, as the provider counted it."""
    try:
        lines = (folder / "calls.txt").read_text().splitlines()
    except FileNotFoundError:
        return Counter()
    return Counter(lines)


def ledgers(reports: Path) -> list[Path]:
    """Every ``trials.jsonl``, however deep."""
    return sorted(reports.rglob("trials.jsonl"))


def lines_of(ledger: Path, start: int = 0) -> Iterator[tuple[str, Any]]:
    """The whole lines from a place on: what each is (``result``, ``intent``, ``judged`` …), and its fields."""
    with ledger.open("rb") as file:
        file.seek(start)
        for line in file:
            if not line.endswith(b"\n"):
                return
            data = json.loads(line)
            del data["format"]
            if "outcome" in data:
                yield "result", data
            else:
                ((kind, fields),) = data.items()
                yield kind, fields


def intents(reports: Path) -> Counter[str]:
    """How often each recipe was announced before it was called, over all ledgers."""
    notes = (note for ledger in ledgers(reports) for note in lines_of(ledger))
    return Counter(data["recipe"] for kind, data in notes if kind == "intent")


def results(ledger: Path) -> dict[str, Any]:
    """The results of a ledger that stand, by trial and attempt."""
    found: dict[str, Any] = {}
    for kind, data in lines_of(ledger):
        if kind == "result":
            found[trial_of(data)] = data
        elif kind == "judged":
            found[trial_of(data["result"])] = data["result"]
        elif kind == "rerun":
            found.pop(trial_of(data), None)
    return found


def unanswered(ledger: Path, start: int = 0) -> Counter[str]:
    """How often each recipe was announced from a place of the ledger on, and has no result there."""
    waiting: dict[str, list[str]] = {}
    for kind, data in lines_of(ledger, start):
        if kind == "intent":
            waiting.setdefault(trial_of(data), []).append(data["recipe"])
        elif kind in ("result", "judged"):
            waiting.pop(trial_of(data.get("result", data)), None)
    return Counter(recipe for recipes in waiting.values() for recipe in recipes)


def trial_of(data: Any) -> str:
    """Which generation of which trial a line is about."""
    return json.dumps([data["key"], data["attempt"]], sort_keys=True)


def stored_images(document: Any) -> Iterator[tuple[str, str]]:
    """File and file digest of every image that a record names, however deep."""
    if isinstance(document, dict):
        if isinstance(document.get("file"), str) and isinstance(document.get("file_digest"), str):
            yield document["file"], document["file_digest"]
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from stored_images(item)
