"""Clauses that are left out before the reading: what no rule reads exactly, and must not be read in part.

A comparison ("twice as many", "bigger than"), a part of a number ("two of the three"), an exception or a wish that is
not understood makes its whole clause unknown: nothing of it is generated.
"""

from collections.abc import Sequence

from harness.prompt import vocabulary as v
from harness.prompt.lexer import Lex, words_of
from harness.prompt.phrases import THINGS, read_phrase

_ENDS = ("comma", "stop", "but")
_COUNTED = ("number", "ordinal", "vague", "one", "other", "size")


def leave_out(lexemes: Sequence[Lex]) -> tuple[list[Lex], list[str]]:
    """Return the lexemes to read, and the words of each clause that is left out."""
    out: list[Lex] = []
    unread: list[str] = []
    i = 0
    while i < len(lexemes):
        end = _end(lexemes, i, out)
        if not end:
            out.append(lexemes[i])
            i += 1
            continue
        start = len(out)
        while lexemes[i].kind == "neg" and _refused(lexemes, i) and start and out[start - 1].kind in _ENDS:
            start -= 1
        if _whole(lexemes, i):
            while start and out[start - 1].kind not in _ENDS and not (start == len(out) and _joins(out[-1])):
                start -= 1
        if any(x.kind in ("if", "unless") for x in out[start:]):
            end = _until(lexemes, i, stops=True)
        unread.append(words_of([*out[start:], *lexemes[i:end]]))
        out[start:] = [Lex("stop", ".", "", lexemes[i].start, lexemes[i].start)] if _header(lexemes, i, out) else []
        i = end
    return out, unread


