"""Tell a refusal from a failure, where a service answers in words."""

import re

from harness.http import BLOCKED

LONGEST = 200
"""Most characters of an answer that a message shows."""
REWORD = "reword the prompt, or take the case out of the suite"
"""The hint of a refusal."""

FILTERED = frozenset({"content_filter", "content-filter", *(name.lower() for name in BLOCKED)})
"""Values of a chat reply's ``finish_reason`` and ``native_finish_reason`` that mean a refusal, in lower case."""

_UNWILLING = re.compile(
    r"\b(can(?:no|')?t|can not|cannot|could(?:n't| not)|won't|will not|unable to|not able to|not allowed to|"
    r"must decline|have to decline|refuse to)\b[^.!?\n]{0,80}"
    r"\b(creat|generat|draw|produc|mak|help|assist|fulfil|comply|continue|depict|do (?:that|this)|provid|show|edit)",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"\b(content|usage|safety) (polic|guideline|guardrail|filter|system)|\bguardrail|\bflagged\b|\bnsfw\b|"
    r"\bviolat\w*\b[^.!?\n]{0,60}\b(polic|guideline|terms|rules)|\bagainst (our|my|the) (polic|guideline|rule)",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Return whether words that came in place of an image decline on the grounds of what it would show."""
    return bool(_UNWILLING.search(text.replace("’", "'"))) or names_policy(text)


def names_policy(text: str) -> bool:
    """Return whether an error speaks of what may be shown. One that "cannot" do something says nothing of why."""
    return bool(_POLICY.search(text))


def first_line(text: str) -> str:
    """Return the first line with words in it, shortened."""
    line = next((" ".join(part.split()) for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
