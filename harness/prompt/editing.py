"""Editing words: "the same …", "make", "replace", "turn into", "add", "except"."""

from harness.prompt.lexer import Lex, kind_at
from harness.prompt.negation import read_negation
from harness.prompt.phrases import THINGS, read_phrase
from harness.prompt.reader_state import State
from harness.prompt.reference import find_or_make
from harness.prompt.scene import SKY
from harness.prompt.things import change, give, note


def read_same(s: State, lexeme: Lex) -> None:
    """Read "the same …": the base is loaded already, else it is what was said so far."""
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


def read_same_attribute(s: State, lexeme: Lex) -> None:
    """ "of the same color": as the first of them."""
    name = "color" if lexeme.kind == "same_color" else "size"
    refs = [*s.run, *(s.last if s.after_target else ())]
    known = next((value for g, m in refs if (value := g.get(name, m))), None)
    if known is None:
        known = "blue" if name == "color" else "medium"
        s.draft.step(lexeme.words, f"{name} not given: {known}", "assume")
    give(s, refs, name, known, lexeme.words, override=True)


def read_except(s: State, lexeme: Lex) -> None:
    """ "all blue except the square": the square keeps what it had; else it is a "no"."""
    if not s.applied:
        read_negation(s, lexeme)
        return
    start = s.i - 1
    p = read_phrase(s.lexemes, s.i)
    if p.noun.kind not in (*THINGS, "one", "object", "group", *(("",) if p.ordinal else ())):
        return
    applied = list(s.applied)
    s.i = p.end
    s.draft.unknown += [x.words for x in p.unknown]
    refs = find_or_make(s, p)
    for ref, name, old in applied:
        for group, member in refs:
            if group is ref[0]:
                group.put(name, old, member)
    s.draft.step(s.words(start), "is left as it was")
    s.set_antecedent(refs)


def read_make(s: State, _lexeme: Lex) -> None:
    """ "Make the house blue": what follows overrides what was said."""
    s.command, s.adding = True, False
    s.run, s.run_open = [], False


def read_replace(s: State, lexeme: Lex) -> None:
    """ "replace the circle with a square"."""
    read_make(s, lexeme)
    start = s.i - 1
    p = read_phrase(s.lexemes, s.i)
    if p.noun.kind not in THINGS or kind_at(s.lexemes, p.end) not in ("with", "by", "to", "fill"):
        s.give_up(start)
        return
    s.i = p.end
    s.draft.unknown += [x.words for x in p.unknown]
    s.name(find_or_make(s, p))
    s.skip("with", "by", "to", "fill")
    _turn_into(s)


def read_to(s: State, _lexeme: Lex) -> None:
    """ "… into a tree": after "turn" and "change", the last thing becomes something else."""
    if s.command:
        _turn_into(s)


def _turn_into(s: State) -> None:
    """Turn the last thing into what the next phrase names; leave attributes alone to the usual reading."""
    p = read_phrase(s.lexemes, s.i)
    if p.noun.kind not in THINGS or not s.last or p.det == "the":
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


def read_add(s: State, _lexeme: Lex) -> None:
    """ "Add a star": a new thing even where the base has one."""
    s.command, s.adding = False, True
    s.run_open = False
