"""Corrections: "a red, no, blue square" and "two, I mean three" become what was meant in the end."""

from collections.abc import Sequence
from dataclasses import replace

from harness.prompt.lexer import Lex, words_of
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
            steps.append(
                Step(
                    Words(lexeme.words, words_of([*dropped, lexeme]).places),
                    f"withdrawn: {words_of(dropped) or 'nothing'}",
                )
            )
            i += 1
        elif lexeme.kind == "neg" and lexeme.words.lower().startswith(("not", "no")) and _not_but(lexemes, i):
            j = _not_but(lexemes, i)
            steps.append(Step(words_of(lexemes[i : j + 1]), f"correction: {words_of(lexemes[j : j + 1])} is meant"))
            i = j
        elif _is_marker(out, lexemes, i):
            i = _correct(out, lexemes, i, steps)
        else:
            out.append(lexeme)
            i += 1
    return out, steps


def _is_marker(out: Sequence[Lex], lexemes: Sequence[Lex], i: int) -> bool:
    if lexemes[i].kind == "correct":
        return True
    if lexemes[i].kind != "neg" or lexemes[i].words.lower() != "no" or not out or i + 1 >= len(lexemes):
        return False
    previous = next((x for x in reversed(out) if x.kind != "comma"), None)
    if previous is None or previous.kind == "stop":
        return False
    following = lexemes[i + 1]
    if following.kind == "comma":
        return True
    return previous.kind in _ATTRIBUTES and _dangling(out) and following.kind in (*_ATTRIBUTES, "det")


def _not_but(lexemes: Sequence[Lex], i: int) -> int:
    """Return the index after "but" in "not red but blue"; 0 when it is not that."""
    j = i + 1
    while j < len(lexemes) and lexemes[j].kind == "det":
        j += 1
    k = j + 1
    if k < len(lexemes) and lexemes[k].kind == "comma":
        k += 1
    if k + 1 < len(lexemes) and lexemes[k].kind == "but":
        k += 1
        if lexemes[k].kind == lexemes[j].kind and lexemes[j].kind in (*_ATTRIBUTES, *_SINGLE):
            return k
    return 0


def _dangling(out: Sequence[Lex]) -> bool:
    """Return whether the text so far ends in an adjective that still waits for its noun: "a red," but not "is red,"."""
    for lexeme in reversed(out):
        if lexeme.kind in (*_ATTRIBUTES, "comma"):
            continue
        return lexeme.kind in ("det", "stop", "and", "with", "rel")
    return True


def _correct(out: list[Lex], lexemes: Sequence[Lex], i: int, steps: list[Step]) -> int:
    """Carry out the correction at ``i`` on ``out``; return where reading goes on."""
    j = i + 1
    while j < len(lexemes) and lexemes[j].kind in ("comma", "correct", "fill"):
        j += 1
    marker = [x for x in lexemes[i:j] if x.kind != "comma"]
    new = _run(lexemes, j)
    if not new or not any(x.kind not in ("comma",) for x in out):
        return i + 1
    tail_comma = bool(out) and out[-1].kind == "comma"
    while out and out[-1].kind in ("comma", "stop"):
        out.pop()
    noun = any(x.kind in _NOUNS for x in new)
    if new[0].kind == "det" and noun:
        old = _drop_phrase(out)
        steps.append(Step(words_of((*old, *marker, *new)), f"correction: {words_of(old)} → {words_of(new)}"))
        return j
    dangling = _dangling([*out]) and bool(out) and out[-1].kind in (*_ATTRIBUTES,)
    old = []
    for lexeme in new:
        k = _last_of(out, lexeme)
        if k is None:
            if not (dangling and noun):
                _insert(out, lexeme)
        elif dangling and noun:
            if lexeme.kind not in _NOUNS:
                old.append(out.pop(k))
        else:
            old.append(out[k])
            out[k] = replace(lexeme, plural=lexeme.plural or out[k].plural)
    steps.append(Step(words_of((*old, *marker, *new)), f"correction: {words_of(old) or 'nothing'} → {words_of(new)}"))
    if (
        not dangling
        and tail_comma
        and j + len(new) < len(lexemes)
        and lexemes[j + len(new)].kind not in ("comma", "stop")
    ):
        return j + len(new)
    return j if dangling and noun else j + len(new)


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


def _insert(out: list[Lex], lexeme: Lex) -> None:
    """Put an attribute before the last noun ("a circle, I mean red")."""
    for k in range(len(out) - 1, -1, -1):
        if out[k].kind in _NOUNS:
            out.insert(k, lexeme)
            return
    out.append(lexeme)


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
