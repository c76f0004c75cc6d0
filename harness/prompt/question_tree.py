"""From what the words of a prompt say to the questions about each thing, what depends on it, and all around it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.prompt.description import PLACES, RELATIONS
from harness.prompt.draft import Draft
from harness.prompt.lexer import Lex, lex
from harness.prompt.scene import SKY, Absence, Background, Scene, Thing
from harness.prompt.text import normalize, tokenise
from harness.prompt.validation import words_of
from harness.prompt.vocabulary import plural_of

_NUMBERS = ("number", "vague", "up_to", "at_least")
"""Kinds of lexemes that say how many."""


@dataclass(frozen=True, slots=True)
class SceneQuestion:
    """One question, in words for a model and in parts for a viewer that has a grammar of its own."""

    name: str
    """What ``needs`` of another question calls it; of a tree no two are equal."""
    kind: str
    """``present``, ``count``, ``absent``, ``background``, ``text``, a relation of a scene, ``size``, ``place``,
    ``style``, ``others`` (whether anything else is there), or ``open``: words alone."""
    question: str
    """In words."""
    answer: str
    """The expected answer: ``yes``, ``no`` or a whole number."""
    needs: tuple[str, ...] = ()
    """The questions whose answers must be the expected ones before this one counts."""
    targets: tuple[str, ...] = ()
    """The things that it is about ("red circle"), the background, or the text."""
    least: int = 0
    """The smallest number, of a count."""
    most: int | None = 0
    """The largest number, of a count; None: no limit ("circles")."""
    stated: bool = True
    """False: it follows from how the painter reads prompts (it adds nothing), not from the words."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of a prompt, each after those it needs, and the words about which none could be made."""

    asked: tuple[SceneQuestion, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the words of a draft say, read before it is settled: the rest of its scene is assumed."""

    colors: frozenset[tuple[str, str | None]]
    sky: frozenset[str]
    background: Background
    plain: bool
    style: str | None
    absent: tuple[Absence, ...]
    uncounted: frozenset[str]
    only: bool

    @classmethod
    def of(cls, draft: Draft) -> "Said":
        members = [(group, n) for group in draft.groups for n in range(1, group.count + 1)]
        colors = {(group.get("shape", n) or group.shape, group.get("color", n)) for group, n in members}
        sky = frozenset(group.shape for group in draft.groups if group.shape in SKY)
        ground = Background(draft.scenic or "", draft.ground, draft.time)
        forbidden = [Absence(shape) for shape in SKY if draft.only and shape not in sky]
        absent = tuple(dict.fromkeys([*draft.absent, *forbidden]))
        numbered = {id(group) for group in draft.groups if any(x.kind in _NUMBERS for x in lexemes(group.words))}
        uncounted = frozenset(group.shape for group in draft.groups if group.count > 1 and id(group) not in numbered)
        return cls(frozenset(colors), sky, ground, draft.plain, draft.style, absent, uncounted, bool(draft.only))

    def questions(self, scene: Scene) -> Questions:
        """Return the questions of the settled scene."""
        things = [
            replace(thing, color=thing.color if (thing.shape, thing.color) in self.colors else None)
            for thing in scene.things
            if thing.shape not in SKY or thing.shape in self.sky
        ]
        index = dict(zip(_kept(scene, self.sky), things, strict=True))
        unread: list[str] = []
        asked = [
            *_about_things(things, self.uncounted),
            *_attributes(things, unread),
            *_relations(scene, index, unread),
        ]
        asked += [*self.absences(), *self._ground(scene.background)]
        if self.style is not None:
            asked.append(SceneQuestion(f"style {self.style}", "style", f"Is the image in {self.style} style?", "yes"))
        if not self.uncounted:
            asked += _others(things, stated=self.only)
        said, has = self.background, scene.background
        unread += [part for part, kept in ((said.kind, has.kind), (said.time, has.time)) if part and part != kept]
        return Questions(tuple({one.name: one for one in asked}.values()), (*scene.unknown, *unread))

    def absences(self) -> Iterator[SceneQuestion]:
        """Yield a question for what must not be seen."""
        for absence in self.absent:
            what = words_of(absence)
            words = f"anything {what}" if absence.shape is None else _one(what)
            yield SceneQuestion(f"no {what}", "absent", f"Does the image show {words}?", "no", targets=(what,))

    def _ground(self, settled: Background) -> Iterator[SceneQuestion]:
        if settled.kind == "plain":
            if settled.color == self.background.color and settled.color is not None:
                yield _background(f"plain {settled.color}", f"Is the background plain {settled.color}?")
            elif self.plain:
                yield _background("plain", "Is the background plain, of one color?")
            return
        if settled.kind == self.background.kind:
            yield _background(settled.kind, f"Does the image show {'the sea' if settled.kind == 'sea' else 'hills'}?")
        if settled.time == self.background.time and settled.time is not None:
            yield _background(settled.time, f"Is it {settled.time} in the image?")


def lexemes(text: str) -> list[Lex]:
    """Return the lexemes of a text as it was written."""
    clean = normalize(text)
    return lex(tokenise(clean), clean)


def _background(words: str, question: str) -> SceneQuestion:
    return SceneQuestion(f"background {words}", "background", question, "yes", targets=(words,))


def _kept(scene: Scene, sky: frozenset[str]) -> list[int]:
    return [i for i, thing in enumerate(scene.things) if thing.shape not in SKY or thing.shape in sky]


def _about_things(things: list[Thing], uncounted: frozenset[str]) -> Iterator[SceneQuestion]:
    """Yield whether each thing is there, then in its color, then how many are."""
    for shape in dict.fromkeys(thing.shape for thing in things):
        alike = [thing for thing in things if thing.shape == shape]
        yield _present(shape)
        if shape in SKY:
            continue
        total = sum(thing.count for thing in alike)
        open_count = sum(thing.count for thing in alike if thing.color is None)
        for color in dict.fromkeys(thing.color for thing in alike if thing.color):
            words = f"{color} {shape}"
            count = sum(thing.count for thing in alike if thing.color == color)
            yield replace(_present(words), needs=(shape,))
            yield _count(words, count, None if shape in uncounted else count + open_count)
        if open_count:
            yield _count(shape, total, None if shape in uncounted else total)


def _present(words: str) -> SceneQuestion:
    return SceneQuestion(words, "present", f"Does the image show {_one(words)}?", "yes", (), (words,))


def _one(words: str) -> str:
    named = {"sun": "the sun", "moon": "the moon", "stars": "stars in the sky"}
    return named.get(words, f"{'an' if words[0] in 'aeiou' else 'a'} {words}")


def _count(words: str, least: int, most: int | None) -> SceneQuestion:
    many = plural_of(words)
    question = f"How many {many} does the image show?"
    return SceneQuestion(f"number of {many}", "count", question, str(least), (words,), (words,), least, most)


def _is_clear(thing: Thing, things: list[Thing]) -> bool:
    """Return whether the words of a thing mean no other."""
    return sum(
        other.shape == thing.shape and (other.color == thing.color or not other.color or not thing.color)
        for other in things
    ) == 1  # fmt: skip


def _attributes(things: list[Thing], unread: list[str]) -> Iterator[SceneQuestion]:
    """Yield the size and place of each thing."""
    for thing in things:
        target, subject = words_of(thing), _subject(thing)
        for kind, value in (("size", thing.size), ("place", thing.place)):
            if value is None:
                continue
            where = value if kind == "size" else PLACES.get(value, f"at the {value.replace('-', ' ')}")
            if _is_clear(thing, things):
                question = f"{subject} {where}{' of the image' if kind == 'place' else ''}?"
                yield SceneQuestion(f"{target} {where}", kind, question, "yes", (target,), (target,))
            else:
                unread.append(f"{target} {where}")


def _relations(scene: Scene, index: dict[int, Thing], unread: list[str]) -> Iterator[SceneQuestion]:
    things = list(index.values())
    for relation in scene.relations:
        members = [index[i] for i in (relation.subject, *relation.targets)]
        targets = tuple(map(words_of, members))
        others = " and ".join(f"the {_many(one)}" for one in members[1:])
        joined = RELATIONS.get(relation.kind, relation.kind)
        if relation.kind == "row":
            name = f"{' and '.join(map(_many, members))} in a row"
            verb = "Is" if len(members) == 1 and members[0].count == 1 else "Are"
            question = f"{verb} the {' and the '.join(map(_many, members))} in a row?"
        else:
            name = f"{_many(members[0])} {joined} {others}"
            question = f"{_subject(members[0])} {joined} {others}?"
        if all(_is_clear(one, things) for one in members):
            yield SceneQuestion(name, relation.kind, question, "yes", tuple(dict.fromkeys(targets)), targets)
        else:
            unread.append(name)


def _many(thing: Thing) -> str:
    return plural_of(words_of(thing)) if thing.count > 1 else words_of(thing)


def _subject(thing: Thing) -> str:
    verb = "Are" if thing.count > 1 else "Is"
    return f"{verb} the {_many(thing)}"


def _others(things: list[Thing], *, stated: bool) -> Iterator[SceneQuestion]:
    """Yield whether anything else is there, as the number of all things."""
    total = sum(thing.count for thing in things if thing.shape not in SKY)
    listed = " and ".join(dict.fromkeys(_many(thing) for thing in things))
    question = f"Does the image show any other thing than {listed or 'its background'}?"
    if things or stated:
        yield SceneQuestion("nothing else", "others", question, "no", (), (), total, total, stated)
