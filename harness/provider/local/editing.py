"""Changing an input image by words: what it shows, what the prompt changes of that, and where.

"The same at night" and "the same but with a blue house" speak of what the image shows, so it is looked at first (by
the classical viewer). The boxes of the things that change are generated again one after the other, then the background
under all that is kept. Outside of that every pixel stays as it was.

The viewer reads in floating point. What it reads is recorded ("red house → blue house") and put on the grid of native
pixels; a reading at the edge of doubt may still differ between machines, unlike the generation itself.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.prompt import SKY, Background, GrammarInterpreter, Interpreter, Scene, Thing, changed_things
from harness.vision import Seen, View, look

Pixels = NDArray[np.uint8]
NATIVE = 64
"""Pixels of the longer side as the painter generates it."""
MARGIN = 0.16
"""Part of a thing's longer side that is generated again around its box, for its soft edge and its contour."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One part to generate: the ``scene`` that fills it, and its ``mask`` (True is generated again), None for the
    background."""

    scene: Scene
    mask: NDArray[np.bool_] | None
    note: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The patches in their order, the scene that comes of them, and why nothing can be edited when there are none."""

    scene: Scene
    patches: tuple[Patch, ...] = ()
    problem: str = ""


def edit_of(image: Pixels, prompt: str, negative: str, seed: int, interpreter: Interpreter | None = None) -> Edit:
    """Return what ``prompt`` changes of the image, as ``interpreter`` reads it (without one: the grammar). ``problem``
    says when the image does not show it.

    Raises PromptError for a prompt that cannot be read.
    """
    view = look(image)
    base = scene_of(view)
    reader = GrammarInterpreter() if interpreter is None else interpreter
    scene = reader.interpret(prompt, negative_prompt=negative, seed=seed, base=base)
    if not any("starts from the base scene" in step.effect for step in scene.steps):
        return Edit(scene, problem="the prompt does not speak of the image (it says neither 'the same' nor 'make')")
    if view.doubts or view.ground.kind == "unclear" or not all(thing.clear for thing in view.things):
        return Edit(scene, problem=f"what the image shows is not clear: {view.words()}")
    changes = changed_things(base, scene)
    if changes.style:
        return Edit(scene, problem="a change of style touches everything")
    added = [i for i in changes.added if scene.things[i].shape not in SKY]
    removed = [j for j in changes.removed if base.things[j].shape not in SKY]
    if len(added) > len(removed):
        return Edit(scene, problem=f"no place is known for what is added ({_words(scene.things[added[-1]])})")
    # what comes takes the places of what goes, in order: "make the square a yellow star"
    taken = tuple(zip(added, removed, strict=False))
    gone = [j for j in changes.removed if j not in {old for _, old in taken}]
    ground = base.background
    drop = {*gone, *(old for _, old in taken)}
    patches = [
        Patch(_filled(view.things[old], ground, scene.things[new]), _area(view, old, drop), note)
        for new, old in (*changes.changed, *taken)
        for note in (f"{view.things[old].words()} → {_words(scene.things[new])}",)
    ]
    patches += [
        Patch(Scene(background=ground), _area(view, old, drop), f"{view.things[old].words()} taken out") for old in gone
    ]
    if changes.background or any(scene.things[i].shape in SKY for i in changes.added):
        patches.append(Patch(scene, None, f"background → {_ground_words(scene.background)}"))
    if not patches:
        return Edit(scene, problem="the prompt changes nothing of what the image shows")
    return Edit(scene, tuple(patches))


def scene_of(view: View) -> Scene:
    """Return the scene an image shows, each thing by itself, in the order of ``view.things``."""
    things = tuple(Thing(seen.shape, seen.color, seen.size if seen.color else None) for seen in view.things)
    ground = view.ground
    if ground.kind in ("hills", "sea"):
        return Scene(things, background=Background(ground.kind, None, ground.time or "day"))
    return Scene(things, background=Background("plain", ground.color or "white", None))


def _filled(seen: Seen, ground: Background, thing: Thing) -> Scene:
    """Return the scene of one thing in the place of another."""
    return Scene((replace(thing, count=1, place=None, size=seen.size if thing.color else None),), background=ground)


def _area(view: View, index: int, gone: set[int]) -> NDArray[np.bool_]:
    """Return where a thing is generated again: its box and a margin, without the boxes of the things that stay beside
    it.
    """
    mask = np.zeros((view.height, view.width), np.bool_)
    x, y, width, height = view.things[index].box
    pad = round(MARGIN * max(width, height)) + 1
    # on the grid of the native pixels: a box seen one pixel wider on another machine is the same area
    grid = max(1, round(max(view.width, view.height) / NATIVE))
    left, top = (max(0, v - pad) // grid * grid for v in (x, y))
    right, bottom = (-(-(v + pad) // grid) * grid for v in (x + width, y + height))
    mask[top:bottom, left:right] = True
    for other, seen in enumerate(view.things):
        if other == index or other in gone or seen.shape == "stars" or _holds(view, other, index):
            continue
        x, y, width, height = seen.box
        mask[y : y + height, x : x + width] = False
    return mask


def _holds(view: View, outer: int, inner: int) -> bool:
    """Return whether one thing lies within another, directly or not."""
    at: int | None = inner
    while at is not None:
        if at == outer:
            return True
        at = view.things[at].within
    return False


def _words(thing: Thing) -> str:
    return f"{thing.color or ''} {thing.shape}".strip()


def _ground_words(ground: Background) -> str:
    return f"{ground.kind} {ground.color or ground.time or ''}".strip()
