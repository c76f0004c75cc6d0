"""Tokens to lexemes: the longest known phrase at each place, with its kind and meaning.

Kinds: ``color size shape sky number vague ordinal det pron rel row column place time scenic style ground picture
object group neg only nothing_else correct restart if unless else except make replace remove same and or but comma stop
be with in on by to fill unknown`` and a few more single words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from harness.prompt import vocabulary as v
from harness.prompt.text import Token

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lex:
    """A meaning: ``kind``, ``value``, the user's ``words``, their place, and a ``note`` when drawn as something else."""

    kind: str
    value: Any
    words: str
    start: int
    end: int
    note: str = ""
    plural: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    value: Any
    note: str = ""
    plural: bool = False


def lex(tokens: Sequence[Token], text: str) -> list[Lex]:
    """The lexemes of the tokens; every token belongs to exactly one."""
    found: list[Lex] = []
    i = 0
    while i < len(tokens):
        found_here = [hit for hit in (_place(tokens, i), _phrase(tokens, i)) if hit]
        entry, n = max(found_here, key=lambda hit: hit[1]) if found_here else (_single(tokens[i]), 1)
        start, end = tokens[i].start, tokens[i + n - 1].end
        words = " ".join(text[start:end].split())
        found.append(Lex(entry.kind, entry.value, words, start, end, entry.note, entry.plural))
        i += n
    return _merge(found)


def _merge(found: list[Lex]) -> list[Lex]:
    """Join what belongs together: "dark" + colour, tens + units."""
    out: list[Lex] = []
    for lexeme in found:
        last = out[-1] if out else None
        if last and lexeme.kind == "color" and last.kind in ("shade", "time") and last.words.lower() in v.SHADES:
            words = f"{last.words} {lexeme.words}"
            out[-1] = replace(lexeme, words=words, start=last.start, note=f"drawn as {lexeme.value}")
        elif (
            last and last.kind == lexeme.kind == "number" and last.value in range(20, 91, 10) and 0 < lexeme.value < 10
        ):
            out[-1] = replace(last, value=last.value + lexeme.value, words=f"{last.words} {lexeme.words}", end=lexeme.end)
        elif last and last.kind == lexeme.kind == "number" and lexeme.value in (100, 1000, 1_000_000):
            out[-1] = replace(last, value=last.value * lexeme.value, words=f"{last.words} {lexeme.words}", end=lexeme.end)
        else:
            out.append(lexeme)
    return [replace(o, kind="unknown") if o.kind == "shade" else o for o in out]


def _single(token: Token) -> _Entry:
    if token.kind == "number":
        whole = token.text.isdigit() and token.text.isascii()
        return _Entry("number", min(int(token.text[:12]), 10**9)) if whole else _Entry("unknown", token.text)
    if token.kind in ("comma", "stop", "and", "dash"):
        return _Entry("comma" if token.text == ":" and token.kind == "comma" else token.kind, token.text)
    if token.kind == "word" and token.text in v.FILLERS:
        return _Entry("fill", token.text)
    return _Entry("unknown", token.text)


def _phrase(tokens: Sequence[Token], i: int) -> tuple[_Entry, int] | None:
    table, longest = _table()
    for n in range(min(longest.get(tokens[i].text, 0), len(tokens) - i), 0, -1):
        entry = table.get(tuple(t.text for t in tokens[i : i + n]))
        if entry:
            return entry, n
    return None


_IN = {"in", "at", "on", "to", "near", "toward", "towards", "along", "into"}
_VERTICAL = {"top": "top", "upper": "top", "bottom": "bottom", "lower": "bottom"}
_SIDE = {"left": "left", "right": "right", "lefthand": "left", "righthand": "right"}
_MIDDLE = {"center", "centre", "middle"}
_PART = {"corner", "side", "edge", "half", "part", "hand", "area", "end"}
_REL_OF = {"left": ("left_of",), "right": ("right_of",), "top": ("above",), "bottom": ("below",), "center": ("inside",)}


