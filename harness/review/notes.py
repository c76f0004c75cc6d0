"""What a reviewer should know of a submit: the diff of the manifest, and whether its images now come of two models."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping

from harness.baseline import Manifest
from harness.records import TrialKey, decode_json, indented_json

SHOWN = 40
"""Trials in a diff at most; the others are counted."""


def diff_of(entries: Mapping[TrialKey, tuple[str, str]]) -> str:
    """Return the unified diff of the entries of a manifest, each before and after as JSON lines."""
    lines: list[str] = []
    for key, (old, new) in list(entries.items())[:SHOWN]:
        before, after = (_indented(text) for text in (old, new))
        lines += [*difflib.unified_diff(before, after, str(key), str(key), n=1, lineterm="")]
    if len(entries) > SHOWN:
        lines.append(f"… and {len(entries) - SHOWN:,} more trials")
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    entries = (decode_json(object, line) for line in text.splitlines())
    return [line for entry in entries for line in indented_json(entry).decode().splitlines()]


def changed_subjects(old: Manifest, new: Manifest) -> Iterator[str]:
    """Yield what to say where a suite's accepted images come partly of another model than before."""
    before, after = _subjects(old), _subjects(new)
    counts = Counter(after.values())
    for came, gone in sorted({(name, before[key]) for key, name in after.items() if before.get(key, name) != name}):
        if counts[gone]:
            total = sum(counts.values())
            yield (
                f"{counts[came]} of {total} accepted images of {new.suite} now come from {came}, {counts[gone]} still "
                f"from {gone}: harness audit compares the two"
            )


def _subjects(manifest: Manifest) -> dict[TrialKey, str]:
    found = {}
    for key in manifest.trials():
        accepted = manifest.accepted(key)
        if accepted:
            subject = accepted[-1].recipe.subject
            found[key] = " ".join(filter(None, (subject.provider, subject.model)))
    return found
