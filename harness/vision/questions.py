"""Questions about an image in English, and what each asks for."""

import re
from dataclasses import dataclass, field
from typing import Any

from harness.prompt import COLORS, RELATION_WORDS, TIMES
from harness.records import Check
from harness.vision.grammar import MAX_PHRASE, CheckError
from harness.vision.shapes_grammar import BINARY, Target, parse_target, targets

EXAMPLES = (
    "how many red circles?", "is there a house?", "what color is the star?", "what is left of the tree?",
    "is the sun above the house?", "is it night?",
)  # fmt: skip
BACKGROUND = "background"
_KINDS = {words: kind for kind in BINARY for words in RELATION_WORDS[kind]}
_RELATION = rf"(?:(?:to|on) the |to )?(?P<rel>{'|'.join(sorted(_KINDS, key=len, reverse=True))})"
_PLACE = r"(?: (?:are )?in (?:the|this) (?:image|scene))?"
_SEEN = rf"(?: (?:is|are) there| (?:can|do) you see| (?:is|are) (?:shown|visible))?{_PLACE}"
_FORMS = {
    "count": rf"how many (?P<a>.+?){_SEEN}",
    "present": rf"(?:is|are) there (?P<a>.+?){_SEEN}",
    "time": rf"is it (?:at |by )?(?:the )?(?P<time>{'|'.join(TIMES)})",
    "colored": rf"(?:is|are) (?P<a>the .+) (?P<color>{'|'.join(COLORS)})",
    "relation": rf"(?:is|are) (?P<a>.+?) {_RELATION} (?P<b>.+)",
    "color": r"(?:what|which) colou?r (?:is|are|does|do|has|have) (?P<a>.+?)(?: have)?",
    "things": rf"(?:what|which (?:thing|things|shape|shapes)) (?:is|are|lies|stands) {_RELATION} (?P<b>.+)",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``kind`` is ``count``, ``color`` or ``things`` (what stands in a ``relation``) of ``targets``, the
    color of the ``background``, or ``check``: whether a check passes."""

    kind: str
    targets: tuple[Target, ...] = ()
    relation: str = ""
    check: Check = field(default_factory=lambda: Check("", {}))


def parse_question(text: str) -> Question:
    """Return what a question asks for. Raises CheckError for one that is not understood."""
    words = " ".join(text.lower().replace("what's", "what is").split()).rstrip(" ?.!")
    for kind, form in _FORMS.items() if len(words) <= MAX_PHRASE else ():
        found = re.fullmatch(form, words)
        if found is None:
            continue
        parts = found.groupdict()
        relation = _KINDS.get(parts.get("rel", ""), "")
        if kind == "color" and parts["a"].removeprefix("the ") == BACKGROUND:
            return Question(BACKGROUND)
        if kind in ("count", "color", "things"):
            return Question(kind, (parse_target(parts["a" if kind != "things" else "b"]),), relation)
        checks: dict[str, dict[str, Any]] = {
            "present": {"present": parts.get("a")},
            "time": {"background": parts.get("time")},
            "colored": {"color": parts.get("a"), "equals": parts.get("color")},
            "relation": {relation: [parts.get("a"), parts.get("b")]},
        }
        check = Check(next(iter(checks[kind])), checks[kind])
        return Question("check", targets(check), relation, check)
    raise CheckError("the question is not understood", f"such as: {' '.join(EXAMPLES)}")