def _place(tokens: Sequence[Token], i: int) -> tuple[_Entry, int] | None:
    """A place of the picture ("in the top left corner"), or a relation when "of <thing>" follows."""
    j = i
    word = lambda k: tokens[k].text if k < len(tokens) else ""  # noqa: E731
    prefixed = word(j) in _IN
    j += prefixed
    j += word(j) in ("the", "a") and (prefixed or word(j) == "the")
    core = ""
    if word(j) == "very":
        j += 1
    if word(j) in _VERTICAL:
        core = _VERTICAL[word(j)]
        j += 1
        if word(j) in _SIDE:
            core += "-" + _SIDE[word(j)]
            j += 1
        elif word(j) in _MIDDLE:
            j += 1
    elif word(j) in _SIDE:
        core = _SIDE[word(j)]
        j += 1
    elif word(j) in _MIDDLE:
        core = "center"
        j += 1
    if not core:
        return None
    parts = 0
    while word(j) in _PART:
        j, parts = j + 1, parts + 1
    if word(j) == "one" and not prefixed and core in ("left", "right"):
        return _Entry("ordinal", 1 if core == "left" else -1), j + 1 - i
    if word(j) == "of":
        k = j + 1 + (word(j + 1) in ("the", "this", "my"))
        if word(k) in v.PICTURE_WORDS:
            return _Entry("place", core), k + 1 - i
        if not prefixed and core in ("top", "bottom", "center") and not parts:
            return None
        kinds = _REL_OF.get(core) or tuple(k for part in core.split("-") for k in _REL_OF[part])
        return _Entry("rel", kinds), j + 1 - i
    if not prefixed and not parts and "-" not in core:
        # "left", "middle" alone: an adjective or a place, as the reader finds it
        if tokens[i].text == "the" or core == "center":
            return None if tokens[i].text == "the" else (_Entry("side", core), j - i)
        return _Entry("side", core), j - i
    if not prefixed and tokens[i].text == "the":
        return None
    return _Entry("place", core), j - i


