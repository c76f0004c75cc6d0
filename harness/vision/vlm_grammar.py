"""The grammar of the checks that a chat model answers: a question with its expected answer, and what an image shows."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from harness.errors import FieldError, nearest
from harness.records import Check
from harness.vision.grammar import MAX_PHRASE, CheckError, Grammar
from harness.vision.record_form import CheckRecord, RecordForm

YES, NO = "yes", "no"
UNSURE = "unsure"
"""The answer that is always allowed, and decides nothing."""
MORE = "more"
OTHER = "something else"
_COUNTED = 20
"""Answers that are numbers are chosen from 0 to this one, or to the one expected, and ``more``."""
_HIGHEST = 100
_MOST_OPTIONS = 50


def _spoken(value: Any) -> str:
    """Return an answer as a word: a YAML ``yes`` is a boolean, a number is its digits."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, int):
        if not 0 <= value <= _HIGHEST:
            raise FieldError(f"a number that is counted in an image is from 0 to {_HIGHEST}")
        return str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_PHRASE:
        raise FieldError("an answer is yes, no, a whole number or a word", "such as answer: 2")
    word = value.strip()
    if word.casefold() == UNSURE:
        raise FieldError(f"`{UNSURE}` is always allowed, and never the answer that is expected")
    return word


Phrase = Annotated[str, Field(min_length=1, max_length=MAX_PHRASE, pattern=r"\S")]
Answer = Annotated[
    str,
    BeforeValidator(_spoken),
    WithJsonSchema({"type": ["string", "integer", "boolean"], "minLength": 1, "maxLength": MAX_PHRASE}),
]
Share = Annotated[float, Field(gt=0, le=1)]


class QuestionCheck(CheckRecord):
    """A question about an image."""

    question: Phrase
    """What is asked."""
    answer: Answer
    """The expected answer."""
    options: Annotated[list[Answer], Field(min_length=2, max_length=_MOST_OPTIONS)] | None = None
    """The answers to choose from."""


class Shown(CheckRecord):
    """What an image shows."""

    what: Phrase
    """The thing, in words."""
    at_least: Share | None = None
    """The share of the votes that must say so; all where nothing is said."""


class ShowsCheck(CheckRecord):
    """A check of what an image shows."""

    shows: Phrase | Shown


def shown_of(check: Check) -> Shown:
    """Return what a ``shows`` check expects. Raises CheckError."""
    record: ShowsCheck = _SHOWS.read("shows", check.args)
    return Shown(what=record.shows) if isinstance(record.shows, str) else record.shows


def question_of(check: Check) -> tuple[str, tuple[str, ...], str]:
    """Return the question of a check, the answers to choose from without ``unsure``, and the expected one. Raises
    CheckError."""
    if check.kind == "shows":
        return f"Does this image show {shown_of(check).what}?", (YES, NO), YES
    record: QuestionCheck = _QUESTION.read("question", check.args)
    return record.question, _options(record), record.answer


def kind_of(check: Check) -> str:
    """Return the kind of a check by what it takes to answer: ``question/yes-no``, ``question/number``,
    ``question/word`` or ``shows``. Raises CheckError."""
    if check.kind == "shows":
        return check.kind
    answer = question_of(check)[2]
    form = "yes-no" if answer in (YES, NO) else "number" if answer.isdecimal() else "word"
    return f"{check.kind}/{form}"


def _options(record: QuestionCheck) -> tuple[str, ...]:
    answer = record.answer
    if record.options is not None:
        return tuple(record.options)
    if answer in (YES, NO):
        return YES, NO
    if answer.isdecimal():
        return (*map(str, range(max(_COUNTED, int(answer)) + 1)), MORE)
    return answer, OTHER


def _verify(record: QuestionCheck) -> None:
    options = record.options
    if options is None:
        return
    if len({one.casefold() for one in options}) < len(options):
        raise CheckError("`options` names an answer twice", "", ("options",))
    if record.answer not in options:
        raise CheckError(f"`answer` is not one of the options: `{record.answer}`", nearest(record.answer, options),
                         ("answer",))  # fmt: skip


_QUESTION = RecordForm("{question: How many windows has the house?, answer: 2}", QuestionCheck, _verify)
_SHOWS = RecordForm("{shows: {what: a fox, at_least: 0.8}}", ShowsCheck)
VLM_GRAMMAR = Grammar({"question": _QUESTION, "shows": _SHOWS}, question_of, kind_of)
"""What a chat model answers."""