def _end(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> int:
    """Return where the clause of an operator at ``i`` ends; 0 when there is none."""
    x = lexemes[i]
    if _refused(lexemes, i):
        return i + 1
    if _ahead(lexemes, i, out):
        return _until(lexemes, i)
    if (
        x.kind in ("operator", "like")
        or _of_things(lexemes, i, out)
        or _but_one(lexemes, i, out)
        or _part(lexemes, i)
        or _not_there(lexemes, i)
        or _denied(lexemes, i)
        or _only_is(lexemes, i)
        or _as_as(lexemes, i)
    ):
        return _until(lexemes, i)
    if _header(lexemes, i, out) or (x.kind == "except" and not _exception(lexemes, i, out)):
        return _until(lexemes, i, stops=True)
    return _front(lexemes, i, out)


def _whole(lexemes: Sequence[Lex], i: int) -> bool:
    """Return whether the words before belong to it: not for "a square like a house"."""
    if lexemes[i].kind == "neg":
        return not (_not_there(lexemes, i) or _denied(lexemes, i)) or _after(lexemes, i) == "pron"
    if lexemes[i].value in ("of", "of the"):
        return any(x.kind == "be" for x in lexemes[i : _until(lexemes, i)])
    return lexemes[i].kind not in ("like", "rel", "rel_it")


def _joins(last: Lex) -> bool:
    return last.kind in ("and", "with")


def _until(lexemes: Sequence[Lex], i: int, *, stops: bool = False) -> int:
    """Return where the clause ends: at a comma, or only at a full stop or colon."""
    quoted = False
    for j in range(i + 1, len(lexemes)):
        x = lexemes[j]
        quoted = quoted != ('"' in str(x.value) and x.kind == "comma")
        ends = ("stop",) if stops else _ENDS
        if not quoted and (
            (x.kind in ends and '"' not in str(x.value))
            or (x.value == ":" and (not stops or lexemes[i].kind == "except"))
        ):
            return j
    return len(lexemes)


def _part(lexemes: Sequence[Lex], i: int) -> bool:
    """ "two of the three circles", "the left one of two squares"."""
    following = lexemes[i + 1] if i + 1 < len(lexemes) else None
    of = following and (following.kind == "of_the" or (following.kind == "fill" and following.value == "of"))
    return lexemes[i].kind in (*_COUNTED, "neg") and bool(of)


def _of_things(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """Return whether things are parts of others: "a ring of stars", "the door of the house is red"."""
    last = out[-1] if out else None
    if not last or lexemes[i].value not in ("of", "of the"):
        return False
    if last.kind == "unknown" and not last.note:
        return any(x.kind == "be" for x in lexemes[i : _until(lexemes, i)])
    noun = read_phrase(lexemes, i + 1).noun
    return bool(last.kind in THINGS and noun and noun.kind in THINGS)


def _but_one(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """Return whether "but" excepts something: "blue but one", "all the circles but the last"."""
    kinds = [x.kind for x in lexemes[i : i + 3]]
    start = next((k + 1 for k in range(len(out) - 1, -1, -1) if out[k].kind in _ENDS), 0)
    every = any(x.kind == "pron" and x.value not in ("it", "they") for x in out[start:])
    if kinds[:2] == ["but", "det"] and every and not any(x.kind == "be" for x in out[start:]):
        return True
    return kinds[:2] == ["but", "number"] and (len(kinds) == 2 or kinds[2] in _ENDS)


def _refused(lexemes: Sequence[Lex], i: int) -> bool:
    """Return whether a clause ends in what it denies or asserts: "A square? No.", "but the circle should"."""
    following = lexemes[i + 1].kind if i + 1 < len(lexemes) else ""
    return (lexemes[i].kind == "neg" or lexemes[i].value in v.AUXILIARIES) and following in ("", *_ENDS)


def _not_there(lexemes: Sequence[Lex], i: int) -> bool:
    """ "not above a square", "not all of them are blue": no scene can say where or how many instead."""
    ahead = _after(lexemes, i)
    if lexemes[i].kind != "neg" or ahead not in ("in", "on", "by"):
        return lexemes[i].kind == "neg" and ahead in ("rel", "rel_it", "place", "row", "column", "pron")
    j = next(k for k in range(i, len(lexemes)) if lexemes[k].kind == ahead)
    noun = read_phrase(lexemes, j + 1).noun
    return bool(noun and noun.kind in THINGS)


def _denied(lexemes: Sequence[Lex], i: int) -> bool:
    """ "no star inside the ring", "neither the house nor the tree is red": things are not absent, but not so."""
    j = i + 1
    while j < len(lexemes) and lexemes[j].kind in ("fill", "neg"):
        j += 1
    p = read_phrase(lexemes, j)
    if lexemes[i].kind != "neg" or not p.noun or p.noun.kind not in THINGS:
        return False
    for j in range(p.end, _until(lexemes, i)):
        if lexemes[j].kind in ("and", "with"):
            return False
        ahead = read_phrase(lexemes, j + 1).noun if lexemes[j].kind in ("in", "on", "by") else None
        if lexemes[j].kind in ("be", "which", "rel", "rel_it", "place", "row", "column") or (
            ahead and ahead.kind in THINGS
        ):
            return True
    return False


def _after(lexemes: Sequence[Lex], i: int) -> str:
    return next((x.kind for x in lexemes[i + 1 :] if x.kind not in ("be", "fill", "neg")), "")


def _only_is(lexemes: Sequence[Lex], i: int) -> bool:
    """ "only the house is red" forbids no things."""
    return lexemes[i].kind == "only" and any(x.kind == "be" for x in lexemes[i : _until(lexemes, i)])


def _as_as(lexemes: Sequence[Lex], i: int) -> bool:
    return lexemes[i].value == "as" and any(x.value == "as" for x in lexemes[i + 1 : _until(lexemes, i)])


def _header(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """ "red: a circle, a square": a color or size that what follows should have."""
    j = i
    while j < len(lexemes) and lexemes[j].kind in ("color", "size", "and", "fill"):
        j += 1
    starts = not out or out[-1].kind == "stop"
    return starts and j > i and j + 1 < len(lexemes) and lexemes[j].value == ":"


def _ahead(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """Return whether a clause speaks of things that only follow: "the circles are red: two circles"."""
    end = _until(lexemes, i)
    p = read_phrase(lexemes, i + (lexemes[i].kind in ("make", "replace", "remove")))
    if (out and out[-1].kind != "stop") or p.det != "the" or not p.noun or p.noun.kind not in THINGS:
        return False
    after = [x.value for x in lexemes[end + 1 :] if x.kind in THINGS]
    named = any(x.value == p.noun.value for x in out)
    colon = end < len(lexemes) and lexemes[end].value == ":"
    return colon and not named and p.noun.value in after


def _exception(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """Return whether "except …" names things, after words that say what the others have."""
    last = next((x for x in reversed(out) if x.kind not in ("comma", "fill")), None)
    p = read_phrase(lexemes, i + 1)
    named = p.noun.kind in (*THINGS, "one", "object", "group", "scenic") if p.noun else bool(p.ordinal)
    return named and p.number is None and not p.unknown and not (last and last.kind == "pron")


def _front(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> int:
    """Return the end of a relation to "it" that stands before its subject: "and left of it a tree"; 0 for none."""
    if lexemes[i].kind not in ("rel", "rel_it") or (out and out[-1].kind not in (*_ENDS, "and", "with", "or")):
        return 0
    j = i + 1
    if lexemes[i].kind == "rel":
        if j == len(lexemes) or lexemes[j].kind != "pron":
            return 0
        j += 1
    end = j
    while j < len(lexemes) and lexemes[j].kind in ("fill", "be"):
        j += 1
    return end if j < len(lexemes) and lexemes[j].kind in ("det", "number") else 0
