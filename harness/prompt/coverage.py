"""Every word ends in a step, in ``unknown``, or is one of the few that say nothing of an image."""

from collections.abc import Sequence

from harness.errors import nearest
from harness.prompt.draft import Draft
from harness.prompt.lexer import Lex, kind_at, words_of
from harness.prompt.phrasebook import phrase_table
from harness.prompt.text import places_of
from harness.prompt.vocabulary import IMAGE_WORDS

_CONNECTING = """
det fill style_noun and comma stop be which with in on by to of_them of_the attribute then but dash make add replace or
"""
CONNECTING = frozenset(_CONNECTING.split())
"""Kinds of words that only join others; their effect is in the steps of what they join."""
_AFTER_NOUN = ("", "stop", "comma", "and", "with", "be", "which", "rel", "in", "on", "by")


def report_uncovered(lexemes: Sequence[Lex], draft: Draft) -> None:
    """Add to the unknown words what no step read, and to each misspelled word the known one that is nearest."""
    covered = draft.covered | places_of([*(step.words for step in draft.steps), *draft.unknown])
    run: list[Lex] = []
    for i, lexeme in enumerate([*lexemes, Lex("stop", ".", "", -1, -1)]):
        another = lexeme.kind == "det" and lexeme.value not in ("a", "an", "the")
        says = another or lexeme.kind not in CONNECTING or _is_noun(lexemes, i)
        if says and lexeme.start not in covered:
            run.append(lexeme)
        elif run and lexeme.kind != "fill":
            draft.unknown.append(words_of(run))
            run = []
    for lexeme in lexemes:
        if lexeme.kind == "unknown":
            _explain(draft, lexeme)


def _is_noun(lexemes: Sequence[Lex], i: int) -> bool:
    """Return whether a filler stands where a thing is named: "a can on a square"."""
    led = 0 < i < len(lexemes) and lexemes[i].kind == "fill" and lexemes[i - 1].kind in ("det", "of_the")
    return led and lexemes[i].value not in IMAGE_WORDS and kind_at(lexemes, i + 1) in _AFTER_NOUN


def _explain(draft: Draft, lexeme: Lex) -> None:
    if lexeme.note:
        draft.step(lexeme.words, lexeme.note, "adjust")
    elif len(lexeme.words) > 3:
        known = (words[0] for words in phrase_table()[0] if len(words) == 1 and len(words[0]) > 2)
        hint = nearest(lexeme.words, known, cutoff=0.81)
        if hint.startswith("did you mean"):
            draft.step(lexeme.words, f"not understood: {hint}", "adjust")
