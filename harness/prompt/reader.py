"""Reading: goes once through the lexemes and fills the draft, each word in the light of the words before."""

from collections.abc import Callable, Sequence

from harness.prompt import vocabulary as v
from harness.prompt.draft import Draft, Ref
from harness.prompt.lexer import Lex
from harness.prompt.links import link_row, place, read_column, read_relation, read_row
from harness.prompt.negation import read_negation, read_removal
from harness.prompt.phrases import THINGS, Phrase, noun_ahead, read_phrase
from harness.prompt.scene import PLAIN, SKY, Absence, Scene
from harness.prompt.state import State
from harness.prompt.things import change, find_or_make, give, make, next_members, note, recount, rest

_EDITS = ("make", "replace", "remove", "add", "same")


def read(lexemes: Sequence[Lex], base: Scene | None = None) -> Draft:
    """The draft that the lexemes describe. ``base`` is loaded when they speak of it ("the same …", "make …")."""
    s = State(lexemes, Draft())
    if base is not None and any(x.kind in _EDITS for x in lexemes):
        s.draft.load(base)
        word = next(x for x in lexemes if x.kind in _EDITS)
        s.draft.step(word.words, f"starts from the base scene ({len(base.things)} groups of things)")
        s.before = s.before_all = [(g, None) for g in s.draft.groups]
    while s.i < len(lexemes):
        _next(s)
    _end(s)
    return s.draft


def _next(s: State) -> None:
    lexeme = s.lexemes[s.i]
    handler = _HANDLERS.get(lexeme.kind)
    if handler:
        handler(s, lexeme)
        return
    before = s.i
    _phrase(s)
    s.i = max(s.i, before + 1)


def _stop(s: State, lexeme: Lex) -> None:
    s.i += 1
    _end(s)


def _end(s: State) -> None:
    if s.row:
        link_row(s, s.mentioned, s.row)
        s.row = None
    if s.place:
        s.draft.unknown.append(s.place.words)
        s.place = None
    s.end_sentence()


