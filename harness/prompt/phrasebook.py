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

    def add_all(kind: str, values: dict[str, tuple[str, ...]]) -> None:
        for value, phrases in values.items():
            for phrase in phrases:
                words = phrase.removeprefix("~")
                note = f"generated as {value}" if words != phrase else ""
                if kind == "shape":
                    add(f"{words} shaped", "unknown", value)
                    add(v.plural_of(words), kind, value, note, plural=True)
                in_sky = kind == "sky" and (words.endswith("s") or value == "stars")
                add(words, kind, (value,) if kind.startswith("rel") else value, note, plural=in_sky)

    for words in v.SHADES:
        if words != "dark":
            add(words, "shade", words)
    add_all("shape", v.SHAPES)
    for shape in v.SHAPES:
        add(f"{shape} shape", "strict", shape)
        add(f"{shape} shapes", "strict", shape, plural=True)
    for kind, table_of_kind in v.MEANINGS.items():
        add_all(kind, table_of_kind)
    values: dict[str, dict[str, Any]] = {"number": v.NUMBERS, "vague": v.VAGUE, "ordinal": v.ORDINALS}
    for kind, meanings in values.items():
        for words, value in meanings.items():
            add(words, kind, value)
    for n in range(1, 10):
        add(f"{n} {'st' if n == 1 else 'nd' if n == 2 else 'rd' if n == 3 else 'th'}", "ordinal", n)
    for words in v.OTHER_STYLES:
        add(words, "unknown", words, "this style cannot be generated")
    for kind, phrases in v.PHRASES.items():
        for words in phrases:
            add(words, kind, words)
    longest: dict[str, int] = {}
    for phrase in table:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
    return table, longest
