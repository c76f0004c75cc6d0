"""Comments that cut a text: ``prompt: a red circle #1, no green`` is, to YAML, ``a red circle`` and a comment.

A comment counts as part of a text when it follows a text without quotes (or stands in place of one) and no space
follows its ``#``. Behind numbers, booleans, quoted texts and whole lists it is a comment, and so is ``# this``.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from harness.suite.problem import Place, Problem, printable
from harness.suite.scalars import resolve
from harness.suite.tree import TreeError, events_of

HINT = "put the text in quotes, or a space behind the `#` of a comment"

_CUT = re.compile(r"[ \t]*(?<=[ \t])(#[^\s#].*)")
_MISSING = re.compile(f":?{_CUT.pattern}")


def cut_texts(path: Path, text: str, lines: Sequence[str]) -> Iterator[Problem]:
    """Yield each place of a YAML file where a comment cuts a text, up to what is no YAML."""
    if not any(map(_CUT.search, lines)):
        return
    end: Any = None
    with suppress(TreeError):
        for event in events_of(text):
            plain = isinstance(event, yaml.ScalarEvent) and not event.style
            if not plain or event.value:
                # a value that is missing has its mark at what follows it: it begins at the end of its key
                end = event.end_mark
            if plain and isinstance(resolve(event.value), str | None):
                line = lines[end.line]
                if found := (_CUT if event.value else _MISSING).match(line, end.column):
                    comment = found[1].rstrip()
                    place = Place(end.line + 1, found.start(1) + 1, len(comment))
                    what = f"the text ends before `{printable(comment):.60}`, which is a comment to YAML"
                    yield Problem(str(path), what, HINT, place, line)
