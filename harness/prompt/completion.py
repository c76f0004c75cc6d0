"""From what was read to a scene: groups become things, what was not said gets defaults, every one with a step."""

from dataclasses import replace

from harness.prompt.background import settle_background, settle_sky
from harness.prompt.draft import Draft, Group
from harness.prompt.errors import NothingToGenerateError, PromptContradictionError, TooManyThingsError
from harness.prompt.relations import settle_relations
from harness.prompt.scene import COLORS, MAX_OBJECTS, SHAPES, SKY, Absence, Background, Scene, Thing
from harness.prompt.validation import forbids, validate, words_of

_USUAL = {"house": "red", "tree": "green", "heart": "red", "star": "yellow"}
_ORDER = ("blue", "red", "green", "yellow", "purple", "orange", "pink", "brown", "black", "white")


def settle(draft: Draft) -> Scene:
    """Return the scene of a draft. Raises a PromptError when no image can meet what was asked."""
    unknown = tuple(dict.fromkeys(str(words) for words in draft.unknown if words.strip(" .,")))
    described = draft.groups or draft.scenic or draft.time or draft.ground or draft.plain
    if not described:
        raise NothingToGenerateError(unknown)
    total = sum(g.count for g in draft.groups if g.shape not in SKY)
    if total > MAX_OBJECTS:
        raise TooManyThingsError(total, MAX_OBJECTS)
    parts, index = _expand(draft)
    background = settle_background(draft, [p.color for p in parts])
    defaults: set[int] = set()
    relations, parts = settle_relations(draft, parts, index)
    holders = {r.subject: r.targets[0] for r in relations if r.kind == "inside"}
    families = [index[id(g), None] for g in draft.groups]
    for i in sorted(range(len(parts)), key=lambda i: _depth(i, holders)):
        beside = next((f for f in families if i in f), [])
        near = [*beside, *(h for h in (holders.get(i),) if h is not None), *(j for j, h in holders.items() if h == i)]
        avoid = {parts[j].color for j in near}
        given = next((parts[j].color for j in beside if j in defaults), None)
        colored = _colored(draft, parts[i], background, avoid, given)
        if parts[i] != colored:
            defaults.add(i)
        parts[i] = colored
    _not_forbidden(draft, parts)
    parts += [Thing(shape) for shape in settle_sky(draft, background, [p.shape for p in parts])]
    if draft.only:
        present = {p.shape for p in parts}
        for shape in (*SHAPES, *SKY):
            if shape not in present:
                draft.forbid(Absence(shape))
    scene = Scene(
        tuple(parts),
        tuple(relations),
        background,
        draft.style or "flat",
        tuple(draft.absent),
        tuple(replace(step, words=str(step.words)) for step in draft.steps),
        unknown,
    )
    return validate(scene)


def _expand(draft: Draft) -> tuple[list[Thing], dict[tuple[int, int | None], list[int]]]:
    """Things in order, and for each group and member the indices of its things.

    A group stays one thing unless its members differ or a relation speaks of one of them.
    """
    alone = {(id(g), n) for k in draft.links for g, n in (*k.subjects, *k.targets) if n is not None}
    parts: list[Thing] = []
    index: dict[tuple[int, int | None], list[int]] = {}
    for group in draft.groups:
        index[id(group), None] = []
        previous: tuple[Thing, bool] | None = None
        for n in range(1, group.count + 1):
            thing = _member(group, n)
            single = (id(group), n) in alone
            if previous and not single and not previous[1] and previous[0] == thing:
                parts[-1] = replace(parts[-1], count=parts[-1].count + 1)
            else:
                parts.append(thing)
                index[id(group), None].append(len(parts) - 1)
            index[id(group), n] = [len(parts) - 1]
            previous = (thing, single)
        if len(index[id(group), None]) > 1:
            draft.step(group.words, f"numbered: {', '.join(str(i + 1) for i in index[id(group), None])}")
    return parts, index


def _member(group: Group, n: int) -> Thing:
    shape = group.get("shape", n) or group.shape
    if shape in SKY:
        return Thing(shape, place=group.get("place", n))
    return Thing(shape, group.get("color", n), group.get("size", n), 1, group.get("place", n))


def _depth(i: int, holders: dict[int, int]) -> int:
    depth = 0
    while i in holders:
        i, depth = holders[i], depth + 1
    return depth


def _colored(draft: Draft, thing: Thing, background: Background, avoid: set[str | None], like: str | None) -> Thing:
    """Give a thing its usual color, or the first that is not forbidden and stands out.

    ``avoid`` are the colors of its siblings and of what it lies in; ``like`` is what a sibling was given.
    """
    if thing.shape in SKY or thing.color:
        return thing
    if like:
        return replace(thing, color=like)
    preferred = (_USUAL.get(thing.shape, "blue"), *_ORDER)
    dark = background.time == "night" or background.color == "black"
    allowed = [c for c in preferred if not any(forbids(a, replace(thing, color=c)) for a in draft.absent)]
    seen = [c for c in allowed if c not in (background.color, *avoid) and not (dark and c == "black")]
    for color in (*seen, *(c for c in COLORS if c in allowed)):
        draft.step(thing.shape, f"color not given: {color}", "assume")
        return replace(thing, color=color)
    what = next((words_of(a) for a in draft.absent if a.shape == thing.shape and a.color is None), "every color")
    raise PromptContradictionError(f"a {thing.shape} is asked for", f"{what} is forbidden")


def _not_forbidden(draft: Draft, parts: list[Thing]) -> None:
    """Check things against absences: new words win over the base's absences, both at once are a contradiction."""
    if draft.based:
        new = [a for a in draft.absent if not any(forbids(a, t) for t in parts)]
        for absence in draft.absent:
            if absence not in new:
                draft.step(words_of(absence), "no longer absent: the new words ask for it", "adjust")
        draft.absent = new
    for thing in parts:
        for absence in draft.absent:
            if forbids(absence, thing):
                raise PromptContradictionError(f"{words_of(thing)} is asked for", f"{words_of(absence)} is forbidden")
        if thing.shape == "tree" and Absence(None, "brown") in draft.absent:
            draft.step("tree", "its trunk stays brown", "adjust")
