"""What must not be seen: "without red circles or stars", "not red", "remove the tree", a negative prompt."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.prompt.draft import Draft, Group, Ref
from harness.prompt.lexer import Lex
from harness.prompt.phrases import THINGS, Phrase, read_phrase
from harness.prompt.reader_state import State
from harness.prompt.scene import SKY, Absence
from harness.prompt.text import Words

_LIST = ("and", "or", "comma")
_OF_IT = ("not", "and not", "but not", "must not be", "should not be", "never", "neither", "nor")


def read_negation(s: State, marker: Lex) -> None:
    """Read everything that ``marker`` ("no …") rules over."""
    start = s.i - 1
    s.skip("fill", "be", "neg")
    if s.kind == "of_them":
        s.i += 1
        s.skip("be", "fill")
        p = read_phrase(s.lexemes, s.i)
        s.i = p.end
        _forbid_colors(s, p, s.words(start), (s.last or s.before)[-1:])
        return
    if s.kind in ("in", "on", "by") and s.peek():
        s.i += 1
    if s.kind == "det" and s.peek() == "time":
        s.i += 1
    if s.kind == "time":
        _other_time(s, start)
        return
    if s.kind in ("nothing_else", "only"):
        return
    own = _predicate(s, marker)
    for p, words in _listed(s, start, lambda: _goes_on(s, marker)):
        _forbid(s, p, words, own)
        start = s.i
    s.joiner = ""
    s.run_open = False
    if s.i != start:
        s.give_up(start)


def _listed(s: State, start: int, more: Callable[[], bool]) -> Iterator[tuple[Phrase, Words]]:
    """Yield each phrase of a list with its words, the first one with all from ``start`` on."""
    while not (p := read_phrase(s.lexemes, s.i)).bare:
        s.i = p.end
        yield p, s.words(start)
        if not more():
            return
        s.skip(*_LIST, "neg", "fill")
        start = s.i


def _predicate(s: State, marker: Lex) -> list[Ref]:
    """Return the things that "not red" speaks of; none when it concerns the whole image."""
    words = str(marker.value)
    about = words.startswith("any ") or words in _OF_IT
    return s.referents() or s.last if about and (s.run or s.last) else []


def _forbid(s: State, p: Phrase, words: str, own: list[Ref]) -> None:
    kind = p.noun.kind
    if p.unknown or p.number or kind in ("group", "one", "ground") or (kind in THINGS and p.sizes):
        s.draft.unknown.append(words)
    elif kind in THINGS:
        _forbid_shape(s.draft, p, words)
    elif kind == "object":
        s.draft.only = s.draft.only or words
        s.draft.step(words, "absent += everything not asked for")
    elif kind == "scenic":
        s.draft.plain = True
        s.draft.scenic = None
        s.draft.step(words, "plain background")
    elif p.sizes and not p.colors:
        sizes = [x.value for x in p.sizes]
        value = "medium" if "medium" not in sizes else "large"
        for group, member in own:
            group.put("size", value, member)
        s.draft.step(words, f"size = {value}" if own else "nothing is said of what", "assume")
    elif p.colors:
        _forbid_colors(s, p, words, own)
    else:
        s.draft.unknown.append(words)


def _forbid_shape(draft: Draft, p: Phrase, words: str) -> None:
    shape = str(p.noun.value)
    shapes = (
        ["star", "stars"] if p.noun.kind == "shape" and shape == "star" and p.noun.plural and not p.colors else [shape]
    )
    colors = [str(x.value) for x in p.colors] if shape not in SKY else []
    for one in shapes:
        absences = [Absence(one, color) for color in colors if color != "gray"] or [Absence(one)]
        for absence in absences:
            _take_out(draft, absence, words)
            draft.forbid(absence)
    colored = f" in {', '.join(colors)}" if colors else ""
    draft.step(words, f"absent += {', '.join(shapes)}{colored}")


def _forbid_colors(s: State, p: Phrase, words: str, own: list[Ref]) -> None:
    for lexeme in p.colors:
        color = str(lexeme.value)
        if color == "gray":
            s.draft.step(words, "only a background can be gray", "adjust")
            continue
        shapes = list(dict.fromkeys(ref[0].shape for ref in own if ref[0].shape not in SKY))
        for absence in [Absence(shape, color) for shape in shapes] or [Absence(None, color)]:
            _take_out(s.draft, absence, words)
            s.draft.forbid(absence)
        s.draft.step(words, f"absent += {', '.join(f'{color} {shape}' for shape in shapes) or color}")


def _take_out(draft: Draft, absence: Absence, words: str) -> None:
    """Remove what the base scene has of it."""
    for group in [g for g in draft.groups if g.from_base and matches(g, absence)]:
        draft.remove(group)
        draft.step(words, f"the {group.color or ''} {group.shape} of the base goes".replace("  ", " "))


def matches(group: Group, absence: Absence) -> bool:
    """Return whether a group is what an absence forbids."""
    return absence.shape in (None, group.shape) and absence.color in (None, group.color)


def _other_time(s: State, start: int) -> None:
    if s.lexemes[start].value == "neither":
        s.give_up(start)
        return
    time = str(s.lexemes[s.i].value)
    s.i += 1
    if s.kind in ("sky_noun",):
        s.i += 1
    s.draft.time = "night" if time == "day" else "day"
    s.draft.step(s.words(start), f"time = {s.draft.time}", "assume")


def _goes_on(s: State, marker: Lex) -> bool:
    """Return whether a list of forbidden things goes on: "no stars or hearts", "without red, green and blue".

    After a comma it does only when the list ends in "or"/"nor", or in "and" after "without" and its like.
    """
    no = marker.value == "no"
    comma = False
    j = s.i if s.kind in _LIST else len(s.lexemes)
    while j < len(s.lexemes):
        kind = s.lexemes[j].kind
        if kind in ("or", "neg"):
            return kind == "or" or s.lexemes[j].value == "nor"
        j += kind in ("and", "comma")
        if kind == "comma":
            comma = True
            continue
        p = read_phrase(s.lexemes, j)
        other = p.noun.kind not in ("", *THINGS)
        if p.bare or (p.det and no) or p.number or p.ordinal or other:
            return False
        j = p.end
        following = s.lexemes[j].kind if j < len(s.lexemes) else ""
        if kind == "and":
            return following in ("", "stop", "comma", "but") and not (comma and no)
        if following not in _LIST:
            return False
    return False


def read_removal(s: State, _lexeme: Lex) -> None:
    """ "Remove the tree": the thing goes, and must not be seen."""
    s.skip("fill")
    listed = ("det", "shape", "sky", "color")
    for p, words in _listed(s, s.i - 1, lambda: s.kind in ("and", "or") and s.peek() in listed):
        if p.noun.kind not in THINGS or p.ordinal:
            s.draft.unknown.append(words)
            continue
        color = str(p.colors[-1].value) if p.colors else None
        shape = str(p.noun.value)
        for group in [g for g in s.draft.groups if matches(g, Absence(shape, color))]:
            s.draft.remove(group)
        if p.noun.kind == "sky":
            s.draft.forbid(Absence(shape))
            s.draft.step(words, f"absent += {shape}")
        else:
            _forbid_shape(s.draft, replace(p, det=""), words)
    s.run_open = False
    alive = {id(g) for g in s.draft.groups}
    for refs in (s.run, s.last, s.mentioned, s.subjects, s.before, s.before_all, s.host):
        refs[:] = [ref for ref in refs if id(ref[0]) in alive]
