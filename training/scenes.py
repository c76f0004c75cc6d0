"""Random scenes for training: every shape, color, size, style, place and relation, with pairs held out."""

from harness.painter.errors import LayoutError
from harness.painter.layout import Layout, arrange
from harness.painter.rng import Stream
from harness.prompt.scene import (
    COLORS,
    PLACES,
    PLAIN,
    SCENIC,
    SHAPES,
    SIZES,
    STYLES,
    TIMES,
    Background,
    Relation,
    Scene,
    Thing,
)

HELD_OUT = {
    ("star", "brown"),
    ("heart", "blue"),
    ("cross", "pink"),
    ("tree", "purple"),
    ("ring", "orange"),
    ("diamond", "black"),
}
"""Pairs of shape and color that no training image shows."""

_WEIGHTED = (*SHAPES, "star", "star", "heart", "house", "ring")
GRIDS = ((64, 64),) * 14 + ((64, 48), (48, 64), (64, 40), (40, 64), (64, 32), (32, 64))
"""Native canvases (width, height), repeated by how often they are trained."""


def _thing(random: Stream, count: int) -> Thing:
    """Return a random group of ``count`` things."""
    while True:
        shape, color = random.choice(_WEIGHTED), random.choice(COLORS)
        if (shape, color) not in HELD_OUT:
            break
    size = random.choice((*SIZES, "small", None, None, None))
    place = random.choice(PLACES) if random.chance(220) else None
    return Thing(shape, color, size, count, place)


def random_scene(random: Stream) -> Scene:
    """Return a random scene (it may turn out not to fit: see :func:`random_layout`)."""
    kind = random.choice(("plain", "plain", "plain", "hills", "sea"))
    if kind == "plain":
        ground = Background("plain", random.choice(PLAIN), None)
    else:
        ground = Background(random.choice(SCENIC), None, random.choice(TIMES))
    style = random.choice((*STYLES, "outline"))
    total = random.choice((1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6))
    things: list[Thing] = []
    while total > 0:
        count = min(total, random.choice((1, 1, 1, 1, 2, 3, 4, 5, 6)))
        things.append(_thing(random, count))
        total -= count
    relations: list[Relation] = []
    n = len(things)
    if n >= 2 and random.chance(700):
        # Things inside things are the hardest to learn, so they are shown often.
        kind = random.choice(("left_of", "right_of", "above", "below", "next_to", "row", "between", *("inside",) * 6))
        a, b = random.choice([(i, j) for i in range(n) for j in range(n) if i != j])
        if kind == "between" and n >= 3:
            c = next(i for i in range(n) if i not in (a, b))
            relations.append(Relation("between", a, (b, c)))
        elif kind == "inside":
            if things[a].shape == things[b].shape and things[a].color == things[b].color:
                kind = "next_to"
            relations.append(Relation(kind, a, (b,)))
        elif kind != "between":
            relations.append(Relation(kind, a, (b,)))
    elif n == 1 and things[0].count > 1 and random.chance(300):
        relations.append(Relation("row", 0))
    if random.chance(450 if kind != "plain" else 220):
        sky = random.choice((("sun",), ("moon",), ("stars",), ("sun",), ("moon", "stars")))
        things += [Thing(s, place=random.choice((None, None, "top-left", "top-right", "top"))) for s in sky]
    return Scene(tuple(things), tuple(relations), ground, style)


def random_layout(seed: int, width: int = 64, height: int = 64) -> tuple[Scene, Layout]:
    """Return a random scene that fits the native canvas, and its layout."""
    random = Stream(seed, 0x7A)
    while True:
        scene = random_scene(random)
        try:
            return scene, arrange(scene, random.bits() >> 1, width, height)
        except LayoutError:
            continue
