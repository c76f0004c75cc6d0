"""Reading: goes once through the lexemes and fills the draft, each word in the context of the words before."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.prompt import editing, links, setting
from harness.prompt.attributes import index_of, read_loose, read_things
from harness.prompt.draft import Draft
from harness.prompt.lexer import Lex
from harness.prompt.negation import read_negation, read_removal
from harness.prompt.phrases import NONE, THINGS, read_phrase
from harness.prompt.pronouns import read_pronoun
from harness.prompt.reader_state import State
from harness.prompt.scene import Scene
from harness.prompt.vocabulary import IMAGE_WORDS

_EDITS = ("make", "replace", "remove", "add", "same")


def read(lexemes: Sequence[Lex], base: Scene | None = None) -> Draft:
    """Return the draft that the lexemes describe. ``base`` is loaded when they speak of it ("the same …", "make …")."""
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
        s.i += 1
        handler(s, lexeme)
        return
    before = s.i
    _phrase(s)
    s.i = max(s.i, before + 1)


def _end(s: State, _lexeme: Lex | None = None) -> None:
    if s.row:
        links.link_row(s, s.mentioned, s.row)
        s.row = None
    if s.place:
        s.draft.unknown.append(s.place.words)
        s.place = None
    s.end_sentence()


def _comma(s: State, lexeme: Lex) -> None:
    s.joiner = "comma"
    s.after_target = False
    # What stands in brackets speaks of the thing before them.
    s.bracket = "(" in str(lexeme.value) or (s.bracket and ")" not in str(lexeme.value))
    s.which = s.bracket and bool(s.last)


def _and(s: State, _lexeme: Lex) -> None:
    s.joiner = "and"
    s.after_target = False


def _or(s: State, _lexeme: Lex) -> None:
    """List an alternative that the seed did not choose between."""
    s.give_up(s.i - 1)


def _but(s: State, _lexeme: Lex) -> None:
    s.joiner = ""
    s.run_open = s.after_target = False


def _with(s: State, _lexeme: Lex) -> None:
    if s.run:
        s.host = list(s.last if s.after_target else s.run)
    s.run_open = False
    s.joiner = ""


def _only(s: State, lexeme: Lex) -> None:
    s.draft.only = s.draft.only or lexeme.words
    s.draft.step(lexeme.words, "absent += everything not asked for")


def _in(s: State, lexeme: Lex) -> None:
    """ "in", "on", "by": a relation before a thing or "it", else nothing of their own."""
    if lexeme.kind == "by" and s.i > 1 and s.lexemes[s.i - 2].kind == "unknown":
        s.draft.unknown.append(lexeme.words)
        return
    kinds = {"in": ("inside",), "on": ("on",), "by": ("next_to",)}[lexeme.kind]
    p = read_phrase(s.lexemes, s.i)
    ahead = p.noun.kind
    if (s.kind == "pron" and s.host and s.lexemes[s.i].value in ("it", "they")) or (
        ahead in (*THINGS, "one", "group") and s.run
    ):
        links.read_relation(s, lexeme, kinds)
    elif lexeme.kind == "on" and p.colors and not ahead and not p.unknown:
        s.i = p.end
        setting.read_ground(s, p, s.words(p.start - 1))
    elif lexeme.kind == "by" and p.unknown and not ahead:
        s.draft.unknown.append(f"{lexeme.words} {s.words(p.start, p.end)}")
        s.i = p.end


def _be(s: State, _lexeme: Lex) -> None:
    start = s.i - 1
    while start and s.lexemes[start - 1].kind not in _CLAUSE:
        start -= 1
    subject = s.lexemes[start : s.i - 1]
    if any(_no_thing(x) for x in subject) and not any(x.kind in (*THINGS, "pron", "one", "object") for x in subject):
        # "the hills are green" says nothing of the things before
        s.run, s.last = [], []
        s.predicate = True
    else:
        s.predicate = bool(s.run)
    s.after_target = False


_CLAUSE = ("stop", "comma", "and", "but", "which", "with", "be")


def _no_thing(x: Lex) -> bool:
    return x.kind in ("unknown", "scenic", "style", "sky_noun", "time") or x.value in IMAGE_WORDS


def _which(s: State, _lexeme: Lex) -> None:
    # "both of which", "and that is red" speak of the run, "a square which is red" of the last thing.
    s.which = not s.run_all and bool(s.last)


def _phrase(s: State) -> None:
    p = read_phrase(s.lexemes, s.i)
    s.i = p.end
    for lexeme in p.styles:
        setting.read_style(s, lexeme)
    for lexeme in p.times:
        setting.read_time(s, lexeme)
    if p.attributes and not (p.noun.kind or p.unknown) and (p.number or p.det in ("a", "an")):
        p.noun = _shared_noun(s, p.end)
    kind = p.noun.kind
    if kind in (*THINGS, "one", "object", "group"):
        read_things(s, p)
    elif kind == "scenic":
        setting.read_scenic(s, p)
    elif kind == "ground":
        setting.read_ground(s, p, s.words(p.start, p.end))
    elif kind == "sky_noun":
        setting.read_sky(s, p)
    elif kind == "style_noun":
        if p.unknown:
            s.draft.unknown.append(s.words(index_of(s, p.unknown[0]), p.end))
    else:
        read_loose(s, p)


def _shared_noun(s: State, j: int) -> Lex:
    """Return the noun that "a red" lacks in "a red, a green and a blue circle"."""
    while j < len(s.lexemes) and s.lexemes[j].kind in ("and", "comma"):
        p = read_phrase(s.lexemes, j + 1)
        if not p.attributes or p.unknown or not (p.number or p.det in ("a", "an")):
            return NONE
        if p.noun.kind:
            return replace(p.noun, plural=False) if p.noun.kind == "shape" else NONE
        j = max(p.end, j + 1)
    return NONE


_HANDLERS: dict[str, Callable[[State, Lex], None]] = {
    "stop": _end, "comma": _comma, "and": _and, "or": _or, "then": _comma, "but": _but, "with": _with, "be": _be,
    "which": _which, "in": _in, "on": _in, "by": _in, "nothing_else": _only, "only": _only,
    "neg": read_negation, "remove": read_removal, "pron": read_pronoun, "rel": links.read_relation,
    "row": links.read_row, "column": links.read_column, "place": links.place,
    "same": editing.read_same, "same_color": editing.read_same_attribute, "same_size": editing.read_same_attribute,
    "except": editing.read_except, "replace": editing.read_replace, "make": editing.read_make, "to": editing.read_to,
    "add": editing.read_add, "empty_sky": setting.read_nothing_sky, "starless": setting.read_nothing_sky,
    "moonless": setting.read_nothing_sky, "starry": setting.read_starry, "in_sky": setting.read_in_sky,
    "no_ground": setting.read_no_ground, "style_of": setting.read_style_of, "time": setting.read_time,
}  # fmt: skip
