"""Things: which ones a phrase means, new ones, and what becomes of their attributes."""

from dataclasses import replace

from harness.prompt import vocabulary as v
from harness.prompt.draft import Group, Ref, name_of, plural_of
from harness.prompt.faults import TooManyThings
from harness.prompt.lexer import Lex
from harness.prompt.phrases import Phrase
from harness.prompt.scene import MAX_OBJECTS, SKY, Absence
from harness.prompt.state import State


def color_of(s: State, lexeme: Lex) -> str:
    """The colour that a thing gets for a colour word, with a step when it is only near."""
    value = str(lexeme.value)
    if value in v.NO_SUCH_THING_COLOR:
        value = v.NO_SUCH_THING_COLOR[value]
        s.draft.step(lexeme.words, f"drawn as {value}: things are not drawn in {lexeme.value}", "adjust")
    else:
        note(s, lexeme)
    return value


def note(s: State, lexeme: Lex) -> None:
    """Record that a word is drawn as something near."""
    if lexeme.note:
        s.draft.step(lexeme.words, lexeme.note, "adjust")


def find_or_make(s: State, p: Phrase) -> list[Ref]:
    """The things that a phrase means; new ones are added to the draft. Empty when it means nothing here."""
    assert p.noun is not None
    words = s.words(p.start, p.end)
    if p.noun.kind == "group" or p.noun.kind == "object":
        return _by_order(s, p, words)
    if p.noun.kind == "one":
        return _one(s, p, words)
    shape = _shape(s, p)
    if p.ordinal and p.det not in ("a", "an", "another", "one more"):
        return _ordinal(s, p, shape, words)
    if p.other:
        rest = [(g, None) for g in s.draft.groups if g.shape == shape and (g, None) not in s.mentioned]
        if rest and p.det == "the":
            return _say(s, words, list(rest))
    if p.det == "the" or shape in SKY:
        found = _known(s, p, shape)
        if found:
            return _say(s, words, found)
    edited = _edit(s, p, shape, words)
    return edited or make(s, p, shape, words)


def _shape(s: State, p: Phrase) -> str:
    """The shape, where bare "stars" are those of the sky."""
    assert p.noun is not None
    shape = str(p.noun.value)
    bare = p.noun.kind == "shape" and p.noun.plural and shape == "star" and not (p.number or p.attributes or p.ordinal)
    if bare and not (p.det == "the" and any(g.shape == "star" for g in s.draft.groups)):
        shape = "stars"
    return shape


def make(s: State, p: Phrase, shape: str, words: str) -> list[Ref]:
    """Add a new group."""
    assert p.noun is not None
    count = int(p.number.value) if p.number else 2 if p.noun.plural and shape not in SKY else 1
    if count == 0:
        s.draft.forbid(Absence(shape))
        s.draft.step(words, f"absent += {shape}")
        return []
    there = next((g for g in s.draft.groups if g.shape == shape), None)
    if shape in SKY and there:
        return _say(s, words, [(there, None)])
    if shape not in SKY and count > MAX_OBJECTS:
        raise TooManyThings(count, MAX_OBJECTS)
    note(s, p.noun)
    group = Group(shape, count=count, words=words, plural=p.noun.plural or count > 1)
    s.draft.groups.append(group)
    if p.noun.plural and not p.number and shape not in SKY:
        s.draft.step(words, f"number not given: 2 {plural_of(shape)}", "assume")
    if shape in SKY:
        _sky_only(s, p, group, count)
    else:
        _colors(s, p, group)
        if p.sizes:
            group.size = _size(s, p)
        if p.side:
            group.place = str(p.side.value)
    s.draft.step(words, f"things += {name_of((group, None))}")
    return [(group, None)]


def _sky_only(s: State, p: Phrase, group: Group, count: int) -> None:
    if count > 1 and group.shape != "stars":
        group.count = 1
        s.draft.step(s.words(p.start, p.end), f"one {group.shape} is drawn", "adjust")
    for lexeme in (*p.colors, *p.sizes):
        own = lexeme.value == "yellow" and group.shape == "sun"
        if not own:
            s.draft.step(lexeme.words, f"the {group.shape} keeps its own colour and size", "adjust")
    group.count = 1


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
        s.draft.step(s.words(p.start, p.end), f"{share} of each colour, the rest in the last", "assume")
        return
    if several:
        kept = p.colors[-1]
        lost = ", ".join(x.words for x in p.colors[:-1])
        s.draft.step(
            " ".join(x.words for x in p.colors), f"a thing has one colour: {kept.value} kept, {lost} left out", "adjust"
        )
    group.color = color_of(s, p.colors[-1])


