"""Pronouns: what "it", "they", "both" and "all" speak of."""

from dataclasses import replace

from harness.prompt.draft import Ref
from harness.prompt.lexer import Lex
from harness.prompt.phrases import THINGS, read_phrase
from harness.prompt.reader_state import State
from harness.prompt.scene import SKY


def read_pronoun(s: State, lexeme: Lex) -> None:
    """Let the next words speak of what a pronoun stands for."""
    which = str(lexeme.value)
    start = s.i - 1
    p = read_phrase(s.lexemes, s.i)
    if p.noun.kind in (*THINGS, "one") and which in ("both", "all") and not p.ordinal:
        # "all the circles", "both squares"
        known = [g for g in s.draft.groups if p.noun.kind == "one" or g.shape == p.noun.value]
        if known:
            s.i = p.end
            s.draft.unknown += [x.words for x in p.unknown]
            _say(s, [(g, None) for g in known], s.words(start))
            return
    image = ("time", "scenic", *(("ground", "style") if which == "it" and s.kind == "be" else ()))
    if s.kind in ("time", "scenic") or (s.kind in ("det", "in", "be") and s.peek() in image):
        s.draft.covered |= s.words(start).places
        return
    refs = _meant(s, which)
    if not refs:
        if which == "it" and s.kind in ("be", "fill"):
            s.draft.covered |= s.words(start).places
        if which in ("everything", "all", "both") and _said_later(s, start):
            return
        if lexeme.words.lower() in ("each", "every"):
            s.give_up(start)
        elif which != "it" and (which != "all" or s.kind in ("be", "color", "size")):
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
    stop = replace(s.lexemes[j], kind="stop", value=".")
    s.lexemes = [*s.lexemes[:start], *s.lexemes[j + 1 :], stop, *s.lexemes[start:j]]
    s.i = start
    return True


def _say(s: State, refs: list[Ref], words: str) -> None:
    s.draft.step(
        words, f"means {', '.join(ref[0].shape if ref[0].count == 1 else f'the {ref[0].shape} group' for ref in refs)}"
    )
    s.set_antecedent(refs)
    s.predicate = True


def _meant(s: State, which: str) -> list[Ref]:
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
