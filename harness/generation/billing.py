"""Calls that a kill cut off, or that failed and were repeated: possibly paid for, without an image."""

from collections.abc import Sequence

from harness.ledger import Intent, trial_name

SHOWN = 3


def billed_notes(intents: Sequence[Intent]) -> tuple[str, ...]:
    """Return what the record of a resumed run says of the calls that no result of an earlier part answers."""
    if not intents:
        return ()
    known = [intent.estimate for intent in intents if intent.estimate is not None]
    cost = f", up to ${sum(known):.4g}" if len(known) == len(intents) else ""
    names = list(dict.fromkeys(trial_name(intent.key, intent.attempt) for intent in intents))
    shown = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    calls = "1 call was" if len(intents) == 1 else f"{len(intents):,} calls were"
    return (f"{calls} possibly billed without an image{cost}: {shown}",)
