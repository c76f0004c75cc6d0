"""Corrections: "a red, no, blue square" and "two, I mean three" become what was meant in the end."""

from collections.abc import Sequence
from dataclasses import replace

from harness.prompt.lexer import Lex, kind_at, skip, words_of
from harness.prompt.scene import Step
from harness.prompt.text import Words

_ATTRIBUTES = ("color", "size", "number")
_NOUNS = ("shape", "strict", "sky")
_SINGLE = ("rel", "place", "time", "scenic", "style")


def settle_corrections(lexemes: Sequence[Lex]) -> tuple[list[Lex], list[Step]]:
    """Carry out every correction, each with a step; a marker with nothing to correct is passed over."""
    out: list[Lex] = []
    steps: list[Step] = []
    i = 0
    while i < len(lexemes):
        lexeme = lexemes[i]
        if lexeme.kind == "restart":
            dropped = _drop_sentence(out)
            words = Words(lexeme.words, words_of([*dropped, lexeme]).places)
            steps.append(Step(words, f"withdrawn: {words_of(dropped) or 'nothing'}"))
            i += 1
        elif j := _not_but(lexemes, i):
            steps.append(Step(words_of(lexemes[i : j + 1]), f"correction: {words_of(lexemes[j : j + 1])} is meant"))
            i = j
        elif _is_marker(out, lexemes, i):
            i = _correct(out, lexemes, i, steps)
        else:
            out.append(lexeme)
            i += 1
    return out, steps


def _is_marker(out: Sequence[Lex], lexemes: Sequence[Lex], i: int) -> bool:
    if lexemes[i].kind != "neg" or lexemes[i].value != "no":
        return lexemes[i].kind == "correct"
    previous = next((x.kind for x in reversed(out) if x.kind != "comma"), "stop")
    following = kind_at(lexemes, i + 1)
    waits = previous in _ATTRIBUTES and _dangling(out) and following in (*_ATTRIBUTES, "det")
    return previous != "stop" and (following == "comma" or waits)


def _not_but(lexemes: Sequence[Lex], i: int) -> int:
    """Return the index after "but" in "not red but blue"; 0 when it is not that."""
    if lexemes[i].kind != "neg" or not lexemes[i].value.startswith("no"):
        return 0
    j = skip(lexemes, i + 1, "det")
    k = j + 1 + (kind_at(lexemes, j + 1) == "comma")
    like = kind_at(lexemes, j) in (*_ATTRIBUTES, *_SINGLE) and kind_at(lexemes, k + 1) == kind_at(lexemes, j)
    return k + 1 if like and kind_at(lexemes, k) == "but" else 0


def _dangling(out: Sequence[Lex]) -> bool:
    """Return whether the text so far ends in an adjective that still waits for its noun: "a red," but not "is red,"."""
    for lexeme in reversed(out):
        if lexeme.kind in (*_ATTRIBUTES, "comma"):
            continue
        return lexeme.kind in ("det", "stop", "and", "with", "rel")
    return True


def _correct(out: list[Lex], lexemes: Sequence[Lex], i: int, steps: list[Step]) -> int:
    """Carry out the correction at ``i`` on ``out``; return where reading goes on."""
    j = skip(lexemes, i + 1, "comma", "correct", "fill")
    marker = [x for x in lexemes[i:j] if x.kind != "comma"]
    new = _run(lexemes, j)
    if not new or all(x.kind == "comma" for x in out):
        return i + 1
    while out and out[-1].kind in ("comma", "stop"):
        out.pop()
    noun = any(x.kind in _NOUNS for x in new)
    known = [_last_of(out, x) for x in new]
    waits = kind_at(out, len(out) - 1) in _ATTRIBUTES and _dangling(out)
    old: list[Lex] = []
    if noun and waits and new[0].kind != "det":
        for lexeme in new:
            k = _last_of(out, lexeme)
            if k is not None and lexeme.kind not in _NOUNS:
                old.append(out.pop(k))
    elif noun and (new[0].kind == "det" or None in known):
        old = _drop_phrase(out)
    elif None not in known:
        for k, lexeme in zip(known, new, strict=True):
            assert k is not None
            old.append(out[k])
            out[k] = replace(lexeme, plural=lexeme.plural or out[k].plural)
        j += len(new)
    steps.append(Step(words_of((*old, *marker, *new)), f"correction: {words_of(old) or 'nothing'} → {words_of(new)}"))
    return j


def _run(lexemes: Sequence[Lex], j: int) -> list[Lex]:
    """Return the words that correct: one relation, place or time, or a phrase up to its noun."""
    if j < len(lexemes) and lexemes[j].kind in _SINGLE:
        return [lexemes[j]]
    run: list[Lex] = []
    for lexeme in lexemes[j:]:
        if lexeme.kind not in (*_ATTRIBUTES, *_NOUNS, "det"):
            break
        run.append(lexeme)
        if lexeme.kind in _NOUNS:
            break
    return [] if all(x.kind == "det" for x in run) else run


def _last_of(out: Sequence[Lex], like: Lex) -> int | None:
    kinds = _NOUNS if like.kind in _NOUNS else (like.kind,)
    for k in range(len(out) - 1, -1, -1):
        if out[k].kind == "stop":
            return None
        if out[k].kind in kinds or (like.kind == "number" and out[k].kind == "det" and out[k].value in ("a", "an")):
            return k
    return None


def _drop_phrase(out: list[Lex]) -> list[Lex]:
    """Take the last noun phrase (or a waiting "a red") off the end."""
    old: list[Lex] = []
    nouns = 0
    while out and out[-1].kind in (*_ATTRIBUTES, *_NOUNS, "det", "comma"):
        if out[-1].kind in _NOUNS:
            nouns += 1
            if nouns > 1:
                break
        old.insert(0, out.pop())
        if old[0].kind == "det":
            break
    return old


def _drop_sentence(out: list[Lex]) -> list[Lex]:
    old: list[Lex] = []
    while out and out[-1].kind in ("stop", "comma"):
        out.pop()
    while out and out[-1].kind != "stop":
        old.insert(0, out.pop())
    return old
