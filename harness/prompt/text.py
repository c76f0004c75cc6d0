"""Normalizing and splitting: a prompt becomes tokens that remember where they stood."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_SAME = {"'": "‘’ʼ", '"': "“”„«»", "-": "–−", ",": "—"}
_QUOTES = str.maketrans({sign: plain for plain, signs in _SAME.items() for sign in signs})
QUOTED = r"\"[^\"\n]+\"|(?<!\w)'[^'\n]+'(?!\w)"
"""A text in quotes, in a normalized text."""
_TOKEN = re.compile(
    rf"(?P<quoted>{QUOTED})"
    r"|(?P<sign>(?<!\w)-\d+(?:\.\d+)?)"
    r"|(?P<number>\d+(?:[./]\d+|(?:,\d{3})+)?)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<stop>[.;!?\n]+)"
    r"|(?P<comma>[,:()\[\]{}|…]+|\")"
    r"|(?P<and>[&+])"
    r"|(?P<or>/)"
    r"|(?P<dash>(?<=\d)\s*-\s*(?=\d))"
    r"|(?P<skip>[\s\-_`*#]+|')"
    r"|(?P<other>[^\w\s,.;:!?()\[\]{}|/\"…&+\-'`*#]+)"
    r"|(?P<rest>.)",
    re.DOTALL,
)
_SPLIT = {"n't": "not", "'s": "is", "'re": "are", "'ll": "will", "'d": "would", "'ve": "have", "'m": "am"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, sign or mark: ``text`` in lower case, ``start`` and ``end`` in the normalized text."""

    text: str
    kind: str
    start: int
    end: int


class Words(str):
    """Words of the user as they wrote them, with the ``places`` where they stand in the normalized text."""

    places: frozenset[int]

    def __new__(cls, text: str, places: Iterable[int]) -> "Words":
        words = super().__new__(cls, text)
        words.places = frozenset(places)
        return words


def places_of(texts: Iterable[str | None]) -> frozenset[int]:
    """Return the places of all words among ``texts``; plain strings have none."""
    return frozenset().union(*(text.places for text in texts if isinstance(text, Words)))


def normalize(prompt: str) -> str:
    """One spelling for characters that look alike (NFKC), straight quotes, none around the whole;
    control characters become spaces."""
    text = unicodedata.normalize("NFKC", prompt).translate(_QUOTES).strip()
    if re.fullmatch(QUOTED, text):
        text = text[1:-1]
    return "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)


def tokenise(text: str) -> list[Token]:
    """Return the tokens of a normalized text; contractions become two tokens over the same characters."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "rest"
        if kind == "skip":
            continue
        start, end = match.span()
        if kind == "word":
            tokens += [Token(word, "word", start, end) for word in _words(match.group().lower())]
        else:
            tokens.append(Token(match.group().lower(), kind, start, end))
    return tokens


def _words(word: str) -> list[str]:
    for ending, full in _SPLIT.items():
        if word.endswith(ending) and len(word) > len(ending):
            first = word[: -len(ending)]
            return [{"ca": "can", "wo": "will"}.get(first, first) if full == "not" else first, full]
    return [word]
