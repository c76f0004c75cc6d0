"""A scene in plain English, in words that read back to the same scene.

Law: for every valid scene, ``interpret(describe(scene))`` has the same things, relations, background, style and
absences.
"""

from collections.abc import Sequence

from harness.prompt import vocabulary as v
from harness.prompt.background import USUAL_SKY
from harness.prompt.scene import SHAPES, SKY, Absence, Background, Relation, Scene, Thing

_NUMBERS = ("", "one", "two", "three", "four", "five", "six")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
RELATIONS = {
    "left_of": "to the left of", "right_of": "to the right of", "inside": "inside", "next_to": "next to",
    "row": "in a row",
}  # fmt: skip
PLACES = {"left": "on the left", "right": "on the right", "center": "in the middle"}
_SKY = {"sun": "the sun", "moon": "the moon", "stars": "stars"}
_TIMES = {"day": "by day", "sunset": "at sunset", "night": "at night"}
_STYLES = {"outline": "in outline style", "pastel": "in pastel style"}


def describe(scene: Scene) -> str:
    """One line that says what the scene shows. ``scene`` must be valid."""
    inline = _inline(scene)
    things = _things(scene, inline)
    around = [_ground(scene), *([_STYLES[scene.style]] if scene.style in _STYLES else ())]
    relations = [_sentence(scene, r) for r in scene.relations if r is not inline]
    parts = [things, ", ".join(around), *relations, _absent(scene)]
    return " ".join(part[0].upper() + part[1:] + "." for part in parts if part)


def _things(scene: Scene, inline: Relation | None) -> str:
    items: list[str] = []
    for i, thing in enumerate(scene.things):
        if inline is None or i not in (inline.subject, *inline.targets):
            items.append(f"{_name(thing)} {_place(thing.place)}" if thing.place else _name(thing))
        elif i == inline.subject:
            items.append(_together(scene, inline))
    if inline is None and not any(thing.place for thing in scene.things) and items:
        return _listed(items)
    return "; ".join(items)


def _inline(scene: Scene) -> Relation | None:
    """Return the relation to report together with its things: the only one, between neighbors."""
    if len(scene.relations) != 1:
        return None
    r = scene.relations[0]
    members = (r.subject, *r.targets)
    beside = members == tuple(range(r.subject, r.subject + len(members)))
    return r if beside and not any(scene.things[i].place for i in members) else None


def _together(scene: Scene, r: Relation) -> str:
    names = [_name(scene.things[i]) for i in (r.subject, *r.targets)]
    return _related(r.kind, names)


def _related(kind: str, names: Sequence[str], verb: str = "") -> str:
    words = f"{verb} {RELATIONS.get(kind, kind)}".strip()
    if kind == "row":
        return f"{_listed(names)} {words}"
    return f"{names[0]} {words} {' and '.join(names[1:])}"


def _place(place: str) -> str:
    corner = f"in the {place.replace('-', ' ')} corner" if "-" in place else f"at the {place}"
    return PLACES.get(place, corner)


def _name(thing: Thing) -> str:
    """Return the thing where it is first named."""
    if thing.shape in SKY:
        return _SKY[thing.shape]
    shape = v.plural_of(thing.shape) if thing.count > 1 else thing.shape
    rest = " ".join(word for word in (thing.size, thing.color, shape) if word)
    if thing.count == 1:
        return f"{'an' if rest[0] in 'aeiou' else 'a'} {rest}"
    return f"{_NUMBERS[thing.count]} {rest}"


def _sentence(scene: Scene, r: Relation) -> str:
    names = [_reference(scene, i) for i in (r.subject, *r.targets)]
    many = scene.things[r.subject].count > 1 or (r.kind == "row" and len(names) > 1)
    return _related(r.kind, names, "are" if many else "is")


def _reference(scene: Scene, i: int) -> str:
    """Words that mean thing ``i`` and no other."""
    thing = scene.things[i]
    if thing.shape in SKY:
        return f"the {thing.shape}"
    shape = thing.shape if thing.count == 1 else v.plural_of(thing.shape)
    for form in (("color",), (), ("size", "color"), ("size",)):
        words = [getattr(thing, name) for name in form]
        if None not in words and _unique(scene, i, form):
            return " ".join(["the", *words, shape])
    return f"the {_ORDINALS[i]} group"


def _unique(scene: Scene, i: int, form: tuple[str, ...]) -> bool:
    thing = scene.things[i]
    return not any(
        other.shape == thing.shape and all(getattr(other, name) == getattr(thing, name) for name in form)
        for j, other in enumerate(scene.things)
        if j != i
    )


def _ground(scene: Scene) -> str:
    ground: Background = scene.background
    if ground.kind == "plain":
        return f"on a plain {ground.color} background"
    time = ground.time or "day"
    words = f"{'the sea' if ground.kind == 'sea' else ground.kind} {_TIMES[time]}"
    forbidden = all(Absence(shape) in scene.absent for shape in USUAL_SKY[time])
    if forbidden or any(thing.shape in SKY for thing in scene.things):
        return words
    return f"{words} under an empty sky"


def _absent(scene: Scene) -> str:
    present = {thing.shape for thing in scene.things}
    named = list(scene.absent)
    others: list[str] = []
    for k in range(len(named)):
        if named[k:] == [Absence(s) for s in (*SHAPES, *SKY) if s not in present and Absence(s) not in named[:k]]:
            named, others = named[:k], ["nothing else"]
            break
    return ", ".join([*([_listed([f"no {_absence(a)}" for a in named])] if named else ()), *others])


def _absence(a: Absence) -> str:
    if a.shape is None:
        return a.color or ""
    if a.shape == "stars":
        return "sky stars"
    if a.shape in SKY:
        return a.shape
    if a.color:
        return f"{a.color} {v.plural_of(a.shape)}"
    return "star shapes" if a.shape == "star" else v.plural_of(a.shape)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
