"""The reason of a drift, in one clause, from what differs."""

from harness.judge.difference import Difference

SHOWN = 3
"""Most differences that are named; the rest is counted."""

MADE_ELSEWHERE = frozenset({"compare", "pytest"})
"""Kinds of subject with no provider behind them: nothing is known of how the image came about."""


def cause(changed: tuple[Difference, ...], kind: str, probe: str = "", *, noise_known: bool = False) -> str:
    """``subject changed: …``, else ``environment changed: …``, else that neither did. ``kind`` is the subject's,
    ``probe`` what the stored probe says of how it repeats; ``noise_known`` says that the verdict allowed for that."""
    if kind in MADE_ELSEWHERE:
        return "the images differ"
    for part in ("subject", "environment"):
        named = clause(changed, part)
        if named:
            return f"{part} changed: {named}"
    unchanged = "same request, subject and environment: the model or service changed"
    if noise_known:
        return unchanged
    return f"{unchanged}, or it does not repeat" + (f" (probe of {probe})" if probe else "")


def clause(changed: tuple[Difference, ...], part: str) -> str:
    """The differences of one part in one line, at most SHOWN of them named; empty for none."""
    named = list(dict.fromkeys(difference.short for difference in changed if difference.part == part))
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return f"{', '.join(named[:SHOWN])}{more}" if named else ""