def _size(s: State, p: Phrase) -> str:
    if len({x.value for x in p.sizes}) > 1:
        words = " ".join(x.words for x in p.sizes)
        s.draft.step(words, f"a thing has one size: {p.sizes[-1].value} kept", "adjust")
    note(s, p.sizes[-1])
    return str(p.sizes[-1].value)


def _say(s: State, words: str, refs: list[Ref]) -> list[Ref]:
    s.draft.step(words, f"means {', '.join(_who(s, ref) for ref in refs)}")
    return refs


def _who(s: State, ref: Ref) -> str:
    return f"thing {s.draft.groups.index(ref[0]) + 1} ({name_of(ref)})" if ref[0] in s.draft.groups else name_of(ref)


def _known(s: State, p: Phrase, shape: str | None) -> list[Ref]:
    """Things already there that fit shape, colour, size and number."""
    color = str(p.colors[-1].value) if p.colors else None
    size = str(p.sizes[-1].value) if p.sizes else None
    of_shape = [g for g in s.draft.groups if shape in (None, g.shape)]
    if shape is None:
        of_shape = [g for g in of_shape if g.shape not in SKY]
    fits: list[Ref] = []
    for group in of_shape:
        if group.shape in SKY or (color in (None, group.color) and size in (None, group.size)):
            fits.append((group, None))
        else:
            fits += [
                (group, n)
                for n in sorted(group.members)
                if color in (None, group.get("color", n)) and size in (None, group.get("size", n))
            ]
    if not fits and len(of_shape) == 1:
        # Said for the first time here: "a house ... the red house"
        only = of_shape[0]
        if (color is None or only.color is None) and (size is None or only.size is None) and not only.members:
            only.color, only.size = color or only.color, size or only.size
            fits = [(only, None)]
    if len(fits) > 1:
        wanted = int(p.number.value) if p.number else None
        if wanted:
            exact = [ref for ref in fits if ref[1] is None and ref[0].count == wanted]
            total = sum(ref[0].count if ref[1] is None else 1 for ref in fits)
            return fits if total == wanted else exact[-1:] or fits[-1:]
        plural = p.noun is not None and (p.noun.plural or p.noun.words.lower() == "ones")
        if plural:
            groups = [ref for ref in fits if ref[1] is None and ref[0].plural]
            return groups[-1:] if len(groups) == 1 else fits
        single = [ref for ref in fits if ref[1] is not None or not ref[0].plural]
        return (single or fits)[-1:]
    return fits


def _ordinal(s: State, p: Phrase, shape: str | None, words: str) -> list[Ref]:
    assert p.ordinal is not None
    order = int(p.ordinal.value)
    color = str(p.colors[-1].value) if p.colors else None
    groups = [g for g in s.draft.groups if shape in (None, g.shape) and g.shape not in SKY]
    if shape is None:
        named = [ref[0] for ref in (s.mentioned or s.before_all) if ref[0] in groups]
        several = [g for g in named if g.count > 1]
        groups = several[-1:] or list(dict.fromkeys(named)) or groups
    several = [g for g in groups if g.count > 1]
    if shape is not None and len(several) == 1 and (order <= several[0].count):
        groups = several
    members: list[Ref] = [(g, n if g.count > 1 else None) for g in groups for n in range(1, g.count + 1)]
    if color and shape is not None and any(g.get("color") == color for g in groups):
        members = [ref for ref in members if ref[0].get("color", ref[1]) == color]
    span = int(p.number.value) if p.number else 1
    first = (len(members) - 1) // 2 if order == 0 else order - 1 if order > 0 else len(members) - span
    if not (0 <= first and 1 <= span and first + span <= len(members)):
        s.draft.unknown.append(words)
        return []
    refs = members[first : first + span]
    for group, member in refs:
        if member is not None:
            group.members.setdefault(member, {})
            group.ordered = True
    return _say(s, words, refs)


