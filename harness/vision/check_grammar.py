"""The words of checks: a mapping as written in a suite becomes a validated Check, and its targets shapes and colors.

Only the vocabulary, records and errors are imported here, so that a suite can be read without loading the viewer.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import HarnessError
from harness.prompt.scene import COLORS, PLAIN, SCENIC, SHAPES, SKY, TIMES
from harness.records import Check

RELATIONS = ("left_of", "right_of", "above", "below", "inside", "next_to", "between", "row")
KINDS = ("count", "color", "present", "absent", "background", *RELATIONS)
"""Every kind of check."""

_LIMITS = ("equals", "at_least", "at_most")
_OPTIONS: dict[str, tuple[str, ...]] = {"count": _LIMITS, "color": ("equals",)}
_ARITY = {"between": (3, 3), "row": (1, 6)}
_SYNONYMS = {
    "grey": "gray", "violet": "purple", "disc": "circle", "disk": "circle", "dot": "circle", "ball": "circle",
    "rhombus": "diamond", "plus": "cross", "box": "square", "home": "house", "crescent": "moon", "hill": "hills",
    "dusk": "sunset", "donut": "ring", "evening": "sunset",
}  # fmt: skip
_PLURALS = {shape + ("es" if shape == "cross" else "s"): shape for shape in SHAPES} | {"suns": "sun", "moons": "moon"}
_ANYTHING = ("thing", "things", "object", "objects", "shape", "shapes", "anything")
_FILLERS = ("a", "an", "the", "any", "all", "every")


class CheckError(HarnessError):
    """A check that cannot be understood.

    ``check`` is it as written, ``problem`` says why, ``word`` is the word at fault and ``nearest`` the known word
    most like it (either may be empty).
    """

    def __init__(self, check: str, problem: str, word: str = "", nearest: str = "") -> None:
        super().__init__(check, problem, word, nearest)
        self.check, self.problem, self.word, self.nearest = check, problem, word, nearest

    def __str__(self) -> str:
        return f"check {self.check}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"did you mean '{self.nearest}'?" if self.nearest else ""


@dataclass(frozen=True, slots=True)
class Target:
    """Which things a check is about: ``shape`` None means any, ``color`` None means any."""

    shape: str | None = None
    color: str | None = None

    def words(self, *, plural: bool = False) -> str:
        """Return the target in words, such as ``red circle``."""
        noun = self.shape or "thing"
        if plural and noun != "stars":
            noun += "es" if noun == "cross" else "s"
        return f"{self.color} {noun}" if self.color else noun


def parse_target(text: Any, check: str = "") -> Target:
    """Return the target that words such as ``red circle``, ``green`` or ``stars`` mean.

    Plurals and a few synonyms are understood. ``stars`` without a color are those of the sky; with a color they
    are star shapes. Raises CheckError for words that are not in the vocabulary.
    """
    if not isinstance(text, str) or not text.strip():
        raise CheckError(check, f"expected words such as 'red circle', not {text!r}")
    shape: str | None = None
    color: str | None = None
    anything = False
    for raw in text.lower().replace("-", " ").split():
        word = _SYNONYMS.get(raw, _SYNONYMS.get(raw.removesuffix("s"), raw))
        word = word if word in SKY else _PLURALS.get(word, word)
        if word in COLORS:
            if color is not None:
                raise CheckError(check, f"'{text}' names two colors", raw)
            color = word
        elif word in SHAPES or word in SKY:
            if shape is not None or anything:
                raise CheckError(check, f"'{text}' names two shapes", raw)
            shape = word
        elif word in _ANYTHING:
            anything = True
        elif word not in _FILLERS:
            known = (*SHAPES, *SKY, *COLORS, *_PLURALS)
            raise CheckError(check, f"'{raw}' is no shape or color that can be checked", raw, nearest(raw, known))
    if shape is None and color is None and not anything:
        raise CheckError(check, f"'{text}' names no shape and no color")
    if shape == "stars" and color is not None:
        shape = "star"
    if shape in SKY and color is not None:
        raise CheckError(check, f"a color of the {shape} cannot be checked")
    return Target(shape, color)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return the known word most like a word, or an empty string."""
    return next(iter(difflib.get_close_matches(word, known, 1, 0.6)), "")


def as_written(args: Mapping[str, Any]) -> str:
    """Return a check as a person wrote it, such as ``{count: red circle, equals: 2}``."""
    return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in args.items()) + "}"


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return str(value)


