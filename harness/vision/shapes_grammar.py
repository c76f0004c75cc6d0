"""The grammar of the shapes viewer: its kinds of checks, and its words for things and backgrounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import nearest
from harness.prompt import COLORS, PLAIN, SCENIC, SHAPES, SKY, TIMES, plural_of
from harness.records import Check
from harness.vision.grammar import CheckError, Form, Grammar, Path, phrases

_SYNONYMS = {
    "grey": "gray", "violet": "purple", "disc": "circle", "disk": "circle", "dot": "circle", "ball": "circle",
    "rhombus": "diamond", "plus": "cross", "box": "square", "home": "house", "crescent": "moon", "hill": "hills",
    "dusk": "sunset", "donut": "ring", "evening": "sunset",
}  # fmt: skip
_PLURALS = {plural_of(shape): shape for shape in (*SHAPES, "sun", "moon")}
_ANYTHING = ("thing", "things", "object", "objects", "shape", "shapes", "anything")
_FILLERS = ("a", "an", "the", "any", "all", "every")
_COUNTS = range(1001)


@dataclass(frozen=True, slots=True)
class Target:
    """Which things a check is about: ``shape`` None means any, ``color`` None means any."""

    shape: str | None = None
    color: str | None = None

    def words(self, *, plural: bool = False) -> str:
        """Return the target in words, such as ``red circle``."""
        words = f"{self.color or ''} {self.shape or 'thing'}".strip()
        return plural_of(words) if plural else words


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a ``background`` check expects: ``kind`` plain, hills or sea; a plain one's color; a time. None: any."""

    kind: str | None = None
    color: str | None = None
    time: str | None = None


def parse_target(text: str, path: Path = ()) -> Target:
    """Return the target that words such as ``red circle``, ``green`` or ``stars`` mean.

    Plurals and a few synonyms are understood. ``stars`` without a color are those of the sky; with a color they
    are star shapes. Raises CheckError for words that are not in the vocabulary.
    """
    shape: str | None = None
    color: str | None = None
    anything = False
    for raw in _split(text):
        word = _SYNONYMS.get(raw, _SYNONYMS.get(raw.removesuffix("s"), raw))
        word = word if word in SKY else _PLURALS.get(word, word)
        if word in COLORS:
            if color is not None:
                raise CheckError(f"`{text}` names two colors", "", path)
            color = word
        elif word in SHAPES or word in SKY:
            if shape is not None or anything:
                raise CheckError(f"`{text}` names two shapes", "", path)
            shape = word
        elif word in _ANYTHING:
            anything = True
        elif word not in _FILLERS:
            hint = nearest(raw, (*SHAPES, *SKY, *COLORS, *_PLURALS))
            raise CheckError(f"`{raw}` is not a shape or color that can be checked", hint, path)
    if shape is None and color is None and not anything:
        raise CheckError(f"`{text}` names no shape and no color", "", path)
    if shape == "stars" and color is not None:
        shape = "star"
    if shape in SKY and color is not None:
        raise CheckError(f"a color of the {shape} cannot be checked", "", path)
    return Target(shape, color)


def targets(check: Check) -> tuple[Target, ...]:
    """Return the targets of a check in the order written, none for a background; raises CheckError."""
    if check.kind == "background":
        return ()
    found = tuple(parse_target(phrase, path) for path, phrase in phrases(check))
    if check.kind == "color" and found[0].shape in SKY:
        raise CheckError(f"a color of the {found[0].shape} cannot be checked", "", (check.kind,))
    return found


def limits(args: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the least and the most (None: no limit) that a ``count`` check allows; raises CheckError."""
    if "equals" in args:
        if len(args) > 2:
            raise CheckError(
                "`equals` excludes other bounds", "or say `at_least` and `at_most`", ("equals",), at_key=True
            )
        return args["equals"], args["equals"]
    low, high = args.get("at_least", 0), args.get("at_most")
    if high is not None and low > high:
        raise CheckError("`at_least` is more than `at_most`", "", ("at_least",))
    return low, high


def scenery(args: Mapping[str, Any]) -> Scenery:
    """Return the background that words such as ``night``, ``sea at sunset`` or ``plain white`` mean.

    Raises CheckError.
    """
    text, path = args["background"], ("background",)
    kind: str | None = None
    color: str | None = None
    time: str | None = None
    for raw in _split(text):
        word = _SYNONYMS.get(raw, raw)
        if word == "plain" or word in SCENIC:
            kind = word
        elif word in PLAIN:
            color = word
        elif word in TIMES:
            time = word
        elif word not in (*_FILLERS, "at", "by", "background"):
            hint = nearest(raw, ("plain", *SCENIC, *PLAIN, *TIMES))
            raise CheckError(f"`{raw}` is not a background that can be checked", hint, path)
    if kind is color is time is None:
        raise CheckError(f"`{text}` names no background", "", path)
    if color and (time or kind in SCENIC):
        raise CheckError(f"`{text}`: only a plain background has a color", "", path)
    if kind == "plain" and time:
        raise CheckError(f"`{text}`: a plain background has no time of day", "", path)
    return Scenery("plain" if color else kind, color, time)


def _split(phrase: str) -> list[str]:
    return phrase.lower().replace("-", " ").split()


BINARY = ("left_of", "right_of", "above", "below", "inside", "next_to")
RELATIONS = (*BINARY, "between", "row")
SHAPES_GRAMMAR = Grammar(
    {
        "count": Form(
            "{count: red circle, equals: 2}",
            options=dict.fromkeys(("equals", "at_least", "at_most"), _COUNTS),
            validate=limits,
        ),
        "color": Form("{color: house, equals: yellow}", options={"equals": COLORS}),
        **{kind: Form(f"{{{kind}: [red circle, blue square]}}", 2, 2) for kind in BINARY},
        "between": Form("{between: [red circle, blue square, green star]}", 3, 3),
        "row": Form("{row: [red circle, blue square]}", 1, 6),
        "background": Form("{background: sea at sunset}", validate=scenery),
        "absent": Form("{absent: green}"),
        "present": Form("{present: red circle}"),
    },
    targets,
)
"""What the built-in viewer of shapes answers."""
