"""Clauses that are left out before the reading: what no rule reads exactly, and must not be read in part.

A comparison ("twice as many", "bigger than"), a part of a number ("two of the three"), an exception or a wish that is
not understood makes its whole clause unknown: nothing of it is generated.
"""

from collections.abc import Sequence

from harness.prompt import vocabulary as v
from harness.prompt.lexer import Lex, kind_at, skip, words_of
from harness.prompt.phrases import THINGS, read_phrase

_ENDS = ("comma", "stop", "but")
_COUNTED = ("number", "ordinal", "vague", "one", "other", "size", "neg")
_OF = ("of", "of the")
_NOT = ("neg", "be", "fill")
_GROWING = ("get", "gets", "getting", "grow", "grows", "growing")


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
        if _refused(lexemes, i):
            while start and out[start - 1].kind in _ENDS and lexemes[i].kind == "neg":
                start -= 1
        if _whole(lexemes, i) and not (start == len(out) and out and out[-1].kind in ("and", "with")):
            while start and out[start - 1].kind not in _ENDS:
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
    end = _until(lexemes, i)
    clause = lexemes[i + 1 : end]
    predicate = any(y.kind == "be" for y in clause)
    if _refused(lexemes, i):
        return i + 1
    if _side_of(lexemes, i):
        return i + 2
    if (
        x.kind in ("operator", "like")
        or (x.kind == "only" and (predicate or _only_some(lexemes, i, clause)))
        or (x.kind == "pron" and _for_each(x, clause, out))
        or (x.value in ("not only", "not just", "not merely") and all(y.value != "but also" for y in clause))
        or (x.kind in ("place", "side") and [y.kind for y in clause[:2]] == ["and", "rel"])
        or (x.kind in ("same_color", "same_size") and clause and clause[0].value == "as")
        or (x.value in v.OF_ATTRIBUTE and out and out[-1].kind in THINGS)
        or (x.kind in THINGS and [y.kind for y in clause[:2]] == ["be", "side"] and clause[0].start == x.start)
        or (
            x.value == "the" and clause and clause[0].kind == "size" and clause[0].words.lower().endswith(("er", "est"))
        )
        or (x.value == "as" and any(y.value == "as" for y in clause))
        or (x.kind == "size" and out and out[-1].value in _GROWING and not read_phrase(lexemes, i).noun.kind)
        or (x.kind in _COUNTED and clause and clause[0].value in _OF)
        or (x.value in _OF and _of_things(lexemes, i, out, predicate=predicate))
        or (x.kind == "neg" and out and out[-1].kind == "rel")
        or _but_one(lexemes, i, out)
        or _not_so(lexemes, i)
        or _ahead(lexemes, i, out)
    ):
        return end
    if _header(lexemes, i, out) or (x.kind == "except" and not _exception(lexemes, i, out)):
        return _until(lexemes, i, stops=True)
    return _front(lexemes, i, out)


def _whole(lexemes: Sequence[Lex], i: int) -> bool:
    """Return whether the words before belong to it: not for "a square like a house"."""
    if lexemes[i].kind == "neg":
        return not _not_so(lexemes, i) or kind_at(lexemes, skip(lexemes, i, *_NOT)) == "pron"
    if lexemes[i].value in _OF:
        return any(x.kind == "be" for x in lexemes[i : _until(lexemes, i)])
    if _side_of(lexemes, i):
        return False
    return lexemes[i].kind not in ("like", "rel", "size") and lexemes[i].value not in v.OF_ATTRIBUTE


def _until(lexemes: Sequence[Lex], i: int, *, stops: bool = False) -> int:
    """Return where the clause ends: at a comma, or only at a full stop or colon."""
    ends = ("stop",) if stops else _ENDS
    colon = not stops or lexemes[i].kind == "except"
    for j in range(i + 1, len(lexemes)):
        if lexemes[j].kind in ends or (colon and lexemes[j].value == ":"):
            return j
    return len(lexemes)


def _only_some(lexemes: Sequence[Lex], i: int, clause: Sequence[Lex]) -> bool:
    """ "only one of them is red", "use only blue": nothing is said of what else there is."""
    p = read_phrase(lexemes, skip(lexemes, i + 1, "fill"))
    return (p.attributes and not p.noun.kind) or any(y.kind in ("of_them", "of_the") for y in clause)