def _comma(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.joiner = "comma"
    s.after_target = s.which = False


def _and(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.joiner = "and"
    s.after_target = False


def _but(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.joiner = ""
    s.run_open = s.after_target = False


def _skip(s: State, lexeme: Lex) -> None:
    s.i += 1


def _with(s: State, lexeme: Lex) -> None:
    s.i += 1
    if s.run:
        s.host = list(s.last if s.after_target else s.run)
    s.run_open = False
    s.joiner = ""


def _same(s: State, lexeme: Lex) -> None:
    s.i += 1
    if s.draft.based:
        return
    if s.draft.groups or s.draft.scenic or s.draft.ground:
        s.draft.step(lexeme.words, "the scene described so far")
        for group in s.draft.groups:
            group.from_base = True
        s.draft.based = True
        return
    s.draft.unknown.append(lexeme.words)
    s.draft.step(lexeme.words, "there is no earlier scene to start from", "assume")


def _same_attribute(s: State, lexeme: Lex) -> None:
    """ "of the same colour": as the first of them."""
    s.i += 1
    name = "color" if lexeme.kind == "same_color" else "size"
    known = next((value for g, m in s.run if (value := g.get(name, m))), None)
    if known is None:
        known = "blue" if name == "color" else "medium"
        s.draft.step(lexeme.words, f"{name} not given: {known}", "assume")
    give(s, s.run, name, known, lexeme.words, override=True)


def _only(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.draft.only = s.draft.only or lexeme.words
    s.draft.step(lexeme.words, "absent += everything not asked for")


def _nothing_sky(s: State, lexeme: Lex) -> None:
    s.i += 1
    if lexeme.kind == "empty_sky":
        s.draft.empty_sky = True
        s.draft.step(lexeme.words, "nothing in the sky")
        return
    shape = "stars" if lexeme.kind == "starless" else "moon"
    s.draft.forbid(Absence(shape))
    s.draft.step(lexeme.words, f"absent += {shape}")


def _starry(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.draft.time = "night"
    s.draft.step(lexeme.words, "time = night")
    p = Phrase(s.i - 1, s.i, noun=Lex("sky", "stars", lexeme.words, lexeme.start, lexeme.end, plural=True))
    if not any(g.shape == "stars" for g in s.draft.groups):
        make(s, p, "stars", lexeme.words)


def _in_sky(s: State, lexeme: Lex) -> None:
    s.i += 1
    refs = [ref for ref in s.spoken_of() if ref[0].shape not in SKY and ref[0].get("place", ref[1]) is None]
    if refs:
        give(s, refs, "place", "top", lexeme.words)


def _no_ground(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.draft.plain, s.draft.scenic = True, None
    s.draft.step(lexeme.words, "plain background")


def _except(s: State, lexeme: Lex) -> None:
    """ "all blue except the square": the square keeps what it had; else it is a "no"."""
    if not s.applied:
        read_negation(s)
        return
    start = s.i
    s.i += 1
    p = read_phrase(s.lexemes, s.i)
    if p.noun.kind not in (*THINGS, "one", "object", "group") if p.noun else not p.ordinal:
        return
    applied = list(s.applied)
    s.i = p.end
    refs = find_or_make(s, _with_noun(p))
    for ref, name, old in applied:
        hit = [r for r in refs if r[0] is ref[0]]
        for group, member in hit:
            if member is not None and group.count > 1:
                group.members.setdefault(member, {})
                value = getattr(group, name)
                if value is not None:
                    setattr(group, name, None if old is None else old)
                    for n in range(1, group.count + 1):
                        if n != member:
                            group.members.setdefault(n, {}).setdefault(name, value)
            elif old is None:
                setattr(group, name, None)
            else:
                group.put(name, old, member)
    s.draft.step(s.words(start), "is left as it was")
    s.point(refs)


def _make(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.command, s.adding, s.into = True, False, False
    s.run, s.run_open = [], False


def _replace(s: State, lexeme: Lex) -> None:
    """ "replace the circle with a square"."""
    _make(s, lexeme)
    p = read_phrase(s.lexemes, s.i)
    if not p.noun or p.noun.kind not in THINGS:
        return
    s.i = p.end
    refs = find_or_make(s, p)
    s.name(refs)
    while s.kind in ("with", "by", "to", "fill"):
        s.i += 1
    _turn_into(s)


def _to(s: State, lexeme: Lex) -> None:
    s.i += 1
    if s.command:
        _turn_into(s)


def _turn_into(s: State) -> None:
    """The last thing becomes what the next phrase says; attributes alone are left to the usual reading."""
    p = read_phrase(s.lexemes, s.i)
    if not p.noun or p.noun.kind not in THINGS or not s.last or p.det == "the":
        return
    words = s.words(s.i, p.end)
    if p.noun.value in SKY and any(g.shape == p.noun.value for g in s.draft.groups):
        return
    s.i = p.end
    group, member = s.last[0]
    note(s, p.noun)
    group.put("shape", str(p.noun.value), member)
    if group.shape in SKY:
        group.color = group.size = None
        group.count, group.members = 1, {}
    s.draft.step(words, f"shape = {p.noun.value}")
    if group.shape not in SKY:
        change(s, [(group, member)], p, words, override=True)
    s.draft.unknown += [x.words for x in p.unknown]


def _add(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.command, s.adding = False, True
    s.run_open = False


def _relation(s: State, lexeme: Lex) -> None:
    s.i += 1
    read_relation(s, lexeme.value, lexeme)


def _relation_to_it(s: State, lexeme: Lex) -> None:
    """ "with a star to its left"."""
    s.i += 1
    it = Lex("pron", "it", "its", lexeme.end, lexeme.end)
    kept = s.lexemes
    s.lexemes = [*kept[: s.i], it, *kept[s.i :]]
    read_relation(s, lexeme.value, lexeme)
    s.lexemes, s.i = kept, s.i - 1


def _row(s: State, lexeme: Lex) -> None:
    s.i += 1
    read_row(s, lexeme)


def _column(s: State, lexeme: Lex) -> None:
    s.i += 1
    read_column(s, lexeme)


def _place(s: State, lexeme: Lex) -> None:
    s.i += 1
    place(s, lexeme)


def _in(s: State, lexeme: Lex) -> None:
    """ "in", "on", "by": a relation before a thing or "it", else nothing of their own."""
    kinds = {"in": ("inside",), "on": ("on",), "by": ("next_to",)}[lexeme.kind]
    follows = s.lexemes[s.i + 1] if s.i + 1 < len(s.lexemes) else None
    ahead = noun_ahead(s.lexemes, s.i + 1)
    p = read_phrase(s.lexemes, s.i + 1)
    s.i += 1
    if follows and ((follows.kind == "pron" and s.host) or (ahead in (*THINGS, "one", "group") and s.run)):
        read_relation(s, kinds, lexeme)
    elif lexeme.kind == "on" and p.colors and not p.noun and not p.unknown:
        s.i = p.end
        _ground(s, p, s.words(p.start - 1))
    elif lexeme.kind == "by" and p.unknown and not p.noun:
        s.draft.unknown.append(f"{lexeme.words} {s.words(p.start, p.end)}")
        s.i = p.end


def _pronoun(s: State, lexeme: Lex) -> None:
    which = str(lexeme.value)
    start = s.i
    s.i += 1
    p = read_phrase(s.lexemes, s.i)
    if p.noun and p.noun.kind in (*THINGS, "one") and which in ("both", "all") and not p.ordinal:
        # "all the circles", "both squares"
        known = [g for g in s.draft.groups if p.noun.kind == "one" or g.shape == p.noun.value]
        if known:
            s.i = p.end
            _say(s, [(g, None) for g in known], s.words(start))
            return
    if s.kind == "be" and s.peek() in ("time", "scenic", "ground", "style") and which == "it":
        return
    if s.kind in ("time", "scenic") or (s.kind in ("det", "in") and s.peek() in ("time", "scenic")):
        return
    refs = _meant(s, which)
    if not refs:
        if which in ("everything", "all", "both") and _said_later(s, start):
            return
        if which != "it" and (which != "all" or s.kind in ("be", "color", "size")):
            s.draft.unknown.append(lexeme.words)
        return
    _say(s, refs, lexeme.words)


def _said_later(s: State, start: int) -> bool:
    """ "all blue: a circle and a square": the clause is read again after the things that it speaks of."""
    j = start
    while j < len(s.lexemes) and s.lexemes[j].kind != "stop" and s.lexemes[j].value != ":":
        j += 1
    if s.moved or j == len(s.lexemes) or not any(x.kind in THINGS for x in s.lexemes[j:]):
        return False
    s.moved = True
    mark = s.lexemes[j]
    s.lexemes = [*s.lexemes[:start], *s.lexemes[j + 1 :], Lex("stop", ".", ".", mark.start, mark.end), *s.lexemes[start:j]]
    s.i = start
    return True


def _say(s: State, refs: list[Ref], words: str) -> None:
    s.draft.step(words, f"means {', '.join(ref[0].shape if ref[0].count == 1 else f'the {ref[0].shape} group' for ref in refs)}")
    s.point(refs)
    s.predicate = True


def _meant(s: State, which: str) -> list[Ref]:
    """The things a pronoun stands for."""
    here = [ref for ref in s.mentioned if ref[0].shape not in SKY] or list(s.mentioned)
    if which == "everything":
        return [(g, None) for g in s.draft.groups if g.shape not in SKY]
    if which == "it":
        pool = s.subjects or s.before or here
        single = [ref for ref in pool if ref[0].count == 1 or ref[1] is not None]
        return (single or pool)[-1:] if not s.subjects or len(s.subjects) == 1 else (s.last or single or pool)[-1:]
    if which == "both":
        pool = here or [ref for ref in s.before_all if ref[0].shape not in SKY]
        if pool and pool[-1][0].count == 2:
            return pool[-1:]
        return pool[-2:]
    if which == "all" and here:
        return here
    if which == "they" and here:
        pool = s.subjects or here
    else:
        pool = s.before if sum(ref[0].count for ref in s.before) > 1 else s.before_all
    if sum(ref[0].count for ref in pool) < 2:
        pool = here or s.before_all
    return [ref for ref in pool if ref[0].shape not in SKY] or pool


def _be(s: State, lexeme: Lex) -> None:
    s.i += 1
    s.predicate = bool(s.run)
    s.after_target = False


def _which(s: State, lexeme: Lex) -> None:
    s.i += 1
    # "both of which", "and that is red" speak of the run, "a square which is red" of the last thing.
    s.which = not s.run_all and bool(s.last)


def _style_of(s: State, lexeme: Lex) -> None:
    start = s.i
    s.i += 1
    names: list[str] = []
    while s.kind in ("unknown", "fill", "det", "style", "style_noun"):
        x = s.lexemes[s.i]
        if x.kind == "style":
            _style(s, x)
        elif x.kind == "unknown":
            names.append(x.words)
        s.i += 1
    if names:
        s.draft.unknown.append(s.words(start))


def _style(s: State, lexeme: Lex) -> None:
    note(s, lexeme)
    if s.draft.style and s.draft.style != lexeme.value and not s.draft.based:
        s.draft.step(lexeme.words, f"one style is drawn: {lexeme.value} instead of {s.draft.style}", "adjust")
    s.draft.style = str(lexeme.value)
    s.draft.step(lexeme.words, f"style = {lexeme.value}")


def _time(s: State, lexeme: Lex) -> None:
    s.i += 1
    note(s, lexeme)
    s.draft.time = str(lexeme.value)
    s.draft.step(lexeme.words, f"time = {lexeme.value}")


def _dash(s: State, lexeme: Lex) -> None:
    s.i += 1


def _remove(s: State, lexeme: Lex) -> None:
    read_removal(s)


def _negate(s: State, lexeme: Lex) -> None:
    read_negation(s)


def _phrase(s: State) -> None:
    """Read a noun phrase or loose attributes."""
    p = read_phrase(s.lexemes, s.i)
    s.i = p.end
    for lexeme in p.styles:
        _style(s, lexeme)
    for lexeme in p.times:
        s.i -= 1
        _time(s, lexeme)
    kind = p.noun.kind if p.noun else ""
    if kind in (*THINGS, "one", "object", "group"):
        _things(s, p)
    elif kind == "scenic":
        _scenic(s, p)
    elif kind == "ground":
        _ground(s, p, s.words(p.start, p.end))
    elif kind == "sky_noun":
        _sky(s, p)
    elif kind == "style_noun":
        if p.unknown:
            s.draft.unknown.append(s.words(_index(s, p.unknown[0]), p.end))
    else:
        _loose(s, p)


def _index(s: State, lexeme: Lex) -> int:
    return next(k for k, x in enumerate(s.lexemes) if x is lexeme)


def _with_noun(p: Phrase) -> Phrase:
    """The phrase with "one" for its noun: "the second" = "the second one"."""
    if p.noun is None and p.ordinal:
        p.noun = Lex("one", "one", p.ordinal.words, p.ordinal.start, p.ordinal.end)
    return p


def _things(s: State, p: Phrase) -> None:
    s.draft.unknown += [x.words for x in p.unknown]
    joined = s.joiner == "and"
    refs = find_or_make(s, p)
    if not refs:
        return
    if s.run_open and not s.run_all:
        s.joined = joined or (s.joiner == "comma" and s.joined)
    else:
        s.joined = False
    s.applied = []
    s.name(refs)
    s.joiner = ""
    if s.place:
        lexeme, s.place = s.place, None
        place(s, lexeme)


def _loose(s: State, p: Phrase) -> None:
    """A phrase without a noun: unknown words, attributes of something named before, or "one … two …"."""
    words = s.words(p.start, p.end)
    if p.ordinal and not p.unknown:
        if p.det not in ("a", "an", "another") and (s.kind in ("be", "rel", "place", "stop", "", "comma", "of_them") or p.attributes):
            refs = find_or_make(s, _with_noun(Phrase(p.start, p.end, p.det, p.number, p.ordinal))) if s.mentioned or s.before_all else []
            if refs:
                _take(s, refs)
                change(s, refs, p, words)
        return
    if p.other and not p.unknown:
        refs = rest(s, words)
        if refs:
            _take(s, refs)
            change(s, refs, p, words)
        return
    if p.unknown:
        lead = p.det or p.number or (s.joiner and not p.attributes)
        if not lead and p.attributes and s.predicate and s.run:
            change(s, _attributed(s), p, words)
            s.draft.unknown += [x.words for x in p.unknown]
            return
        first = min([*p.unknown, *p.colors, *p.sizes, *([p.number] if p.number else [])], key=lambda x: x.start)
        s.draft.unknown.append(s.words(_index(s, first), p.end))
        if (p.det or p.number) and not (s.joiner == "and" and s.run):
            s.run, s.run_open = [], False
        s.joiner = ""
        return
    if p.number is not None:
        count = int(p.number.value)
        if s.kind == "of_them":
            s.i += 1
        refs = next_members(s, count, words) if count else []
        if refs:
            _take(s, refs)
            change(s, refs, p, words)
        elif s.command and count and (s.last or s.before):
            recount(s, (s.last or s.before)[-1][0], count, words)
        else:
            s.draft.unknown.append(words)
        return
    if p.plain and not p.attributes:
        return
    if p.attributes:
        if s.ground and p.colors:
            _ground(s, p, words)
            return
        refs = _attributed(s)
        if refs:
            change(s, refs, p, words)
            s.run_open = s.run_open and s.joiner != "comma" and not s.predicate
        else:
            s.draft.unknown.append(words)


def _take(s: State, refs: list[Ref]) -> None:
    """Members singled out are spoken of from here on."""
    s.point(refs)
    s.joiner = ""


def _attributed(s: State) -> list[Ref]:
    """What loose attributes belong to."""
    if s.which or s.after_target:
        return s.last
    if s.run_all or s.predicate:
        return s.run
    if s.run or s.last:
        return s.run[-1:] or s.last
    if s.draft.based:
        things: list[Ref] = [(g, None) for g in s.draft.groups if g.shape not in SKY]
        return things
    return []


def _scenic(s: State, p: Phrase) -> None:
    assert p.noun is not None
    note(s, p.noun)
    s.draft.unknown += [x.words for x in p.unknown]
    if s.draft.scenic and s.draft.scenic != p.noun.value:
        s.draft.step(p.noun.words, f"one landscape is drawn: {p.noun.value} instead of {s.draft.scenic}", "adjust")
    s.draft.scenic, s.draft.plain = str(p.noun.value), False
    s.draft.ground = None
    s.draft.step(p.noun.words, f"background = {p.noun.value}")
    natural = {"hills": ("green",), "sea": ("blue",)}[str(p.noun.value)]
    for lexeme in p.colors:
        if lexeme.value not in natural:
            s.draft.step(lexeme.words, f"{p.noun.value} keep their own colours", "adjust")
    if s.place:
        s.place = None


def _ground(s: State, p: Phrase, words: str) -> None:
    """A plain background and its colour."""
    s.draft.unknown += [x.words for x in p.unknown]
    if p.colors:
        color = str(p.colors[-1].value)
        note(s, p.colors[-1])
        if color not in PLAIN:
            s.draft.step(words, f"drawn on {v.NO_SUCH_GROUND[color]}: backgrounds are not drawn in {color}", "adjust")
            color = v.NO_SUCH_GROUND[color]
        s.draft.ground, s.draft.plain = color, True
        s.draft.scenic = None
        s.draft.step(words, f"background = plain {color}")
        s.ground = False
        return
    if p.plain:
        s.draft.plain, s.draft.scenic = True, None
        s.draft.step(words, "plain background")
    s.ground = True
    s.run_open = False


def _sky(s: State, p: Phrase) -> None:
    """ "a blue sky", "under a red sky": the time of day."""
    times = {"blue": "day", "orange": "sunset", "red": "sunset", "pink": "sunset", "purple": "sunset", "black": "night"}
    s.draft.unknown += [x.words for x in p.unknown]
    for lexeme in p.colors:
        time = times.get(str(lexeme.value))
        if time:
            s.draft.time = time
            s.draft.step(s.words(p.start, p.end), f"time = {time}")
        else:
            s.draft.unknown.append(s.words(p.start, p.end))


_HANDLERS: dict[str, Callable[[State, Lex], None]] = {
    "stop": _stop, "comma": _comma, "and": _and, "or": _and, "then": _comma, "but": _but, "with": _with, "same": _same,
    "same_color": _same_attribute, "same_size": _same_attribute, "neg": _negate, "nothing_else": _only, "only": _only,
    "except": _except, "remove": _remove, "replace": _replace, "make": _make, "to": _to, "add": _add,
    "empty_sky": _nothing_sky, "starless": _nothing_sky, "moonless": _nothing_sky, "starry": _starry,
    "in_sky": _in_sky, "no_ground": _no_ground, "rel": _relation, "rel_it": _relation_to_it, "row": _row,
    "column": _column, "place": _place, "in": _in, "on": _in, "by": _in, "pron": _pronoun, "be": _be, "which": _which,
    "style_of": _style_of, "time": _time, "fill": _skip, "correct": _skip, "restart": _skip, "else": _skip, "if": _skip,
    "unless": _skip, "of_them": _skip, "of_the": _skip, "attribute": _skip, "dash": _skip, "up_to": _skip,
    "at_least": _skip, "vague": _skip,
}  # fmt: skip
