"""Labels for nothing: scenes that the embedded painter generates, of which it is known what they show."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from harness.errors import UsageError
from harness.records import Check, Recipe, Request, ViewerSpec
from harness.study.calibrate.labels import Label, LabeledImage, Labels
from harness.suite import ProviderSpec, subject_of
from harness.vision import Grammar, viewer_kind

PAINTER = ProviderSpec("painter", "painter")
SIDE = 256
"""Pixels of a scene, both ways."""
SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond")
COLORS = ("red", "blue", "green", "yellow", "purple", "black")
NUMBERS = {2: "two", 3: "three", 4: "four"}
SIDES = {"left_of": ("left of", "right_of"), "above": ("above", "below")}
"""Relations by their key in a check: in words, and the key of the opposite."""
_SEED = 20261127


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing in a relation to another, and several equal things: each ``color shape``, the three of different shapes
    and colors. ``absent`` is neither a shape nor a color of it."""

    first: str
    second: str
    relation: str
    many: str
    number: int
    absent: str
    seed: int

    @property
    def prompt(self) -> str:
        """Its words."""
        many = f"{NUMBERS[self.number]} {self.many}s"
        return f"a {self.first} {SIDES[self.relation][0]} a {self.second}, {many}, white background"


def scenes() -> Iterator[Scene]:
    """Yield scenes without end; always the same ones."""
    for seed in count():
        rng = random.Random(_SEED + seed)  # noqa: S311 - an order, no secret
        shapes, colors = rng.sample(SHAPES, 4), rng.sample(COLORS, 4)
        first, second, many, absent = (f"{color} {shape}" for color, shape in zip(colors, shapes, strict=True))
        yield Scene(first, second, tuple(SIDES)[seed % 2], many, rng.choice(tuple(NUMBERS)), absent, seed)


Written = Mapping[str, Any] | None
"""A check as a suite writes it; None where a scene has none of a kind."""


def _count(scene: Scene, holds: bool) -> Written:
    return {"count": scene.many, "equals": _number(scene, holds)}


def _number(scene: Scene, holds: bool) -> int:
    """Return the number of the equal things, or one that is off by 1."""
    return scene.number if holds else scene.number + (1 if scene.seed // 2 % 2 else -1)


def _color(scene: Scene, holds: bool) -> Written:
    color, shape = scene.first.split()
    return {"color": shape, "equals": color if holds else scene.absent.split()[0]}


def _related(kind: str) -> Callable[[Scene, bool], Written]:
    def made(scene: Scene, holds: bool) -> Written:
        pair = [scene.first, scene.second]
        if kind not in (scene.relation, SIDES[scene.relation][1]):
            return None
        return {kind: pair if holds == (kind == scene.relation) else pair[::-1]}

    return made


def _present(scene: Scene, holds: bool) -> Written:
    return {"present": scene.second if holds else scene.absent}


def _absent(scene: Scene, holds: bool) -> Written:
    return {"absent": scene.absent if holds else scene.second}


def _shows(scene: Scene, holds: bool) -> Written:
    return {"shows": f"a {scene.second if holds else scene.absent}"}


def _how_many(scene: Scene, holds: bool) -> Written:
    return {"question": f"How many {scene.many}s are there?", "answer": _number(scene, holds)}


def _what_color(scene: Scene, holds: bool) -> Written:
    color, shape = scene.first.split()
    right = color if holds else scene.absent.split()[0]
    return {"question": f"What color is the {shape}?", "answer": right, "options": list(COLORS)}


def _yes_or_no(scene: Scene, holds: bool) -> Written:
    """Ask for presence, a color or a relation in turn, with yes and no as the true answer in turn."""
    yes = scene.seed // 2 % 2 == 0
    color, shape = scene.first.split()
    other, words = scene.absent.split()[0], SIDES[scene.relation][0]
    pair = (scene.first, scene.second) if yes else (scene.second, scene.first)
    text = (
        f"Is there a {scene.second if yes else scene.absent}?",
        f"Is the {shape} {color if yes else other}?",
        f"Is the {pair[0]} {words} the {pair[1]}?",
    )[scene.seed // 4 % 3]
    return {"question": text, "answer": "yes" if yes == holds else "no"}


_MADE: Mapping[str, Callable[[Scene, bool], Written]] = {
    "count": _count,
    "color": _color,
    **{kind: _related(kind) for kind in ("left_of", "right_of", "above", "below")},
    "present": _present,
    "absent": _absent,
    "shows": _shows,
    "question/number": _how_many,
    "question/word": _what_color,
    "question/yes-no": _yes_or_no,
}
"""How a labeled check of each kind is made from a scene."""


def scene_labels(viewer: ViewerSpec, each: int, kinds: Collection[str] = ()) -> Labels:
    """Return, for each kind of check of a viewer that scenes can label, ``each`` checks that hold and as many that do
    not, no two of one kind about one image. ``kinds``, where given, chooses among them. Raises UsageError where scenes
    have no labels for the viewer.
    """
    grammar = viewer_kind(viewer.kind).grammar
    made = {kind: make for kind, make in _MADE.items() if kind.split("/")[0] in grammar.forms}
    if kinds:
        made = {kind: make for kind, make in made.items() if kind in kinds}
    if not made:
        hint = "label images of your own, and name the file: --labels FILE"
        raise UsageError(f"scenes of the painter have no labels for the checks of viewer `{viewer.name}`", hint)
    left = {kind: Counter({True: each, False: each}) for kind in made}
    subject = subject_of(PAINTER, {"quality": "draft"})
    images = []
    for scene in scenes():
        if not any(map(Counter.total, left.values())):
            break
        labels = tuple(_labels(scene, grammar, made, left))
        if labels:
            request = Request(scene.prompt, seed=scene.seed, width=SIDE, height=SIDE)
            images.append(LabeledImage(f"scene-{scene.seed:04}", Recipe(request, subject), labels))
    return Labels("painter", tuple(images))


def _labels(
    scene: Scene,
    grammar: Grammar,
    made: Mapping[str, Callable[[Scene, bool], Written]],
    left: Mapping[str, Counter[bool]],
) -> Iterator[Label]:
    """Yield a label of each kind that is still needed, of the outcome that more are needed of."""
    for index, (kind, make) in enumerate(made.items()):
        needed = left[kind]
        if not needed.total():
            continue
        turn = (scene.seed + index) % 2 == 0
        holds = turn if needed[turn] and needed[True] == needed[False] else needed[True] > needed[False]
        written = make(scene, holds)
        if written is not None:
            check: Check = grammar.parse(written)
            needed[holds] -= 1
            yield Label(check, holds)