def _for_each(x: Lex, clause: Sequence[Lex], out: Sequence[Lex]) -> bool:
    """ "each with a tree", "two circles with a star in each": as many as something else."""
    inside = bool(out) and (out[-1].kind in ("in", "on", "by", "rel", "with") or out[-1].value == "for")
    owns = any(y.kind in ("with", "rel") or y.value in ("has", "have") for y in clause)
    return x.words.lower().startswith(("each", "every")) and x.value == "all" and (inside or owns)


def _of_things(lexemes: Sequence[Lex], i: int, out: Sequence[Lex], *, predicate: bool) -> bool:
    """Return whether things are parts of others: "a ring of stars", "the door of the house is red"."""
    last = out[-1] if out else None
    if last and last.kind == "unknown" and not last.note:
        return predicate
    noun = read_phrase(lexemes, i + 1).noun
    return bool(last and last.kind in THINGS and noun.kind in THINGS)


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
    x = lexemes[i]
    return (x.kind == "neg" or x.value in v.AUXILIARIES) and kind_at(lexemes, i + 1) in ("", *_ENDS)


def _side_of(lexemes: Sequence[Lex], i: int) -> bool:
    """Return whether a side is of what only follows: "a tree to the left and a house to the right of a star"."""
    if lexemes[i].kind not in ("place", "side") or kind_at(lexemes, i + 1) != "and":
        return False
    p = read_phrase(lexemes, i + 2)
    return p.noun.kind in THINGS and p.end < len(lexemes) and lexemes[p.end].value in (("left_of",), ("right_of",))


def _not_so(lexemes: Sequence[Lex], i: int) -> bool:
    """ "not above a square", "no star in the ring", "neither the house nor the tree is red": nothing is absent."""
    if lexemes[i].kind != "neg":
        return False
    j = skip(lexemes, i, *_NOT)
    p = read_phrase(lexemes, j)
    if p.noun.kind not in THINGS:
        return kind_at(lexemes, j) == "pron" or _where(lexemes, j)
    for j in range(p.end, _until(lexemes, i)):
        if lexemes[j].kind in ("and", "with"):
            return False
        if lexemes[j].kind in ("be", "which") or _where(lexemes, j):
            return True
    return False


def _where(lexemes: Sequence[Lex], i: int) -> bool:
    """Return whether words say where something is."""
    if kind_at(lexemes, i) in ("in", "on", "by"):
        return read_phrase(lexemes, i + 1).noun.kind in THINGS
    return kind_at(lexemes, i) in ("rel", "place", "row", "column")


def _header(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """ "red: a circle, a square": a color or size that what follows should have."""
    j = skip(lexemes, i, "color", "size", "and", "fill")
    starts = not out or out[-1].kind == "stop"
    return starts and j > i and j + 1 < len(lexemes) and lexemes[j].value == ":"


def _ahead(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """Return whether a clause speaks of things that only follow: "the circles are red: two circles"."""
    end = _until(lexemes, i)
    p = read_phrase(lexemes, i + (lexemes[i].kind in ("make", "replace", "remove")))
    if (out and out[-1].kind != "stop") or p.det != "the" or p.noun.kind not in THINGS:
        return False
    after = [x.value for x in lexemes[end + 1 :] if x.kind in THINGS]
    named = any(x.value == p.noun.value for x in out)
    colon = end < len(lexemes) and lexemes[end].value == ":"
    return colon and not named and p.noun.value in after


def _exception(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> bool:
    """Return whether "except …" names things, after words that say what the others have."""
    last = next((x for x in reversed(out) if x.kind not in ("comma", "fill")), None)
    p = read_phrase(lexemes, i + 1)
    named = p.noun.kind in (*THINGS, "one", "object", "group", "scenic", *(("",) if p.ordinal else ()))
    return named and p.number is None and not p.unknown and not (last and last.kind == "pron")


def _front(lexemes: Sequence[Lex], i: int, out: Sequence[Lex]) -> int:
    """Return the end of a relation to "it" that stands before its subject: "and left of it a tree"; 0 for none."""
    before = not out or out[-1].kind in (*_ENDS, "and", "with", "or")
    leads = before and [x.kind for x in lexemes[i : i + 2]] == ["rel", "pron"]
    return i + 2 if leads and kind_at(lexemes, skip(lexemes, i + 2, "fill", "be")) in ("det", "number") else 0