def parse_check(mapping: Mapping[str, Any]) -> Check:
    """Return the check that a mapping of a suite means, such as ``{"count": "red circle", "equals": 2}``.

    Raises CheckError when the kind, an option or a word is unknown, or a number is not one.
    """
    written = as_written(mapping)
    kinds = [key for key in mapping if key in KINDS]
    if len(kinds) != 1:
        options = {option for names in _OPTIONS.values() for option in names}
        strange = next((str(key) for key in mapping if key not in KINDS and key not in options), "")
        if not kinds and strange:
            problem = f"'{strange}' is no kind of check (known: {', '.join(KINDS)})"
            raise CheckError(written, problem, strange, nearest(strange, KINDS))
        raise CheckError(written, f"exactly one of {', '.join(KINDS)} is needed")
    kind = kinds[0]
    allowed = _OPTIONS.get(kind, ())
    for key in mapping:
        if key != kind and key not in allowed:
            raise CheckError(written, f"'{key}' does not belong to {kind}", str(key), nearest(str(key), allowed))
    if kind == "count":
        limits(mapping)
    elif kind == "color":
        _color(mapping, written)
    elif kind == "background":
        background(mapping[kind], written)
    if kind in RELATIONS:
        targets(kind, mapping)
    elif kind != "background":
        parse_target(mapping[kind], written)
    return Check(kind, dict(mapping))


def limits(mapping: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the least and the most (None: no limit) that a ``count`` check allows; raises CheckError."""
    written = as_written(mapping)
    given = {name: mapping[name] for name in _LIMITS if name in mapping}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise CheckError(written, f"'{name}' needs a whole number, not {value!r}", name)
    if not given or ("equals" in given and len(given) > 1):
        raise CheckError(written, "count needs 'equals', or 'at_least' and 'at_most'")
    low = given.get("equals", given.get("at_least", 0))
    high = given.get("equals", given.get("at_most"))
    if high is not None and low > high:
        raise CheckError(written, f"at_least {low} is more than at_most {high}")
    return low, high


def targets(kind: str, mapping: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return the targets of a relation in the order written; raises CheckError."""
    written = as_written(mapping)
    given = mapping[kind]
    listed = list(given) if isinstance(given, list | tuple) else [given]
    least, most = _ARITY.get(kind, (2, 2))
    if not least <= len(listed) <= most:
        equals = f"{least}" if least == most else f"{least} to {most}"
        raise CheckError(written, f"{kind} needs a list of {equals} targets, not {len(listed)}")
    return tuple(parse_target(text, written) for text in listed)


def _color(mapping: Mapping[str, Any], written: str) -> None:
    """Raise CheckError unless a ``color`` check is sound."""
    equals = mapping.get("equals")
    word = _SYNONYMS.get(str(equals).lower(), str(equals).lower())
    if word not in COLORS:
        raise CheckError(
            written, f"color needs 'equals' with one of {', '.join(COLORS)}", str(equals), nearest(word, COLORS)
        )
    target = parse_target(mapping["color"], written)
    if target.shape in SKY:
        raise CheckError(written, f"a color of the {target.shape} cannot be checked")


def color_of(mapping: Mapping[str, Any]) -> str:
    """Return the color that a ``color`` check wants."""
    word = str(mapping["equals"]).lower()
    return _SYNONYMS.get(word, word)


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a ``background`` check wants: ``kind`` plain, hills or sea; a color of a plain one; a time. None: any."""

    kind: str | None = None
    color: str | None = None
    time: str | None = None


def background(text: Any, check: str = "") -> Scenery:
    """Return the background that words such as ``night``, ``sea at sunset`` or ``plain white`` mean.

    Raises CheckError.
    """
    if not isinstance(text, str) or not text.strip():
        raise CheckError(check, f"expected words such as 'night' or 'plain white', not {text!r}")
    kind: str | None = None
    color: str | None = None
    time: str | None = None
    for raw in text.lower().replace("-", " ").split():
        word = _SYNONYMS.get(raw, raw)
        if word == "plain" or word in SCENIC:
            kind = word
        elif word in PLAIN:
            color = word
        elif word in TIMES:
            time = word
        elif word not in (*_FILLERS, "at", "by", "background"):
            known = ("plain", *SCENIC, *PLAIN, *TIMES)
            raise CheckError(check, f"'{raw}' is no background that can be checked", raw, nearest(raw, known))
    if kind is color is time is None:
        raise CheckError(check, f"'{text}' names no background")
    if color and (time or kind in SCENIC):
        raise CheckError(check, f"'{text}': only a plain background has a color")
    if kind == "plain" and time:
        raise CheckError(check, f"'{text}': a plain background has no time of day")
    return Scenery("plain" if color else kind, color, time)
