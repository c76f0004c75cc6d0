"""The grammar of text checks, and how alike two texts are."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from harness.errors import FieldError
from harness.records import Check
from harness.vision.grammar import MAX_PHRASE, CheckError, Grammar
from harness.vision.record_form import CheckRecord, RecordForm

_BOUND = re.compile(r"\A\s*<=\s*(\d*\.?\d+)\s*\Z")
_EXAMPLE = "{text: {contains: OPEN}}"


def _rate(value: Any) -> float:
    """Return the largest error rate that ``<= .1`` allows."""
    found = _BOUND.match(value) if isinstance(value, str) else None
    if found is None or not 0 <= float(found[1]) <= 1:
        raise FieldError("`cer` is a bound from 0 to 1", 'such as cer: "<= .1"')
    return float(found[1])


def _words(value: Any) -> Any:
    if isinstance(value, str) and not normalized(value):
        raise FieldError("the text that is expected is empty")
    return value


Words = Annotated[str, BeforeValidator(_words), Field(min_length=1, max_length=MAX_PHRASE)]
ErrorRate = Annotated[
    float, BeforeValidator(_rate), WithJsonSchema({"type": "string", "pattern": r"^\s*<=\s*\d*\.?\d+\s*$"})
]


class TextRule(CheckRecord):
    """What the text in an image must be."""

    equals: Words | None = None
    """The whole text."""
    contains: Words | None = None
    """A part of it."""
    cer: ErrorRate | None = None
    """The largest character error rate to it; 0 where nothing is said."""


class TextCheck(CheckRecord):
    """A check of text."""

    text: Words | TextRule


def rule_of(check: Check) -> TextRule:
    """Return what a text check expects. Raises CheckError."""
    record: TextCheck = TEXT_FORM.read("text", check.args)
    return TextRule(contains=record.text) if isinstance(record.text, str) else record.text


def normalized(text: str) -> str:
    """Return a text as it is compared: compatibility characters unified, without case and without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def error_rate(expected: str, read: str, *, part: bool = False) -> float:
    """Return the character error rate: insertions, deletions and replacements that make ``read`` of ``expected``, per
    character of ``expected``; 0 for equal texts, more than 1 where much was added.

    With ``part`` the text read may go on before and after: the stretch of it that is nearest counts.
    """
    row = [0] * (len(read) + 1) if part else list(range(len(read) + 1))
    for index, sign in enumerate(expected, 1):
        diagonal, row[0] = row[0], index
        for place, other in enumerate(read, 1):
            cost = diagonal + (sign != other)
            diagonal = row[place]
            row[place] = min(cost, row[place] + 1, row[place - 1] + 1)
    return (min(row) if part else row[-1]) / len(expected)


def _verify(check: TextCheck) -> None:
    rule = check.text
    if isinstance(rule, str):
        return
    if rule.equals is not None and rule.contains is not None:
        raise CheckError("`equals` and `contains` do not go together", "keep one of the two", ("text",))
    if rule.equals is None and rule.contains is None:
        hint = 'such as text: {equals: OPEN, cer: "<= .1"}' if rule.cer is not None else f"such as {_EXAMPLE}"
        raise CheckError("`text` says neither `equals` nor `contains`", hint, ("text",))


TEXT_FORM = RecordForm(_EXAMPLE, TextCheck, _verify)
TEXT_GRAMMAR = Grammar({"text": TEXT_FORM}, rule_of)
"""What the viewer of text answers."""
