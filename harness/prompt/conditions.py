"""Conditionals: "if it is night make the house yellow, otherwise red", "a red house unless it is night"."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.prompt.draft import Draft
from harness.prompt.lexer import Lex, words_of
from harness.prompt.text import Words

_ATTRIBUTES = ("color", "size", "time", "place", "style", "number", "scenic")
_NOUNS = ("shape", "strict", "sky", "ground")
_GOES_ON = ("be", "neg", "unknown", "which", "rel", "rel_it", "in", "on", "by", "with")
"""What after a test says more of it than is read."""
_EMPTY = ("fill", "pron", "be", "det", "with", "in", "on", "by", "which", "object", "sky_noun")


@dataclass(frozen=True, slots=True)
class Test:
    """What an "if" asks: ``kind`` is time, scenic, style, ground or thing."""

    kind: str
    value: str | None = None
    color: str | None = None
    size: str | None = None
    number: int | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Conditional:
    """One conditional: its test (None: not understood), both bodies, all its words, and whether it led its clause."""

    test: Test | None
    then: tuple[Lex, ...]
    other: tuple[Lex, ...]
    words: Words
    condition: str
    leads: bool


def find_conditionals(lexemes: Sequence[Lex]) -> list["Lex | Conditional"]:
    """Return the lexemes with every conditional gathered into one :class:`Conditional`, where its body belongs."""
    out: list[Lex | Conditional] = []
    i = 0
    while i < len(lexemes):
        if lexemes[i].kind not in ("if", "unless"):
            out.append(lexemes[i])
            i += 1
            continue
        test, j = _test(lexemes, i)
        if test and j < len(lexemes) and lexemes[j].kind in _GOES_ON:
            test, j = None, _until(lexemes, j, ("comma", "stop", "then", "else"))[1]
        condition = words_of(lexemes[i:j])
        leads = not out or isinstance(out[-1], Conditional) or out[-1].kind in ("comma", "stop", "and", "but", "then")
        if leads:
            j = _skip(lexemes, j, ("comma", "then"))
            then, j = _until(lexemes, j, ("else", "stop"))
        else:
            then = _pop_clause(out)
        other, j = _otherwise(lexemes, j, then, postfix=not leads)
        words = words_of([*([] if leads else then), *lexemes[i:j]])
        out.append(Conditional(test, tuple(then), tuple(other), words, condition, leads))
        i = j
    return out


def holds(test: Test, draft: Draft) -> bool:
    """Return whether a test is true of what was read. A time that is not named is day."""
    if test.kind == "time":
        true = (draft.time or "day") == test.value
    elif test.kind == "scenic":
        true = draft.scenic == test.value
    elif test.kind == "style":
        true = (draft.style or "flat") == test.value
    elif test.kind == "ground":
        true = draft.ground == test.color
    else:
        found = [g for g in draft.groups if test.value in (None, g.shape)]
        found = [g for g in found if test.color in (None, g.color) and test.size in (None, g.size)]
        count = sum(g.count for g in found)
        true = count >= 1 if test.number is None else count == test.number
    return true != test.negated


def splice(items: Sequence["Lex | Conditional"], chosen: Sequence[bool]) -> list[Lex]:
    """One list of lexemes: bodies that follow stay in place, bodies led by their "if" come at the end."""
    out: list[Lex] = []
    end: list[Lex] = []
    turn = 0
    for item in items:
        if isinstance(item, Lex):
            out.append(item)
            continue
        body = item.then if chosen[turn] else item.other
        turn += 1
        if item.test is None or not body:
            continue
        if item.leads:
            end += [Lex("stop", ".", ".", body[0].start, body[0].start), *body]
        else:
            out += body
    return out + end


def _test(lexemes: Sequence[Lex], i: int) -> tuple[Test | None, int]:
    negated = lexemes[i].kind == "unless"
    j = i + 1
    color = size = None
    number = None
    while j < len(lexemes):
        x = lexemes[j]
        j += 1
        if x.kind == "neg":
            negated = not negated
        elif x.kind in ("time", "scenic", "style"):
            if j < len(lexemes) and lexemes[j].kind in ("style_noun", "sky_noun"):
                j += 1
            return Test(x.kind, x.value, negated=negated), j
        elif x.kind == "color":
            color = x.value
            if not _noun_ahead(lexemes, j):
                return Test("thing", None, color, size, number, negated), j
        elif x.kind == "size":
            size = x.value
        elif x.kind == "number":
            number = x.value
        elif x.kind in _NOUNS:
            value = None if x.kind == "ground" else x.value
            if j + 1 < len(lexemes) and lexemes[j].kind == "be":
                k = j + 1
                if lexemes[k].kind == "neg":
                    negated, k = not negated, k + 1
                if k < len(lexemes) and lexemes[k].kind in ("color", "size") and not _noun_ahead(lexemes, k + 1):
                    color = lexemes[k].value if lexemes[k].kind == "color" else color
                    size = lexemes[k].value if lexemes[k].kind == "size" else size
                    j = k + 1
            return Test("ground" if x.kind == "ground" else "thing", value, color, size, number, negated), j
        elif x.kind not in _EMPTY:
            break
    j = i + 1
    while j < len(lexemes) and lexemes[j].kind not in ("comma", "stop", "then", "else"):
        j += 1
    return None, j


def _noun_ahead(lexemes: Sequence[Lex], j: int) -> bool:
    j = _skip(lexemes, j, ("color", "size"))
    return j < len(lexemes) and lexemes[j].kind in _NOUNS


def _otherwise(lexemes: Sequence[Lex], j: int, then: Sequence[Lex], *, postfix: bool) -> tuple[list[Lex], int]:
    """Return the body after "otherwise" (also across one full stop, and as "and red otherwise")."""
    k = _skip(lexemes, j, ("comma", "and", "but", "stop"))
    if k < len(lexemes) and lexemes[k].kind == "else":
        k = _skip(lexemes, k + 1, ("comma",))
        # After a postfix "if" the rest of the sentence goes on behind a comma.
        body, k = _until(lexemes, k, ("stop", "comma", "if", "unless") if postfix else ("stop", "if", "unless"))
        return _complete(body, then), k
    if postfix:
        body, end = _until(lexemes, k, ("else", "stop", "comma"))
        if body and end < len(lexemes) and lexemes[end].kind == "else":
            return _complete(body, then), end + 1
    return [], j


def _complete(body: list[Lex], then: Sequence[Lex]) -> list[Lex]:
    """ "otherwise red" says only what differs: the rest is as in the first body."""
    given = {x.kind: x for x in body if x.kind in _ATTRIBUTES}
    bare = given and all(x.kind in (*_ATTRIBUTES, "fill", "pron", "be", "det", "make", "which") for x in body)
    if not bare or not any(x.kind in given for x in then):
        return body
    return [given.get(x.kind, x) for x in then]


def _until(lexemes: Sequence[Lex], j: int, kinds: tuple[str, ...]) -> tuple[list[Lex], int]:
    k = j
    while k < len(lexemes) and lexemes[k].kind not in kinds:
        k += 1
    body = list(lexemes[j:k])
    while body and body[-1].kind in ("comma", "and", "but"):
        body.pop()
    return body, k


def _pop_clause(out: list["Lex | Conditional"]) -> list[Lex]:
    """Take the clause before a postfix "if" off the end."""
    body: list[Lex] = []
    while out:
        last = out[-1]
        if isinstance(last, Conditional) or last.kind in ("comma", "stop", "but", "and", "then"):
            break
        body.insert(0, last)
        out.pop()
    return body


def _skip(lexemes: Sequence[Lex], j: int, kinds: tuple[str, ...]) -> int:
    while j < len(lexemes) and lexemes[j].kind in kinds:
        j += 1
    return j
