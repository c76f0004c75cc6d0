"""Things named, and phrases without a noun: attributes, "one red and two blue", unknown words."""

from harness.prompt.draft import Ref
from harness.prompt.lexer import Lex, words_of
from harness.prompt.links import place
from harness.prompt.phrases import Phrase
from harness.prompt.reader_state import State
from harness.prompt.reference import find_or_make, next_members, rest, shape_of
from harness.prompt.scene import SKY
from harness.prompt.setting import read_ground
from harness.prompt.things import change, recount


def read_things(s: State, p: Phrase) -> None:
    """Take in the things of a phrase, new or known, with a place that waited for them."""
    s.draft.unknown += [x.words for x in p.unknown]
    joined = s.joiner == "and"
    if joined and s.phrase:
        _share(s, s.phrase, p)
    s.phrase = p
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


def _share(s: State, before: Phrase, p: Phrase) -> None:
    """Give "square" the color and size of "a red circle and square"; bare "stars" are those of the sky."""
    alike = p.noun.kind == before.noun.kind == "shape" and p.noun.plural == before.noun.plural
    alike = alike and shape_of(s, p) != "stars"
    if alike and p.bare_noun and before.attributes and p.start == before.end + 1:
        p.colors, p.sizes, p.joined = before.colors, before.sizes, before.joined
        words = words_of([*before.sizes, *before.colors, p.noun])
        s.draft.step(words, "said of both")


def read_loose(s: State, p: Phrase) -> None:
    """Read a phrase without a noun: unknown words, attributes of something named before, or "one … two …"."""
    words = s.words(p.start, p.end)
    if p.unknown:
        _unknown(s, p)
    elif p.ordinal:
        ends = s.kind in ("be", "rel", "place", "stop", "", "comma", "of_them") or p.attributes
        if p.det not in ("a", "an", "another") and ends and (s.mentioned or s.before_all):
            _take(s, find_or_make(s, p), p, words)
    elif p.other:
        _take(s, rest(s, words), p, words)
    elif p.number:
        count = int(p.number.value)
        s.i += s.kind == "of_them"
        if refs := next_members(s, count, words) if count else []:
            _take(s, refs, p, words)
        elif s.command and count and (s.last or s.before):
            recount(s, (s.last or s.before)[-1][0], count, words)
        else:
            s.draft.unknown.append(words)
    elif s.ground and p.colors:
        read_ground(s, p, words)
    elif p.attributes:
        refs = [] if p.det in ("a", "an") else _attributed(s)
        if refs:
            change(s, refs, p, words)
            s.run_open = s.run_open and s.joiner != "comma" and not (s.predicate or p.side)
        else:
            s.draft.unknown.append(words)


def _unknown(s: State, p: Phrase) -> None:
    """List unknown words with what stands before them; where they name a thing, what follows speaks of that."""
    lead = p.det or p.number
    joined = s.joiner == "and"
    if not lead and p.attributes and s.predicate and s.run:
        change(s, _attributed(s), p, s.words(p.start, p.end))
        s.draft.unknown += [x.words for x in p.unknown]
        return
    first = min([*p.unknown, *p.colors, *p.sizes, *([p.number] if p.number else [])], key=lambda x: x.start)
    unread = s.words(index_of(s, first), p.end)
    s.draft.unknown.append(unread)
    if lead or joined or not (s.draft.groups or s.draft.scenic):
        s.draft.unread.append(unread)
    if lead and not (joined and s.run):
        s.run, s.run_open = [], False
    s.joiner = ""


def _take(s: State, refs: list[Ref], p: Phrase, words: str) -> None:
    """Change what a phrase singles out, if anything; it is spoken of from here on."""
    if refs:
        s.set_antecedent(refs)
        s.joiner = ""
        change(s, refs, p, words)


def _attributed(s: State) -> list[Ref]:
    """Return what loose attributes belong to."""
    if s.which or s.after_target or s.run_all or s.predicate:
        return s.referents()
    based: list[Ref] = [(g, None) for g in s.draft.groups if g.shape not in SKY and s.draft.based]
    return s.latest or s.last or based


def index_of(s: State, lexeme: Lex) -> int:
    """Return where a lexeme stands."""
    return next(k for k, x in enumerate(s.lexemes) if x is lexeme)
