"""Which things a phrase means: those named before, one of them by its number, or new ones."""

from dataclasses import replace

from harness.prompt.draft import Ref, name_of
from harness.prompt.lexer import Lex
from harness.prompt.phrases import Phrase
from harness.prompt.reader_state import State
from harness.prompt.scene import SKY
from harness.prompt.things import change, give, make, recount

_NEW = ("a", "an", "another", "one more")


def find_or_make(s: State, p: Phrase) -> list[Ref]:
    """Return the things that a phrase means; new ones are added to the draft. Empty when it means nothing here."""
    words = s.words(p.start, p.end)
    if p.noun.kind == "group" or p.noun.kind == "object":
        return _by_order(s, p, words)
    if p.noun.kind in ("one", ""):
        return _one(s, p, words)
    shape = shape_of(s, p)
    if p.ordinal and p.det not in _NEW:
        return _ordinal(s, p, shape, words)
    if p.other and p.det == "the":
        rest: list[Ref] = [(g, None) for g in s.draft.groups if g.shape == shape and (g, None) not in s.mentioned]
        if rest:
            return _say(s, words, rest)
    # "two circles and a square, circles red"
    again = p.bare_noun and s.kind in ("be", "color", "size", "place")
    if (p.det == "the" or again or shape in SKY) and (found := _known(s, p, shape)):
        return _say(s, words, found)
    return _edit(s, p, shape, words) or make(s, p, shape, words)


def shape_of(s: State, p: Phrase) -> str:
    """Return the shape, where bare "stars" are those of the sky."""
    noun = p.noun
    bare = noun.kind == "shape" and noun.plural and not (p.number or p.attributes or p.ordinal)
    named = p.det == "the" and any(g.shape == "star" for g in s.draft.groups)
    return "stars" if noun.value == "star" and bare and not named else str(noun.value)


def _say(s: State, words: str, refs: list[Ref]) -> list[Ref]:
    s.draft.step(words, f"means {', '.join(_who(s, ref) for ref in refs)}")
    return refs


def _who(s: State, ref: Ref) -> str:
    return f"thing {s.draft.groups.index(ref[0]) + 1} ({name_of(ref)})" if ref[0] in s.draft.groups else name_of(ref)


def _known(s: State, p: Phrase, shape: str | None) -> list[Ref]:
    """Things already there that fit shape, color, size and number."""

    def fit(value: object, named: list[Lex]) -> bool:
        return not named or value == named[-1].value

    of_shape = [g for g in s.draft.groups if shape == g.shape or (shape is None and g.shape not in SKY)]
    of_shape = [g for g in of_shape if not p.side or g.place in (None, p.side.value)]
    fits: list[Ref] = []
    for group in of_shape:
        if group.shape in SKY or (fit(group.color, p.colors) and fit(group.size, p.sizes)):
            fits.append((group, None))
        else:
            own = [(group.get("color", n), group.get("size", n), n) for n in sorted(group.members)]
            fits += [(group, n) for color, size, n in own if fit(color, p.colors) and fit(size, p.sizes)]
    if not fits and len(of_shape) == 1:
        # Said for the first time here: "a house ... the red house"
        only = of_shape[0]
        if not ((p.colors and only.color) or (p.sizes and only.size) or only.members):
            only.color = str(p.colors[-1].value) if p.colors else only.color
            only.size = str(p.sizes[-1].value) if p.sizes else only.size
            fits = [(only, None)]
    if len(fits) < 2 or (shape is None and p.noun.words.lower().endswith("s") and not p.number):
        return fits
    if p.number and p.number.value:
        exact = [ref for ref in fits if ref[1] is None and ref[0].count == p.number.value]
        total = sum(ref[0].count if ref[1] is None else 1 for ref in fits)
        return fits if total == p.number.value else exact[-1:] or fits[-1:]
    if p.noun.plural:
        groups = [ref for ref in fits if ref[1] is None and ref[0].plural]
        return groups if len(groups) == 1 else fits
    return ([ref for ref in fits if ref[1] is not None or not ref[0].plural] or fits)[-1:]


def _ordinal(s: State, p: Phrase, shape: str | None, words: str) -> list[Ref]:
    assert p.ordinal is not None
    order = int(p.ordinal.value)
    groups = [g for g in s.draft.groups if shape in (None, g.shape) and g.shape not in SKY]
    if shape is None:
        named = [ref[0] for ref in (s.mentioned or s.before_all) if ref[0] in groups]
        several = [g for g in named if g.count > 1]
        groups = several[-1:] or list(dict.fromkeys(named)) or groups
    several = [g for g in groups if g.count > 1]
    if shape is not None and len(several) == 1 and (order <= several[0].count):
        groups = several
    members: list[Ref] = [(g, n if g.count > 1 else None) for g in groups for n in range(1, g.count + 1)]
    if p.colors and shape is not None:
        members = [ref for ref in members if ref[0].get("color", ref[1]) == p.colors[-1].value] or members
    span = int(p.number.value) if p.number else 1
    first = (len(members) - 1) // 2 if order == 0 else order - 1 if order > 0 else len(members) - span
    if first < 0 or span < 1 or first + span > len(members):
        s.draft.unknown.append(words)
        return []
    refs = members[first : first + span]
    for group, member in refs:
        if member is not None:
            group.members.setdefault(member, {})
            group.ordered = True
    return _say(s, words, refs)


def _by_order(s: State, p: Phrase, words: str) -> list[Ref]:
    """Resolve "the third group", "the second object", "the objects"."""
    if p.ordinal and p.noun.kind == "group":
        n = int(p.ordinal.value)
        if chosen := s.draft.groups[n - 1 : n] if n > 0 else s.draft.groups[n:]:
            return _say(s, words, [(chosen[0], None)])
    elif p.ordinal:
        return _ordinal(s, p, None, words)
    elif p.det == "the" and p.noun.kind == "object" and (found := _known(s, p, None)):
        return _say(s, words, found if p.noun.words.lower().endswith("s") else s.last or found[-1:])
    s.draft.unknown.append(words)
    return []


def _one(s: State, p: Phrase, words: str) -> list[Ref]:
    """Resolve "the second one", "a blue one", "the red ones", "the other one"."""
    plural = p.noun.words.lower() == "ones"
    if p.ordinal and p.det not in _NEW:
        return _ordinal(s, p, None, words)
    if p.other and p.det == "the":
        return rest(s, words)
    if p.det == "the" and (found := _known(s, p, None)):
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
    """Resolve "the others": members or things that were not yet singled out."""
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
    """Resolve "the same but with a blue house": change the one house of the base, add no second one."""
    old = [g for g in s.draft.groups if g.from_base and g.shape == shape and shape not in SKY]
    if len(old) != 1 or s.adding or p.det == "another" or not (p.attributes or p.number):
        return []
    ref: Ref = (old[0], None)
    if p.number:
        recount(s, old[0], int(p.number.value), words)
    change(s, [ref], p, words, override=True)
    return [ref]
