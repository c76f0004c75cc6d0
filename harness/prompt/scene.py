"""What a prompt means: a :class:`Scene`, the one record between words, painter and checks.

Every name below is the drawable vocabulary of the embedded painter and the checkable vocabulary of the
classical viewer. An interpreter maps other words onto it, each by a recorded step, or lists them as unknown.
"""

from dataclasses import dataclass, field

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "ring", "cross", "house", "tree")
"""Things that stand in an image, each with a color and a size."""

SKY = ("sun", "moon", "stars")
"""Things of the sky: asked for or forbidden, never colored; ``stars`` is one scattered group."""

COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white")
SIZES = ("small", "medium", "large")
STYLES = ("flat", "outline", "pastel")
PLAIN = ("white", "gray", "black", "blue", "green", "yellow", "pink", "purple")
"""Plain backgrounds; all but black are pale, so that an object of the same color name still stands out."""

SCENIC = ("hills", "sea")
TIMES = ("day", "sunset", "night")
PLACES = (
    "left", "right", "top", "bottom", "center",
    "top-left", "top-right", "bottom-left", "bottom-right",
)  # fmt: skip
RELATIONS = ("left_of", "right_of", "above", "below", "between", "inside", "next_to", "row")
MAX_OBJECTS = 6
"""Most things (counts added up, sky things not counted) that one image holds."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A group of equal things: ``count`` of one shape, color and size.

    ``shape`` is one of SHAPES or SKY; sky things have ``color`` and ``size`` None and ``count`` 1.
    ``place`` is one of PLACES or None (anywhere). ``size`` None lets the layout choose.
    """

    shape: str
    color: str | None = None
    size: str | None = None
    count: int = 1
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind`` (one of RELATIONS) holds between the things at these indices of ``Scene.things``.

    ``left_of`` … ``below``, ``inside`` and ``next_to`` take one target; ``between`` takes two;
    ``row`` takes the other members of the row (none: the members of one group), in order from the left.
    """

    kind: str
    subject: int
    targets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """What must not be seen: a shape, a color, or a shape in a color. At least one is given."""

    shape: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Background:
    """``kind`` is ``plain`` (with ``color`` from PLAIN) or one of SCENIC (with ``time`` from TIMES)."""

    kind: str
    color: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an interpretation: the ``words`` it read, and its ``effect`` ("absent += star").

    ``kind`` is ``read`` (the words say so), ``assume`` (nothing said; a default was taken),
    ``adjust`` (asked for something that cannot be generated; what was done instead).
    """

    words: str
    effect: str
    kind: str = "read"


@dataclass(frozen=True, slots=True)
class Scene:
    """What an image should show. ``steps`` list how it was read, ``unknown`` lists what was not understood."""

    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()
    background: Background = field(default_factory=lambda: Background("plain", "white"))
    style: str = "flat"
    absent: tuple[Absence, ...] = ()
    steps: tuple[Step, ...] = ()
    unknown: tuple[str, ...] = ()
