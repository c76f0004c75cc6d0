"""The reason of a drift, in one clause, from what differs."""

from harness.judge.difference import Difference

TOLD = 3
"""Most differences that are named; the rest is counted."""


def cause(changed: tuple[Difference, ...]) -> str:
    """``subject changed: …``, else ``environment changed: …``, else that neither did."""
    for part in ("subject", "environment"):
        named = [difference.short for difference in changed if difference.part == part]
        if named:
            more = f" and {len(named) - TOLD} more" if len(named) > TOLD else ""
            return f"{part} changed: {', '.join(named[:TOLD])}{more}"
    return "same request, subject and environment: the model or service changed, or it does not repeat"
