"""The rules that a :class:`Scene` obeys, whatever made it: what the layout and the checks rely on."""

from harness.prompt import scene as words
from harness.prompt.consistency import acyclic, consistent
from harness.prompt.errors import InvalidSceneError, PromptContradictionError, TooManyThingsError
from harness.prompt.forbidden_colors import SKY_COLORS, colors_of
from harness.prompt.scene import MAX_OBJECTS, SHAPES, SKY, Absence, Relation, Scene, Thing

MAX_RELATIONS = 12
"""Most relations of one scene; also bounds the search for an arrangement."""


def validate(scene: Scene) -> Scene:
    """Return ``scene`` when it keeps every rule of the vocabulary.

    Raises InvalidSceneError (a value outside the vocabulary, or a rule broken), TooManyThingsError (more than
    MAX_OBJECTS things or MAX_RELATIONS relations) or PromptContradictionError (something both present and forbidden,
    relations that cannot hold together).
    """
    for i, thing in enumerate(scene.things):
        _thing(thing, f"things[{i}]")
    for shape in SKY:
        if sum(t.shape == shape for t in scene.things) > 1:
            raise InvalidSceneError("things", f"{shape} is given twice")
    total = sum(t.count for t in scene.things if t.shape not in SKY)
    for count, most, what in ((total, MAX_OBJECTS, "things"), (len(scene.relations), MAX_RELATIONS, "relations")):
        if count > most:
            raise TooManyThingsError(count, most, what)
    for i, relation in enumerate(scene.relations):
        _relation(relation, scene, f"relations[{i}]")
    _nesting(scene)
    _background(scene)
    _in("style", scene.style, words.STYLES)
    for i, absence in enumerate(scene.absent):
        _absence(absence, f"absent[{i}]")
    for where, given in (("relations", scene.relations), ("absent", scene.absent)):
        if len(set(given)) != len(given):
            raise InvalidSceneError(where, "one is given twice")
    _forbidden(scene)
    if not consistent(scene.things, scene.relations):
        raise PromptContradictionError("things stand in given relations and places", "these cannot hold together")
    return scene


def _in(where: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidSceneError(where, f"{str(value)[:40]!r} is not one of {', '.join(allowed)}")


def _thing(thing: Thing, where: str) -> None:
    _in(f"{where}.shape", thing.shape, SHAPES + SKY)
    if thing.place is not None:
        _in(f"{where}.place", thing.place, words.PLACES)
    if thing.shape in SKY:
        if thing.color is not None or thing.size is not None or thing.count != 1:
            raise InvalidSceneError(where, f"the {thing.shape} has no color, size or count of its own")
        return
    _in(f"{where}.color", thing.color, words.COLORS)
    if thing.size is not None:
        _in(f"{where}.size", thing.size, words.SIZES)
    if thing.count < 1:
        raise InvalidSceneError(f"{where}.count", f"{thing.count} is less than 1")


def _relation(r: Relation, scene: Scene, where: str) -> None:
    _in(f"{where}.kind", r.kind, words.RELATIONS)
    members = (r.subject, *r.targets)
    for index in members:
        if not 0 <= index < len(scene.things):
            raise InvalidSceneError(where, f"there is no thing {index}")
        if scene.things[index].shape == "stars":
            raise InvalidSceneError(where, "stars are scattered and stand in no relation")
    if len(set(members)) != len(members):
        raise InvalidSceneError(where, "a thing is related to itself")
    expected = {"between": 2, "row": len(r.targets)}.get(r.kind, 1)
    if len(r.targets) != expected:
        raise InvalidSceneError(f"{where}.targets", f"{r.kind} takes {expected}, not {len(r.targets)}")
    if r.kind == "row" and sum(scene.things[i].count for i in members) < 2:
        raise InvalidSceneError(where, "a row needs at least two things")
    if r.kind == "inside" and scene.things[r.targets[0]].shape in SKY:
        raise InvalidSceneError(where, f"nothing lies inside the {scene.things[r.targets[0]].shape}")


def _nesting(scene: Scene) -> None:
    """Check nesting: at most one holder, no cycles; a nested thing has no place or relation of its own."""
    holder: dict[int, int] = {}
    for i, r in enumerate(scene.relations):
        if r.kind == "inside":
            if r.subject in holder:
                raise InvalidSceneError(f"relations[{i}]", "a thing lies inside two others")
            holder[r.subject] = r.targets[0]
    if not acyclic(len(scene.things), holder.items()):
        raise PromptContradictionError("a thing lies inside another", "that one lies inside it")
    for start in holder:
        if scene.things[start].place is not None:
            raise InvalidSceneError(f"things[{start}].place", "what lies inside another thing has no place of its own")
    rows: set[int] = set()
    for i, r in enumerate(scene.relations):
        members = (r.subject, *r.targets)
        if r.kind != "inside" and any(m in holder for m in members):
            raise InvalidSceneError(f"relations[{i}]", "what lies inside another thing stands in no other relation")
        if r.kind == "row":
            if rows & set(members):
                raise InvalidSceneError(f"relations[{i}]", "a thing stands in two rows")
            rows |= set(members)


def _background(scene: Scene) -> None:
    ground = scene.background
    _in("background.kind", ground.kind, ("plain", *words.SCENIC))
    if ground.kind == "plain":
        _in("background.color", ground.color, words.PLAIN)
        if ground.time is not None:
            raise InvalidSceneError("background.time", "a plain background has no time")
    else:
        _in("background.time", ground.time, words.TIMES)
        if ground.color is not None:
            raise InvalidSceneError("background.color", f"{ground.kind} has its own colors")


def _absence(absence: Absence, where: str) -> None:
    if absence.shape is None and absence.color is None:
        raise InvalidSceneError(where, "neither a shape nor a color")
    if absence.shape is not None:
        _in(f"{where}.shape", absence.shape, SHAPES + SKY)
    if absence.color is not None:
        _in(f"{where}.color", absence.color, words.COLORS)
        if absence.shape in SKY:
            raise InvalidSceneError(where, f"the {absence.shape} has no color")


def forbids(absence: Absence, thing: Thing) -> bool:
    """Return whether an absence speaks of a thing (a color alone also of the sky things that show it)."""
    if thing.shape in SKY:
        if absence.shape is None:
            return absence.color in SKY_COLORS[thing.shape]
        return absence.shape == thing.shape
    return absence.shape in (None, thing.shape) and absence.color in (None, thing.color)


def words_of(what: Absence | Thing) -> str:
    """Return an absence or a thing in words: "red circle", "green"."""
    return " ".join(part for part in (what.color, what.shape) if part)


def _forbidden(scene: Scene) -> None:
    for absence in scene.absent:
        for thing in scene.things:
            if forbids(absence, thing):
                raise PromptContradictionError(f"{words_of(thing)} is asked for", f"{words_of(absence)} is forbidden")
        if absence.shape is None and absence.color in colors_of(scene.background):
            raise PromptContradictionError(f"the background shows {absence.color}", f"{absence.color} is forbidden")
