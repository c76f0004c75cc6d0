"""Tokens to lexemes: the longest known phrase at each place, with its kind and meaning.

Kinds: ``color size shape sky number vague ordinal det pron rel row column place time scenic style ground image
object group neg only nothing_else correct restart if unless else except make replace remove same and or but comma stop
be with in on by to fill unknown`` and a few more single words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.prompt import vocabulary as v
from harness.prompt.phrasebook import Entry, phrase_table
from harness.prompt.places import read_place
from harness.prompt.text import Token, Words, places_of


@dataclass(frozen=True, slots=True)
class Lex:
    """A meaning: ``kind``, ``value``, the user's ``words``, their place, and a ``note`` when generated otherwise."""

    kind: str
    value: Any
    words: str
    start: int
    end: int
    note: str = ""
    plural: bool = False


def words_of(lexemes: Sequence[Lex]) -> Words:
    """Return the user's words of some lexemes; the two halves of "it's" are one word."""
    spans: list[tuple[int, int]] = []
    words: list[str] = []
    for lexeme in lexemes:
        if (lexeme.start, lexeme.end) not in spans[-1:]:
            words.append(lexeme.words)
        spans.append((lexeme.start, lexeme.end))
    return Words(" ".join(words), places_of(lexeme.words for lexeme in lexemes))


def kind_at(lexemes: Sequence[Lex], i: int) -> str:
    """Return the kind of the lexeme at ``i``; empty past the end."""
    return lexemes[i].kind if i < len(lexemes) else ""


def skip(lexemes: Sequence[Lex], i: int, *kinds: str) -> int:
    """Return the first place from ``i`` on that has none of these kinds."""
    while kind_at(lexemes, i) in kinds:
        i += 1
    return i


def until(lexemes: Sequence[Lex], i: int, *kinds: str) -> int:
    """Return the first place from ``i`` on that has one of these kinds, or the end."""
    while i < len(lexemes) and lexemes[i].kind not in kinds:
        i += 1
    return i


def lex(tokens: Sequence[Token], text: str) -> list[Lex]:
    """Return the lexemes of the tokens; every token belongs to exactly one."""
    found: list[Lex] = []
    i = 0
    while i < len(tokens):
        found_here = [hit for hit in (read_place(tokens, i), _phrase(tokens, i)) if hit]
        entry, n = max(found_here, key=lambda hit: hit[1]) if found_here else (_single(tokens[i]), 1)
        start, end = tokens[i].start, tokens[i + n - 1].end
        words = Words(" ".join(text[start:end].split()), (start,))
        found.append(Lex(entry.kind, entry.value, words, start, end, entry.note, entry.plural))
        if entry.kind == "rel_it":
            found[-1:] = [replace(found[-1], kind="rel"), Lex("pron", "it", words, start, end)]
        i += n
    return _merge(found, text)


def _merge(found: list[Lex], text: str) -> list[Lex]:
    """Join what belongs together: "dark" + color, tens + units, "three-legged"."""
    out: list[Lex] = []
    for lexeme in found:
        last = out[-1] if out else None
        if last and lexeme.kind == "color" and last.kind in ("shade", "time") and last.words.lower() in v.SHADES:
            out[-1] = replace(
                lexeme, words=words_of((last, lexeme)), start=last.start, note=f"generated as {lexeme.value}"
            )
        elif (
            last and last.kind == lexeme.kind == "number" and last.value in range(20, 91, 10) and 0 < lexeme.value < 10
        ):
            out[-1] = replace(last, value=last.value + lexeme.value, words=words_of((last, lexeme)), end=lexeme.end)
        elif last and last.kind == lexeme.kind == "number" and lexeme.value in (100, 1000, 1_000_000):
            out[-1] = replace(last, value=last.value * lexeme.value, words=words_of((last, lexeme)), end=lexeme.end)
        elif last and last.kind == "number" and lexeme.kind != "number" and text[last.end : lexeme.start] == "-":
            words = Words(text[last.start : lexeme.end], places_of((last.words, lexeme.words)))
            out[-1] = Lex("unknown", words.lower(), words, last.start, lexeme.end)
        else:
            out.append(lexeme)
    return [replace(o, kind="unknown") if o.kind == "shade" else o for o in out]


def _single(token: Token) -> Entry:
    if token.kind in ("number", "sign"):
        whole = token.text.isdigit() and token.text.isascii()
        return Entry("number", min(int(token.text[:12]), 10**9)) if whole else Entry("operator", token.text)
    if token.kind in ("comma", "stop", "and", "or", "dash"):
        return Entry("comma" if token.text == ":" and token.kind == "comma" else token.kind, token.text)
    if token.kind == "word" and token.text in v.FILLERS:
        return Entry("fill", token.text)
    note = "a text cannot be generated" if token.kind == "quoted" else ""
    return Entry("unknown", token.text, note)


def _phrase(tokens: Sequence[Token], i: int) -> tuple[Entry, int] | None:
    table, longest = phrase_table()
    for n in range(min(longest.get(tokens[i].text, 0), len(tokens) - i), 0, -1):
        entry = table.get(tuple(t.text for t in tokens[i : i + n]))
        if entry:
            return entry, n
    return None
