"""The checks a case may ask for: their names, their forms, and the words they may use."""

from collections.abc import Callable
from typing import Any

from harness.prompt.scene import COLORS, PLAIN, SCENIC, SHAPES, SKY, TIMES
from harness.records import Check
from harness.suite.fields import FieldError
from harness.suite.problem import nearest

PAIRS = ("left_of", "right_of", "above", "below", "inside", "next_to")
"""Checks of one thing against another: ``{left_of: [red circle, blue square]}``."""
KINDS = ("count", "color", *PAIRS, "between", "row", "background", "absent", "present")
MAX_COUNT = 1000
MAX_PHRASE = 200
MAX_ROW = 6

LIMITS = ("equals", "at_least", "at_most")
_OPTIONS = {"count": LIMITS, "color": ("equals",)}
_EXAMPLES = {"count": "such as {count: red circle, equals: 2}", "color": "such as {color: house, equals: yellow}"}
_FILLERS = frozenset({"a", "an", "the", "any", "all", "every"})
_SYNONYMS = frozenset({"violet", "disc", "disk", "dot", "ball", "rhombus", "plus", "box", "home", "crescent", "donut"})
_THINGS = frozenset({"thing", "object", "shape", "anything"})
_WORDS = frozenset({*SHAPES, *SKY, *COLORS}) | _SYNONYMS | _THINGS
_BACKGROUNDS = frozenset({"plain", "grey", "dusk", "evening", "hill", *PLAIN, *SCENIC, *TIMES})


def parse_check(value: Any) -> Check:
    """The check of a mapping such as ``{count: red circle, equals: 2}``; ``args`` are as written. Raises FieldError."""
    if not isinstance(value, dict) or not value:
        raise FieldError("a check is a mapping", "such as {count: red circle, equals: 2}")
    named = [key for key in value if key in KINDS]
    if not named:
        key = next(iter(value))
        raise FieldError(f"unknown check `{key}`", nearest(str(key), KINDS), [key], at_key=True)
    if len(named) > 1:
        hint = f"write `{named[0]}` and `{named[1]}` as two checks"
        raise FieldError("two checks in one", hint, [named[1]], at_key=True)
    kind = named[0]
    allowed = {kind, *_OPTIONS.get(kind, ())}
    for key in value:
        if key not in allowed:
            raise FieldError(f"unknown key `{key}` in check `{kind}`", nearest(key, allowed), [key], at_key=True)
    if kind in _OPTIONS and not set(_OPTIONS[kind]) & set(value):
        raise FieldError(f"check `{kind}` has no `equals`", _EXAMPLES[kind], [kind], at_key=True)
    _FORMS[kind](kind, value)
    return Check(kind, dict(value))


def words_trouble(check: Check) -> tuple[str, str, tuple[str | int, ...]] | None:
    """The first word of a check that is outside the drawable vocabulary: ``(word, hint, path)``, or None.

    Only the embedded painter is held to it: what another provider generates may have any name.
    """
    for path, phrase in _phrases(check):
        for word in _split(phrase):
            if word not in _FILLERS and not {word, *_singulars(word)} & _WORDS:
                return word, nearest(word, _WORDS), path
    return None


def _phrases(check: Check) -> list[tuple[tuple[str | int, ...], str]]:
    value = check.args[check.kind]
    if isinstance(value, list):
        return [((check.kind, index), phrase) for index, phrase in enumerate(value)]
    return [] if check.kind == "background" else [((check.kind,), value)]


def _split(phrase: str) -> list[str]:
    return phrase.lower().replace("-", " ").split()


def _singulars(word: str) -> tuple[str, ...]:
    return word.removesuffix("s"), "cross" if word == "crosses" else word


def _phrase(kind: str, value: Any, path: tuple[str | int, ...]) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_PHRASE:
        raise FieldError(f"check `{kind}` names a thing in words", "such as red circle", path)


def _count(kind: str, value: dict[str, Any]) -> None:
    _phrase(kind, value[kind], (kind,))
    given = {name: value[name] for name in LIMITS if name in value}
    for name, number in given.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MAX_COUNT:
            raise FieldError(f"`{name}` of check `count` is a whole number from 0 to {MAX_COUNT}", "", [name])
    if "equals" in given and len(given) > 1:
        raise FieldError("`equals` stands alone", "or say `at_least` and `at_most`", ["equals"], at_key=True)
    if given.get("at_least", 0) > given.get("at_most", MAX_COUNT):
        raise FieldError("`at_least` is more than `at_most`", "", ["at_least"])


def _color(kind: str, value: dict[str, Any]) -> None:
    _phrase(kind, value[kind], (kind,))
    if value["equals"] not in COLORS:
        raise FieldError("`equals` of check `color` is a color", nearest(str(value["equals"]), COLORS), ["equals"])


def _listed(size: int) -> Callable[[str, dict[str, Any]], None]:
    def form(kind: str, value: dict[str, Any]) -> None:
        names = value[kind]
        if not isinstance(names, list) or len(names) != size:
            example = ", ".join(("red circle", "blue square", "green star")[:size])
            raise FieldError(
                f"check `{kind}` takes a list of {size} things", f"such as {{{kind}: [{example}]}}", [kind]
            )
        for index, name in enumerate(names):
            _phrase(kind, name, (kind, index))

    return form


def _one(kind: str, value: dict[str, Any]) -> None:
    _phrase(kind, value[kind], (kind,))


def _row(kind: str, value: dict[str, Any]) -> None:
    names = value[kind] if isinstance(value[kind], list) else [value[kind]]
    if not 1 <= len(names) <= MAX_ROW:
        hint = "such as {row: [red circle, blue square]}"
        raise FieldError(f"check `row` takes a list of 1 to {MAX_ROW} things", hint, [kind])
    for index, name in enumerate(names):
        _phrase(kind, name, (kind, index))


def _background(kind: str, value: dict[str, Any]) -> None:
    _phrase(kind, value[kind], (kind,))
    for word in _split(value[kind]):
        if word not in _BACKGROUNDS | _FILLERS | {"at", "by", "background"}:
            raise FieldError(f"`{word}` is no background", nearest(word, _BACKGROUNDS), [kind])


_FORMS: dict[str, Callable[[str, dict[str, Any]], None]] = {
    "count": _count,
    "color": _color,
    **dict.fromkeys(PAIRS, _listed(2)),
    "between": _listed(3),
    "row": _row,
    "background": _background,
    "absent": _one,
    "present": _one,
}
