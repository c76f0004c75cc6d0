"""Every known phrase with its kind and meaning, as one table."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.prompt import vocabulary as v

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A meaning: see :class:`harness.prompt.lexer.Lex`."""

    kind: str
    value: Any
    note: str = ""
    plural: bool = False


@cache
def phrase_table() -> tuple[dict[Words, Entry], dict[str, int]]:
    """Return the phrases by their words, and for each first word the length of its longest phrase."""
    table: dict[Words, Entry] = {}

    def add(words: str, kind: str, value: Any, note: str = "", *, plural: bool = False) -> None:
        table.setdefault(tuple(words.split()), Entry(kind, value, note, plural))

    def add_all(kind: str, values: dict[str, tuple[str, ...]], *, near: bool = False) -> None:
        for value, phrases in values.items():
            for words in phrases:
                add(words, kind, value, f"generated as {value}" if near else "")

    for words in v.SHADES:
        if words != "dark":
            add(words, "shade", words)
    for near, shapes in ((False, v.SHAPE_WORDS), (True, v.SHAPE_NEAR)):
        for shape, phrases in shapes.items():
            for words in phrases:
                note = f"generated as {shape}" if near else ""
                add(words, "shape", shape, note)
                add(f"{words} shaped", "unknown", shape)
                add(v.plural_of(words), "shape", shape, note, plural=True)
    for shape in v.SHAPE_WORDS:
        add(f"{shape} shape", "strict", shape)
        add(f"{shape} shapes", "strict", shape, plural=True)
    for words in ("sun", "moon"):
        add(f"{words} shaped", "unknown", words)
    for words in ("the sun", "sun", "suns"):
        add(words, "sky", "sun", plural=words == "suns")
    for words in ("the moon", "moon", "moons", "full moon", "crescent moon", "half moon"):
        add(words, "sky", "moon", plural=words == "moons")
    for words in (
        "sky stars", "stars in the sky", "scattered stars", "sky full of stars", "starlight",
        "stars of the sky", "twinkling stars",
    ):  # fmt: skip
        add(words, "sky", "stars", plural=True)
    for kind, exact, near_words in (
        ("color", v.COLOR_WORDS, v.COLOR_NEAR),
        ("size", v.SIZE_WORDS, v.SIZE_NEAR),
        ("scenic", v.SCENIC_WORDS, v.SCENIC_NEAR),
        ("time", v.TIME_WORDS, v.TIME_NEAR),
        ("style", v.STYLE_WORDS, v.STYLE_NEAR),
    ):
        add_all(kind, exact)
        add_all(kind, near_words, near=True)
    values: dict[str, dict[str, Any]] = {"number": v.NUMBERS, "vague": v.VAGUE, "ordinal": v.ORDINALS}
    for kind, meanings in values.items():
        for words, value in meanings.items():
            add(words, kind, value)
    for n in range(1, 10):
        add(f"{n} {'st' if n == 1 else 'nd' if n == 2 else 'rd' if n == 3 else 'th'}", "ordinal", n)
    for kind, relations in (("rel", v.RELATION_WORDS), ("rel_it", v.RELATION_TO_IT)):
        for relation, phrases in relations.items():
            for words in phrases:
                add(words, kind, (relation,))
    lists = {
        "row": v.ROW_WORDS, "column": v.COLUMN_WORDS, "nothing_else": v.NOTHING_ELSE, "only": v.ONLY,
        "neg": v.NEGATIONS, "remove": v.REMOVALS, "correct": v.CORRECTIONS, "restart": v.RESTARTS, "if": v.IF_WORDS,
        "unless": v.UNLESS_WORDS, "else": v.ELSE_WORDS, "except": v.EXCEPT_WORDS, "make": v.MAKE_WORDS,
        "replace": v.REPLACE_WORDS, "same": v.SAME_WORDS, "operator": v.OPERATORS, "like": v.TAIL_OPERATORS,
    }  # fmt: skip
    for kind, all_words in lists.items():
        for words in all_words:
            add(words, kind, words)
    for words in v.OTHER_STYLES:
        add(words, "unknown", words, "this style cannot be generated")
    for size, adjective in (("large", "large"), ("large", "big"), ("small", "small")):
        add(f"as {adjective} as possible", "size", size)
    for words, which in v.PRONOUNS.items():
        add(words, "pron", which)
    singles = {
        "a": "det", "an": "det", "another": "det", "one more": "det", "the": "det", "and": "and", "plus": "and",
        "as well as": "and", "along with": "and", "together with": "and", "or": "or", "but": "but", "yet": "but",
        "then": "then", "is": "be", "are": "be", "be": "be", "was": "be", "were": "be", "being": "be", "becomes": "be",
        "has": "fill", "with": "with", "having": "with", "in": "in", "on": "on", "upon": "on", "by": "by", "to": "to",
        "into": "to", "through": "to", "against": "on", "ones": "one", "background": "ground", "backdrop": "ground",
        "backgrounds": "ground", "plain": "plain", "blank": "plain", "solid": "plain", "uniform": "plain",
        "empty": "plain", "group": "group", "groups": "group", "thing": "object", "things": "object",
        "object": "object",
        "objects": "object", "shapes": "object", "color": "attribute", "colour": "attribute", "colors": "attribute",
        "colours": "attribute", "size": "attribute", "which": "which", "that": "which", "who": "which",
        "other": "other", "others": "other", "rest": "other",
        "of them": "of_them", "of these": "of_them", "of those": "of_them",
        "of which": "of_them", "of the": "of_the", "style": "style_noun", "sky": "sky_noun", "skies": "sky_noun",
        "up to": "up_to", "at most": "up_to",
        "no more than": "up_to", "not more than": "up_to",
        "at least": "at_least", "exactly": "fill",
        "any": "fill", "in the style of": "style_of", "in style of": "style_of", "of the same color": "same_color",
        "of the same colour": "same_color", "in the same color": "same_color", "in the same colour": "same_color",
        "the same color": "same_color", "the same colour": "same_color", "of the same size": "same_size",
        "the same size": "same_size", "empty sky": "empty_sky", "bare sky": "empty_sky", "blank sky": "empty_sky",
        "nothing in the sky": "empty_sky", "starry sky": "starry", "starry night": "starry", "starry": "starry",
        "starry night sky": "starry",
        "stars in the night sky": "starry", "starlit": "starry", "in the sky": "in_sky", "in the air": "in_sky",
        "add": "add", "no background": "no_ground", "without background": "no_ground",
        "without a background": "no_ground", "no scenery": "no_ground", "no landscape": "no_ground",
        "do": "fill", "either": "fill", "would like": "fill", "on each side of": "unknown", "on both sides of": "unknown",

        "on either side of": "unknown", "don't": "neg", "starless": "starless",
        "moonless": "moonless", "no stars in the sky": "starless",
        "to the": "fill", "there is": "fill", "there are": "fill", "not only": "fill", "not just": "fill",
        "not merely": "fill", "but also": "and",
        "color of": "fill", "colour of": "fill", "size of": "fill", "the color of": "fill", "the colour of": "fill",
    }  # fmt: skip
    for words, kind in singles.items():
        add(words, kind, words)
    longest: dict[str, int] = {}
    for phrase in table:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
    return table, longest
