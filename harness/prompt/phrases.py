"""Noun phrases: "the second small red circle" as one record, without yet deciding what it refers to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.prompt.lexer import Lex, kind_at, skip

THINGS = ("shape", "strict", "sky")
NOUNS = (*THINGS, "scenic", "ground", "sky_noun", "one", "object", "group", "style_noun")
ADJECTIVES = ("color", "size", "side", "plain", "style")
_INNER = {"very", "really", "colored", "coloured", "sized", "of"}


NONE = Lex("", "", "", 0, 0)
"""The noun of a phrase without one."""


@dataclass
class Phrase:
    """What stands before and in a noun, from lexeme ``start`` up to ``end`` (exclusive)."""

    start: int
    end: int
    det: str = ""
    number: Lex | None = None
    ordinal: Lex | None = None
    other: bool = False
    colors: list[Lex] = field(default_factory=list)
    sizes: list[Lex] = field(default_factory=list)
    side: Lex | None = None
    plain: bool = False
    styles: list[Lex] = field(default_factory=list)
    times: list[Lex] = field(default_factory=list)
    unknown: list[Lex] = field(default_factory=list)
    joined: bool = False
    noun: Lex = NONE

    @property
    def bare(self) -> bool:
        """Nothing but articles."""
        return not (self.number or self.ordinal or self.other or self.attributes or self.unknown or self.noun.kind)

    @property
    def bare_noun(self) -> bool:
        """Nothing but a noun."""
        return not (self.det or self.number or self.ordinal or self.other or self.attributes or self.unknown)

    @property
    def attributes(self) -> bool:
        """Whether it has a color, size or side."""
        return bool(self.colors or self.sizes or self.side)


def read_phrase(lexemes: Sequence[Lex], i: int) -> Phrase:
    """Read one phrase from ``i``; it may turn out to have no noun."""
    p = Phrase(i, i)
    while p.end < len(lexemes):
        x = lexemes[p.end]
        following = kind_at(lexemes, p.end + 1)
        if x.kind == "number" and x.words.lower() == "one" and (p.attributes or p.ordinal or p.det in _ONE):
            p.noun = Lex("one", "one", x.words, x.start, x.end)
        elif x.kind == following == "shape" and not x.plural and not (p.bare and not p.det):
            # "a square house" is a house
            p.unknown.append(x)
        elif x.kind == "style" and p.colors and x.words.lower() in ("outline", "outlines"):
            # "a blue outline" is no style
            p.unknown.append(x)
        elif x.kind in NOUNS:
            p.noun = x
        elif x.kind == "det" and _fresh(p) and not p.det:
            p.det = str(x.value)
        elif x.kind == "number" and _fresh(p) and p.number is None:
            p.number = x
        elif x.kind == "ordinal" and not p.attributes and p.ordinal is None and not p.unknown:
            p.ordinal = x
        elif x.kind == "other" and not p.attributes and not p.unknown:
            p.other = True
        elif x.kind in ("color", "size", "style"):
            getattr(p, f"{x.kind}s").append(x)
        elif x.kind == "side":
            p.side = x
        elif x.kind == "plain":
            p.plain = True
        elif x.kind == "time" and following in ("color", "size", "scenic", "sky_noun", "ground", *THINGS):
            p.times.append(x)
        elif x.kind == "unknown":
            p.unknown.append(x)
        elif x.kind in ("and", "comma") and p.attributes and not p.unknown and _noun_follows(lexemes, p.end + 1):
            if x.kind == "comma" and not p.det and not p.number and i and lexemes[i - 1].kind not in _STARTS:
                break
            p.joined = p.joined or x.kind == "and"
        elif not (
            x.kind == "fill" and x.value in _INNER and not p.bare and following in (*ADJECTIVES, "unknown", *NOUNS)
        ):
            break
        p.end += 1
        if p.noun.kind:
            break
    return p


_STARTS = ("stop", "and", "with", "but", "rel", "fill", "on", "in", "or", "neg")
_ONE = ("a", "an", "another", "the", "one more")


def _fresh(p: Phrase) -> bool:
    return not (p.attributes or p.unknown or p.plain or p.styles)


def _noun_follows(lexemes: Sequence[Lex], j: int) -> bool:
    """Return whether adjectives and then a noun come next: the "and" in "red and blue circles"."""
    after = skip(lexemes, j, "color", "size")
    return after > j and kind_at(lexemes, after) in (*THINGS, "ground", "one")