@cache
def _table() -> tuple[dict[Words, _Entry], dict[str, int]]:
    table: dict[Words, _Entry] = {}

    def add(words: str, kind: str, value: Any, note: str = "", *, plural: bool = False) -> None:
        table.setdefault(tuple(words.split()), _Entry(kind, value, note, plural))

    def add_all(kind: str, values: dict[str, tuple[str, ...]], *, near: bool = False) -> None:
        for value, phrases in values.items():
            for words in phrases:
                add(words, kind, value, f"drawn as {value}" if near else "")

    for words in v.SHADES:
        if words != "dark":
            add(words, "shade", words)
    for near, shapes in ((False, v.SHAPE_WORDS), (True, v.SHAPE_NEAR)):
        for shape, phrases in shapes.items():
            for words in phrases:
                note = f"drawn as {shape}" if near else ""
                add(words, "shape", shape, note)
                head, _, tail = words.rpartition(" ")
                plural = f"{head} {v.PLURALS.get(tail, tail + 's')}".strip()
                add(plural, "shape", shape, note, plural=True)
    for shape in v.SHAPE_WORDS:
        add(f"{shape} shape", "strict", shape)
        add(f"{shape} shapes", "strict", shape, plural=True)
        add(f"{shape} shaped", "unknown", shape)
    for words in ("the sun", "sun", "suns"):
        add(words, "sky", "sun", plural=words == "suns")
    for words in ("the moon", "moon", "moons", "full moon", "crescent moon", "half moon"):
        add(words, "sky", "moon", plural=words == "moons")
    for words in (
        "sky stars", "stars in the sky", "scattered stars", "stars in the night sky", "sky full of stars", "starlight",
        "stars of the sky", "twinkling stars",
    ):  # fmt: skip
        add(words, "sky", "stars", plural=True)
    add_all("color", v.COLOR_WORDS)
    add_all("color", v.COLOR_NEAR, near=True)
    add_all("size", v.SIZE_WORDS)
    add_all("size", v.SIZE_NEAR, near=True)
    add_all("scenic", v.SCENIC_WORDS)
    add_all("scenic", v.SCENIC_NEAR, near=True)
    for value, phrases in v.TIME_WORDS.items():
        for words in phrases:
            add(words, "time", value)
    for value, phrases in v.TIME_NEAR.items():
        for words in phrases:
            add(words, "time", value, f"drawn as {value}")
    add_all("style", v.STYLE_WORDS)
    add_all("style", v.STYLE_NEAR, near=True)
    for words, number in v.NUMBERS.items():
        add(words, "number", number)
    for words, span in v.VAGUE.items():
        add(words, "vague", span)
    for words, n in v.ORDINALS.items():
        add(words, "ordinal", n)
    for n in range(1, 10):
        add(f"{n} {'st' if n == 1 else 'nd' if n == 2 else 'rd' if n == 3 else 'th'}", "ordinal", n)
    for kind, phrases in v.RELATION_WORDS.items():
        for words in phrases:
            add(words, "rel", (kind,))
    for kind, phrases in v.RELATION_TO_IT.items():
        for words in phrases:
            add(words, "rel_it", (kind,))
    lists = {
        "row": v.ROW_WORDS, "column": v.COLUMN_WORDS, "nothing_else": v.NOTHING_ELSE, "only": v.ONLY,
        "neg": v.NEGATIONS, "remove": v.REMOVALS, "correct": v.CORRECTIONS, "restart": v.RESTARTS, "if": v.IF_WORDS,
        "unless": v.UNLESS_WORDS, "else": v.ELSE_WORDS, "except": v.EXCEPT_WORDS, "make": v.MAKE_WORDS,
        "replace": v.REPLACE_WORDS, "same": v.SAME_WORDS,
    }  # fmt: skip
    for kind, all_words in lists.items():
        for words in all_words:
            add(words, kind, words)
    for words, which in v.PRONOUNS.items():
        add(words, "pron", which)
    singles = {
        "a": "det", "an": "det", "another": "det", "one more": "det", "the": "det", "and": "and", "plus a": "and",
        "as well as": "and", "along with": "and", "together with": "and", "or": "or", "but": "but", "yet": "but",
        "then": "then", "is": "be", "are": "be", "be": "be", "was": "be", "were": "be", "being": "be", "becomes": "be",
        "has": "fill", "with": "with", "having": "with", "in": "in", "on": "on", "upon": "on", "by": "by", "to": "to",
        "into": "to", "through": "to", "against": "on", "ones": "one", "background": "ground", "backdrop": "ground",
        "backgrounds": "ground", "plain": "plain", "blank": "plain", "solid": "plain", "uniform": "plain",
        "empty": "plain", "group": "group", "groups": "group", "thing": "object", "things": "object", "object": "object",
        "objects": "object", "shapes": "object", "color": "attribute", "colour": "attribute", "colors": "attribute",
        "colours": "attribute", "size": "attribute", "which": "which", "that": "which", "who": "which", "other": "other",
        "others": "other", "rest": "other", "of them": "of_them", "of these": "of_them", "of those": "of_them",
        "of which": "of_them", "of the": "of_the", "style": "style_noun", "sky": "sky_noun", "skies": "sky_noun",
        "vertical": "fill", "up to": "up_to", "at most": "up_to", "at least": "at_least", "exactly": "fill",
        "any": "fill", "in the style of": "style_of", "in style of": "style_of", "of the same color": "same_color",
        "of the same colour": "same_color", "in the same color": "same_color", "in the same colour": "same_color",
        "the same color": "same_color", "the same colour": "same_color", "of the same size": "same_size",
        "the same size": "same_size", "empty sky": "empty_sky", "bare sky": "empty_sky", "blank sky": "empty_sky",
        "nothing in the sky": "empty_sky", "starry sky": "starry", "starry night": "starry", "starry": "starry",
        "starry night sky": "starry", "starlit": "starry", "in the sky": "in_sky", "in the air": "in_sky",
        "add": "add", "no background": "no_ground", "without background": "no_ground",
        "without a background": "no_ground", "no scenery": "no_ground", "no landscape": "no_ground",
        "do": "fill", "don't": "neg", "starless": "starless", "moonless": "moonless", "no stars in the sky": "starless",
        "to the": "fill", "there is": "fill", "there are": "fill", "black and white": "unknown",
        "color of": "fill", "colour of": "fill", "size of": "fill", "the color of": "fill", "the colour of": "fill",
    }  # fmt: skip
    for words, kind in singles.items():
        add(words, kind, words)
    longest: dict[str, int] = {}
    for phrase in table:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
    return table, longest
