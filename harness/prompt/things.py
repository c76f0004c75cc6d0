"""Things: which ones a phrase means, new ones, and their attributes."""

from harness.prompt import vocabulary as v
from harness.prompt.draft import Group, Ref, name_of
from harness.prompt.errors import TooManyThingsError
from harness.prompt.lexer import Lex, words_of
from harness.prompt.phrases import Phrase
from harness.prompt.reader_state import State
from harness.prompt.scene import MAX_OBJECTS, SKY, Absence

MOST_GROUPS = 50
"""Most groups kept while reading; later words may still take some away again."""


def color_of(s: State, lexeme: Lex) -> str:
    """Return the color that a thing gets for a color word, with a step when it is only near."""
    value = str(lexeme.value)
    if value in v.NO_SUCH_THING_COLOR:
        value = v.NO_SUCH_THING_COLOR[value]
        s.draft.step(lexeme.words, f"{value} instead: things cannot be {lexeme.value}", "adjust")
    else:
        note(s, lexeme)
    return value


def note(s: State, lexeme: Lex) -> None:
    """Record that a word is generated as something near."""
    if lexeme.note:
        s.draft.step(lexeme.words, lexeme.note, "adjust")


def make(s: State, p: Phrase, shape: str, words: str) -> list[Ref]:
    """Add a new group."""
    count = int(p.number.value) if p.number else 2 if p.noun.plural and shape not in SKY else 1
    if count == 0:
        s.draft.forbid(Absence(shape))
        s.draft.step(words, f"absent += {shape}")
        return []
    if shape in SKY:
        return [(_sky(s, p, shape, words, count), None)]
    if count > MAX_OBJECTS:
        raise TooManyThingsError(count, MAX_OBJECTS)
    if len(s.draft.groups) >= MOST_GROUPS:
        raise TooManyThingsError(sum(g.count for g in s.draft.groups) + count, MAX_OBJECTS)
    note(s, p.noun)
    group = Group(shape, count=count, words=words, plural=p.noun.plural or count > 1)
    s.draft.groups.append(group)
    if p.noun.plural and not p.number:
        s.draft.step(words, f"number not given: 2 {v.plural_of(shape)}", "assume")
    _colors(s, p, group)
    if p.sizes:
        group.size = _size(s, p)
    if p.side:
        group.place = str(p.side.value)
    s.draft.step(words, f"things += {name_of((group, None))}")
    return [(group, None)]


def _sky(s: State, p: Phrase, shape: str, words: str, count: int) -> Group:
    """Return the sun, moon or stars: one of each."""
    existing = next((g for g in s.draft.groups if g.shape == shape), None)
    if existing:
        s.draft.step(words, f"means the {shape} that exists already")
        return existing
    if count > 1 and shape != "stars":
        s.draft.step(words, f"one {shape} is generated", "adjust")
    for lexeme in (*p.colors, *p.sizes):
        if (shape, lexeme.value) != ("sun", "yellow"):
            s.draft.step(lexeme.words, f"the {shape} keeps its own color and size", "adjust")
    group = Group(shape, words=words, plural=p.noun.plural or count > 1)
    s.draft.groups.append(group)
    s.draft.step(words, f"things += {shape}")
    return group


def _colors(s: State, p: Phrase, group: Group) -> None:
    if not p.colors:
        return
    several = len({x.value for x in p.colors}) > 1
    if several and p.joined and group.count >= len(p.colors):
        share = group.count // len(p.colors)
        for n in range(group.count):
            turn = min(n // share, len(p.colors) - 1)
            if n % share == 0 and n // share < len(p.colors):
                color = color_of(s, p.colors[turn])
            group.members[n + 1] = {"color": color}
        s.draft.step(s.words(p.start, p.end), f"{share} of each color, the rest in the last", "assume")
        return
    if several:
        _one(s, p.colors, "color")
    group.color = color_of(s, p.colors[-1])


def _size(s: State, p: Phrase) -> str:
    if len({x.value for x in p.sizes}) > 1:
        _one(s, p.sizes, "size")
    note(s, p.sizes[-1])
    return str(p.sizes[-1].value)


def _one(s: State, named: list[Lex], name: str) -> None:
    """List what a thing cannot have beside the last color or size that is named."""
    left_out = [x.words for x in named if x.value != named[-1].value]
    s.draft.step(words_of(named), f"a thing has one {name}: {named[-1].value}", "adjust")
    s.draft.unknown += left_out


def recount(s: State, group: Group, count: int, words: str) -> None:
    """Set how many a group has."""
    if not 1 <= count <= MAX_OBJECTS:
        raise TooManyThingsError(count, MAX_OBJECTS)
    if group.shape in SKY:
        s.draft.step(words, f"one {group.shape} is generated", "adjust")
        return
    group.count, group.members, group.plural = count, {}, count > 1
    s.draft.step(words, f"count of {group.shape} = {count}")


def change(s: State, refs: list[Ref], p: Phrase, words: str, *, override: bool = False) -> None:
    """Give things the color, size and side that a phrase holds."""
    if p.colors:
        if len({x.value for x in p.colors}) > 1:
            _one(s, p.colors, "color")
        give(s, refs, "color", color_of(s, p.colors[-1]), words, override=override)
    if p.sizes:
        give(s, refs, "size", _size(s, p), words, override=override)
    if p.side:
        give(s, refs, "place", str(p.side.value), words, override=override)


def give(s: State, refs: list[Ref], name: str, value: str, words: str, *, override: bool = False) -> None:
    """Set one attribute of things; a second, different value is recorded as such."""
    done: list[str] = []
    for group, member in refs:
        if group.shape in SKY and name in ("color", "size"):
            s.draft.step(words, f"the {group.shape} keeps its own color and size", "adjust")
            continue
        old = group.get(name, member)
        s.applied.append(((group, member), name, old))
        if old is not None and old != value and not (override or s.command or group.from_base):
            s.draft.step(words, f"{name} of {group.shape} was {old}: the later words count", "adjust")
            s.draft.unknown.append(next((x.words for x in reversed(s.lexemes[: s.i]) if x.value == old), old))
        who = name_of((group, member))
        group.put(name, value, member)
        done.append(who)
    if done:
        s.draft.step(words, f"{name} of {', '.join(done)} = {value}")
