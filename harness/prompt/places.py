"""Places in words: "in the top left corner", and "at the top of the house", which is a relation."""

from collections.abc import Sequence

from harness.prompt import vocabulary as v
from harness.prompt.phrasebook import Entry
from harness.prompt.text import Token

_IN = {"in", "at", "on", "to", "near", "toward", "towards", "along", "into"}
_VERTICAL = {"top": "top", "upper": "top", "bottom": "bottom", "lower": "bottom"}
_SIDE = {"left": "left", "right": "right", "lefthand": "left", "righthand": "right"}
_MIDDLE = {"center", "centre", "middle"}
_PART = {"corner", "side", "edge", "half", "part", "hand", "area", "end"}
_REL_OF = {"left": ("left_of",), "right": ("right_of",), "top": ("above",), "bottom": ("below",), "center": ("inside",)}


def read_place(tokens: Sequence[Token], i: int) -> tuple[Entry, int] | None:
    """Return a place of the image ("in the top left corner"), or a relation when "of <thing>" follows."""
    j = i

    def word(k: int) -> str:
        return tokens[k].text if k < len(tokens) else ""

    prefixed = word(j) in _IN
    j += prefixed
    j += word(j) in ("the", "a") and (prefixed or word(j) == "the")
    core = ""
    if [word(i), word(i + 1)] == ["on", "top"] and word(i + 2) not in (*_SIDE, *_PART, "of"):
        return None
    if word(j) == "very":
        j += 1
    if word(j) in _VERTICAL:
        core = _VERTICAL[word(j)]
        j += 1
        core += f"-{_SIDE[word(j)]}" if word(j) in _SIDE else ""
        j += word(j) in (*_SIDE, *_MIDDLE)
    elif word(j) in (*_SIDE, *_MIDDLE):
        core = _SIDE.get(word(j), "center")
        j += 1
    if not core:
        return None
    parts = 0
    while word(j) in _PART:
        j, parts = j + 1, parts + 1
    if word(j) == "one" and not prefixed and core in ("left", "right"):
        return Entry("ordinal", 1 if core == "left" else -1), j + 1 - i
    if word(j) == "of":
        k = j + 1 + (word(j + 1) in ("the", "this", "my"))
        if word(k) in v.IMAGE_WORDS:
            return Entry("place", core), k + 1 - i
        if not prefixed and core in ("top", "bottom", "center") and not parts:
            return None
        kinds = _REL_OF.get(core) or tuple(k for part in core.split("-") for k in _REL_OF[part])
        return Entry("rel", kinds), j + 1 - i
    if not prefixed and tokens[i].text == "the":
        return None
    # "left", "middle" alone: an adjective or a place, as the reader finds it
    alone = not prefixed and not parts and "-" not in core and word(j) != ":"
    return Entry("side" if alone else "place", core), j - i
