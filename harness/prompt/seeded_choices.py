"""Choices left to the seed: "three or four", "a few", "a red or blue square" become one value each."""

import hashlib
from collections.abc import Sequence

from harness.prompt.lexer import Lex, kind_at, skip, words_of
from harness.prompt.scene import Step

_STOPS = ("stop", "but", "if", "unless", "else", "det", "number", "be", "rel", "with")
_BEFORE_NOUN = ("color", "size", "det", "number")


def pick(seed: int, phrase: str, turn: int, options: int) -> int:
    """Return an integer in 0 … options-1 out of SHA-256 of the seed, the words and how many choices came before."""
    digest = hashlib.sha256(f"{seed}\0{turn}\0{phrase.lower()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % options


def settle_amounts(lexemes: Sequence[Lex], seed: int) -> tuple[list[Lex], list[Step]]:
    """Replace every range and alternative by the value that the seed chooses, with a step for each."""
    out: list[Lex] = []
    steps: list[Step] = []
    i = 0
    asks = False
    while i < len(lexemes):
        # What an "if" asks is no choice: "if there are two or three trees".
        asks = lexemes[i].kind in ("if", "unless") or (asks and lexemes[i].kind not in ("comma", "stop", "then"))
        span = None if asks else _range(lexemes, i)
        if span:
            low, high, n = span
            words = words_of(lexemes[i : i + n])
            value = low + pick(seed, words, len(steps), high - low + 1)
            out.append(Lex("number", value, words, lexemes[i].start, lexemes[i + n - 1].end))
            steps.append(Step(words, f"{value} of {low} to {high}, chosen by seed {seed}"))
            i += n
            continue
        if lexemes[i].kind == "or" and out and not asks and not _negated(out):
            left, right = _options(out, lexemes[i + 1 :])
            if left and right:
                words = words_of((*left, lexemes[i], *right))
                chosen = (left, right)[pick(seed, words, len(steps), 2)]
                del out[-len(left) :]
                out += chosen
                steps.append(Step(words, f"{' '.join(x.words for x in chosen)}, chosen by seed {seed}"))
                i += 1 + len(right)
                continue
        out.append(lexemes[i])
        i += 1
    return out, steps


def _range(lexemes: Sequence[Lex], i: int) -> tuple[int, int, int] | None:
    kinds = [x.kind for x in lexemes[i : i + 5]]
    if kinds[:1] == ["vague"]:
        low, high = lexemes[i].value
        return low, high, 1
    if kinds[:2] == ["up_to", "number"]:
        return 1, max(1, lexemes[i + 1].value), 2
    if kinds[:2] == ["at_least", "number"]:
        low = lexemes[i + 1].value
        return low, low + 1, 2
    between = kinds[:4] == ["rel", "number", "and", "number"] and lexemes[i].value == ("between",)
    if between and kinds[4:] and kinds[4] in ("color", "size", "shape"):
        return *sorted((lexemes[i + 1].value, lexemes[i + 3].value)), 4
    if kinds[:1] == ["number"] and kinds[2:3] == ["number"] and kinds[1] in ("or", "to", "dash"):
        return *sorted((lexemes[i].value, lexemes[i + 2].value)), 3
    return None


def _negated(before: Sequence[Lex]) -> bool:
    """Return whether a "no" still rules here: "no red or blue circles" forbids both."""
    for k in range(len(before) - 1, -1, -1):
        kind, previous = before[k].kind, before[k - 1] if k else None
        if kind in ("neg", "or"):
            return True
        in_list = kind == "det" and previous and previous.kind in ("neg", "comma", "or")
        if kind in _STOPS and not in_list:
            return False
    return False


def _options(before: Sequence[Lex], after: Sequence[Lex]) -> tuple[list[Lex], list[Lex]]:
    """Return the two alternatives around an "or": equal kinds of words, or whole phrases; empty when there are none."""
    kind = kind_at(after, 0)
    if kind == before[-1].kind and kind in ("color", "size", "scenic", "time", "style", "shape"):
        return [before[-1]], [after[0]]
    start = len(before) - 1
    while start and before[start].kind not in ("det", "number") and before[start - 1].kind in _BEFORE_NOUN:
        start -= 1
    end = skip(after, 0, *_BEFORE_NOUN)
    if before[-1].kind in ("shape", "sky") and kind_at(after, end) in ("shape", "sky"):
        return list(before[start:]), list(after[: end + 1])
    return [], []
