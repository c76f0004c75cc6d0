"""The grammar of the checks that an encoder of images answers: how near an image is to a text, and to the accepted
image. Both are cosines, from -1 to 1."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from harness.errors import FieldError, nearest
from harness.records import Check
from harness.vision.grammar import MAX_PHRASE, Grammar
from harness.vision.record_form import CheckRecord, RecordForm

ALIGNMENT, SIMILAR = "alignment", "similar_to_baseline"
_BOUND = re.compile(r"\A\s*>=\s*(-?(?:\d+(?:\.\d*)?|\.\d+))\s*\Z")


def _bound(value: Any) -> float:
    """Return the least cosine that ``>= 0.25`` allows."""
    found = _BOUND.match(value) if isinstance(value, str) else None
    if found is None or not -1 <= float(found[1]) <= 1:
        raise FieldError("a cosine has a lower bound from -1 to 1", 'such as ">= 0.25"')
    return float(found[1])


def _alignment(value: Any) -> Any:
    """Return a bound, or the mapping of a record whose keys are right."""
    if not isinstance(value, dict):
        return _bound(value)
    for key in value:
        if key not in Alignment.model_fields:
            raise FieldError(
                f"unknown key `{key}`", nearest(str(key), Alignment.model_fields), (str(key),), at_key=True
            )
    if "at_least" not in value:
        raise FieldError("`alignment` has no `at_least`", "such as alignment: {to: a red fox, at_least: 0.25}")
    return value


_BOUND_SCHEMA = {"type": "string", "pattern": r"^\s*>=\s*-?(\d+(\.\d*)?|\.\d+)\s*$", "examples": [">= 0.25"]}
Bound = Annotated[float, BeforeValidator(_bound), WithJsonSchema(_BOUND_SCHEMA)]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Phrase = Annotated[str, Field(min_length=1, max_length=MAX_PHRASE, pattern=r"\S")]


class Alignment(CheckRecord):
    """How near an image must be to a text."""

    to: Phrase | None = None
    """The text; the prompt of the case where nothing is said."""
    at_least: Cosine
    """The least cosine."""


class AlignmentCheck(CheckRecord):
    """A check of how near an image is to a text."""

    alignment: Annotated[
        Alignment | float, BeforeValidator(_alignment),
        WithJsonSchema({"oneOf": [_BOUND_SCHEMA, {
            "type": "object", "required": ["at_least"], "additionalProperties": False,
            "properties": {
                "to": {"type": "string", "minLength": 1, "maxLength": MAX_PHRASE},
                "at_least": {"type": "number", "minimum": -1, "maximum": 1},
            },
        }]}),
    ]  # fmt: skip


class SimilarCheck(CheckRecord):
    """A check of how near an image is to the accepted one."""

    similar_to_baseline: Bound


_ALIGNMENT = RecordForm('{alignment: ">= 0.25"}', AlignmentCheck)
_SIMILAR = RecordForm('{similar_to_baseline: ">= 0.95"}', SimilarCheck)


def bound_of(check: Check) -> tuple[str | None, float]:
    """Return the text of an ``alignment`` check (None: the prompt; always None of another) and the least cosine. Raises
    CheckError."""
    if check.kind == SIMILAR:
        return None, _SIMILAR.read(SIMILAR, check.args).similar_to_baseline
    expected: Alignment | float = _ALIGNMENT.read(ALIGNMENT, check.args).alignment
    return (expected.to, expected.at_least) if isinstance(expected, Alignment) else (None, expected)


EMBEDDING_GRAMMAR = Grammar({ALIGNMENT: _ALIGNMENT, SIMILAR: _SIMILAR}, bound_of)
"""What an encoder of images answers."""
