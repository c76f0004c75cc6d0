"""``auto``: checks derived from the questions of a prompt, each for the first viewer that can answer it."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.prompt import Questions, SceneQuestion
from harness.records import Check, ViewerSpec
from harness.vision.grammar import CheckError, Grammar
from harness.vision.record_form import CheckRecord, RecordForm
from harness.vision.registry import SHAPES, viewer_kind
from harness.vision.shapes_grammar import RELATIONS

AUTO = "auto"
"""The check that stands for those derived from the prompt."""


class AutoRule(CheckRecord):
    """How checks are derived."""

    interpreter: str | dict[str, Any] | None = None
    """Who reads the prompt: ``grammar`` where nothing is said, or a chat model."""


class AutoCheck(CheckRecord):
    """The checks derived from the prompt."""

    auto: AutoRule


AUTO_GRAMMAR = Grammar({AUTO: RecordForm("{auto: {}}", AutoCheck)}, lambda _: None)
"""``auto`` with its options; no viewer answers it."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Checks derived from a prompt, and in words what none could be made for."""

    checks: tuple[Check, ...] = ()
    unchecked: tuple[str, ...] = ()


def derive(questions: Questions, viewers: Sequence[ViewerSpec], taken: Container[str] = ()) -> Derived:
    """Return the checks of questions, each for the first of ``viewers`` whose grammar can express it.

    What a question needs that no viewer can answer is left out of its ``needs``. Names that are ``taken`` by other
    checks get a suffix.
    """
    checks: list[Check] = []
    unchecked: list[str] = []
    names: dict[str, str] = {}
    for question in questions.asked:
        check = next(_checks(question, viewers), None)
        if check is not None:
            names[question.name] = f"{question.name} (derived)" if question.name in taken else question.name
            needs = tuple(names[name] for name in question.needs if name in names)
            checks.append(replace(check, name=names[question.name], needs=needs))
        elif question.stated:
            unchecked.append(question.name)
    return Derived(tuple(checks), (*unchecked, *questions.unread))


def _checks(question: SceneQuestion, viewers: Sequence[ViewerSpec]) -> Iterator[Check]:
    """Yield the check of a question for each viewer that can answer it."""
    for spec in viewers:
        grammar = viewer_kind(spec.kind).grammar
        args = _arguments(question, grammar.forms)
        if not args:
            continue
        try:
            check = grammar.parse(args)
            grammar.read(check)
        except CheckError:  # the viewer has no words for it: the next one may have
            continue
        yield replace(check, by=None if spec == SHAPES else spec, derived=True)


def _arguments(question: SceneQuestion, forms: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question as a check of a grammar that has these forms; empty where it has none for it."""
    if question.kind == "text" and "text" in forms:
        return {"text": {"contains": question.targets[0]}}
    if "present" in forms:
        return _of_shapes(question)
    if "question" in forms and question.stated:
        return _of_words(question)
    return {}


def _of_shapes(question: SceneQuestion) -> dict[str, Any]:
    kind, targets = question.kind, list(question.targets)
    if kind in ("present", "absent", "background"):
        return {kind: targets[0]}
    if kind in ("count", "others"):
        return {"count": targets[0] if targets else "things", **_bounds(question)}
    return {kind: targets} if kind in RELATIONS else {}


def _bounds(question: SceneQuestion) -> dict[str, int]:
    if question.most == question.least:
        return {"equals": question.least}
    return {"at_least": question.least} | ({} if question.most is None else {"at_most": question.most})


def _of_words(question: SceneQuestion) -> dict[str, Any]:
    if question.kind != "count" or question.most == question.least:
        answer: Any = int(question.answer) if question.answer.isdecimal() else question.answer
        return {"question": question.question, "answer": answer}
    many = question.name.removeprefix("number of ")
    span = f"at least {question.least}" if question.most is None else f"{question.least} to {question.most}"
    return {"question": f"Does the image show {span} {many}?", "answer": "yes"}
