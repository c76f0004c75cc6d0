"""Conditionals: "if it is night make the house yellow, otherwise red", "a red house unless it is night"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.prompt.draft import Draft
from harness.prompt.lexer import Lex, kind_at, skip, until, words_of
from harness.prompt.reader import read
from harness.prompt.scene import Scene, Step
from harness.prompt.text import Words

_ATTRIBUTES = ("color", "size", "time", "place", "style", "number", "scenic")
_NOUNS = ("shape", "strict", "sky", "ground")
_ENDS = ("comma", "stop", "and", "but", "then")
_GOES_ON = ("be", "neg", "unknown", "which", "rel", "in", "on", "by", "with", "or")
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


def settle_conditions(lexemes: list[Lex], base: Scene | None, steps: list[Step]) -> tuple[list[Lex], list[str]]:
    """Decide every conditional by the draft of all that is said without condition; bodies may hold further ones.

    Return the lexemes, where bodies led by their "if" come at the end, and the words of what was not understood.
    """
    unknown: list[str] = []
    for _ in range(4):
        items = _gathered(lexemes)
        plain = [item for item in items if isinstance(item, Lex)]
        if len(plain) == len(items):
            break
        draft = read(plain, base)
        out: list[Lex] = []
        end: list[Lex] = []
        for item in items:
            if isinstance(item, Lex):
                out.append(item)
            elif item.test is None:
                unknown.append(item.words)
            else:
                true = _holds(item.test, draft)
                body = item.then if true else item.other
                effect = f"{'true' if true else 'false'}: {words_of(body) or 'nothing to do'}"
                steps.append(Step(Words(item.condition, item.words.places), effect))
                if item.leads and body:
                    end.append(Lex("stop", ".", ".", body[0].start, body[0].start))
                (end if item.leads else out).extend(body)
        lexemes = out + end
    return lexemes, unknown


def _gathered(lexemes: Sequence[Lex]) -> list["Lex | Conditional"]:
    """Return the lexemes with every conditional gathered into one :class:`Conditional`, where its body belongs."""
    out: list[Lex | Conditional] = []
    i = 0
    while i < len(lexemes):
        if lexemes[i].kind not in ("if", "unless"):
            out.append(lexemes[i])
            i += 1
            continue
        leads = not out or isinstance(out[-1], Conditional) or out[-1].kind in _ENDS
        test, j = _test(lexemes, i)
        if test is None or kind_at(lexemes, j) in (*_GOES_ON, *(("and",) if leads else ())):
            test, j = None, until(lexemes, i + 1, "comma", "stop", "then", "else")
        condition = words_of(lexemes[i:j])
        if leads:
            then, j = _body(lexemes, skip(lexemes, j, "comma", "then"), "else", "stop")
        else:
            then = _pop_clause(out)
        other, j = _otherwise(lexemes, j, then, postfix=not leads)
        words = words_of([*([] if leads else then), *lexemes[i:j]])
        out.append(Conditional(test, tuple(then), tuple(other), words, condition, leads))
        i = j
    return out


def _holds(test: Test, draft: Draft) -> bool:
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


def _test(lexemes: Sequence[Lex], i: int) -> tuple[Test | None, int]:
    """Return what an "if" at ``i`` asks, and where that ends; None when it is not understood."""
    test = Test("thing", negated=lexemes[i].kind == "unless")
    for j in range(i + 1, len(lexemes)):
        x = lexemes[j]
        if x.kind == "neg":
            test = replace(test, negated=not test.negated)
        elif x.kind in ("time", "scenic", "style"):
            return replace(test, kind=x.kind, value=x.value), skip(lexemes, j + 1, "style_noun", "sky_noun")
        elif x.kind in ("color", "size", "number"):
            test = replace(test, **{x.kind: x.value})
            if x.kind == "color" and not _noun_ahead(lexemes, j + 1):
                return test, j + 1
        elif x.kind in _NOUNS:
            test = replace(test, kind="ground") if x.kind == "ground" else replace(test, value=x.value)
            return _predicate(lexemes, j + 1, test)
        elif x.kind not in _EMPTY:
            break
    return None, i


def _predicate(lexemes: Sequence[Lex], j: int, test: Test) -> tuple[Test, int]:
    """Add "is (not) red" to a test of things."""
    k = skip(lexemes, j, "be")
    negated = kind_at(lexemes, k) == "neg"
    k += negated
    if k == j or kind_at(lexemes, k) not in ("color", "size") or _noun_ahead(lexemes, k + 1):
        return test, j
    return replace(test, negated=test.negated != negated, **{lexemes[k].kind: lexemes[k].value}), k + 1


def _noun_ahead(lexemes: Sequence[Lex], j: int) -> bool:
    return kind_at(lexemes, skip(lexemes, j, "color", "size")) in _NOUNS


def _otherwise(lexemes: Sequence[Lex], j: int, then: Sequence[Lex], *, postfix: bool) -> tuple[list[Lex], int]:
    """Return the body after "otherwise" (also across one full stop, and as "and red otherwise")."""
    k = skip(lexemes, j, "comma", "and", "but", "stop")
    if kind_at(lexemes, k) == "else":
        # After a postfix "if" the rest of the sentence goes on behind a comma.
        ends = ("stop", "if", "unless", *(("comma",) if postfix else ()))
        body, k = _body(lexemes, skip(lexemes, k + 1, "comma"), *ends)
        return _complete(body, then), k
    if postfix:
        body, end = _body(lexemes, k, "else", "stop", "comma")
        if body and kind_at(lexemes, end) == "else":
            return _complete(body, then), end + 1
    return [], j


def _complete(body: list[Lex], then: Sequence[Lex]) -> list[Lex]:
    """ "otherwise red" says only what differs: the rest is as in the first body."""
    given = {x.kind: x for x in body if x.kind in _ATTRIBUTES}
    bare = given and all(x.kind in (*_ATTRIBUTES, "fill", "pron", "be", "det", "make", "which") for x in body)
    if not bare or not any(x.kind in given for x in then):
        return body
    return [given.get(x.kind, x) for x in then]


def _body(lexemes: Sequence[Lex], j: int, *ends: str) -> tuple[list[Lex], int]:
    """Return the lexemes up to one of these kinds, and where it stands."""
    k = end = until(lexemes, j, *ends)
    while end > j and lexemes[end - 1].kind in ("comma", "and", "but"):
        end -= 1
    return list(lexemes[j:end]), k


def _pop_clause(out: list["Lex | Conditional"]) -> list[Lex]:
    """Take the clause before a postfix "if" off the end."""
    body: list[Lex] = []
    while out and isinstance(last := out[-1], Lex) and last.kind not in _ENDS:
        body.insert(0, last)
        out.pop()
    return body