def _by_order(s: State, p: Phrase, words: str) -> list[Ref]:
    """ "the third group", "the second object", "the objects"."""
    assert p.noun is not None
    if p.ordinal and p.noun.kind == "group":
        order = int(p.ordinal.value)
        groups = s.draft.groups
        if order == -1:
            order = len(groups)
        if 1 <= order <= len(groups):
            return _say(s, words, [(groups[order - 1], None)])
    elif p.ordinal:
        return _ordinal(s, p, None, words)
    elif p.det == "the" and p.noun.kind == "object":
        found = _known(s, p, None)
        if found:
            return _say(s, words, found if p.noun.plural or p.noun.words.endswith("s") else s.last or found[-1:])
    s.draft.unknown.append(words)
    return []


def _one(s: State, p: Phrase, words: str) -> list[Ref]:
    """ "the second one", "a blue one", "the red ones", "the other one"."""
    assert p.noun is not None
    plural = p.noun.words.lower() == "ones"
    if p.ordinal and p.det not in ("a", "an", "another"):
        return _ordinal(s, p, None, words)
    if p.other and p.det == "the":
        return rest(s, words)
    if p.det == "the":
        found = _known(s, p, None)
        if found:
            return _say(s, words, found if plural else found[-1:])
    like = (s.last or s.before)[-1:]
    if not like:
        s.draft.unknown.append(words)
        return []
    noun = Lex("shape", like[0][0].shape, p.noun.words, p.noun.start, p.noun.end, plural=plural)
    refs = make(s, replace(p, noun=noun), like[0][0].shape, words)
    if refs and not p.attributes:
        for name in ("color", "size"):
            value = like[0][0].get(name, like[0][1])
            if value:
                give(s, refs, name, value, words)
    return refs


def rest(s: State, words: str) -> list[Ref]:
    """ "the others": members or things that were not yet singled out."""
    for ref in reversed(s.mentioned or s.before_all):
        group = ref[0]
        if group.count > 1 and group.members:
            left = [n for n in range(1, group.count + 1) if n not in group.members]
            return _say(s, words, [(group, n) for n in left])
    named = [ref for ref in (s.before_all or s.mentioned) if ref not in s.last]
    if not named:
        s.draft.unknown.append(words)
        return []
    return _say(s, words, named)


def next_members(s: State, count: int, words: str) -> list[Ref]:
    """ "one red and two blue" after "three circles": the next members not yet spoken of."""
    for ref in reversed([*s.before_all, *s.mentioned]):
        group = ref[0]
        if group.count > 1 and len(group.members) + count <= group.count:
            free = [n for n in range(1, group.count + 1) if n not in group.members][:count]
            for n in free:
                group.members[n] = {}
            return _say(s, words, [(group, n) for n in free])
    return []


def _edit(s: State, p: Phrase, shape: str, words: str) -> list[Ref]:
    """ "the same but with a blue house": the one house of the base changes instead of a second one coming."""
    old = [g for g in s.draft.groups if g.from_base and g.shape == shape and shape not in SKY]
    if len(old) != 1 or s.adding or p.det == "another" or not (p.attributes or p.number):
        return []
    ref: Ref = (old[0], None)
    if p.number:
        recount(s, old[0], int(p.number.value), words)
    change(s, [ref], p, words, override=True)
    return [ref]


def recount(s: State, group: Group, count: int, words: str) -> None:
    """Set how many a group has."""
    if not 1 <= count <= MAX_OBJECTS:
        raise TooManyThings(count, MAX_OBJECTS)
    if group.shape in SKY:
        s.draft.step(words, f"one {group.shape} is drawn", "adjust")
        return
    group.count, group.members, group.plural = count, {}, count > 1
    s.draft.step(words, f"count of {group.shape} = {count}")


def change(s: State, refs: list[Ref], p: Phrase, words: str, *, override: bool = False) -> None:
    """Give things the colour, size and side that a phrase holds."""
    if p.colors:
        if len({x.value for x in p.colors}) > 1:
            lost = ", ".join(x.words for x in p.colors[:-1])
            s.draft.step(words, f"a thing has one colour: {p.colors[-1].value} kept, {lost} left out", "adjust")
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
            s.draft.step(words, f"the {group.shape} keeps its own colour and size", "adjust")
            continue
        old = group.get(name, member)
        s.applied.append(((group, member), name, old))
        if old is not None and old != value and not (override or s.command or group.from_base):
            s.draft.step(words, f"{name} of {group.shape} was {old}: the later words count", "adjust")
        who = name_of((group, member))
        group.put(name, value, member)
        done.append(who)
    if done:
        s.draft.step(words, f"{name} of {', '.join(done)} = {value}")
