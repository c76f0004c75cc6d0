"""The one line of an audit: whether B may be released in A's place."""

from harness.records import Equivalence
from harness.vocabulary import Go


def go(*, differs: bool, equivalence: Equivalence | None, judged: int, unjudged: int, complete: bool) -> Go:
    """Return the answer of an audit: ``no-go`` where a change is shown; ``go`` where equivalence is shown over all
    prompts and none is left open; else ``undecided``: that nothing was found proves nothing.

    ``judged`` and ``unjudged`` count prompts; ``complete``: everything planned was generated.
    """
    if differs:
        return Go.NO_GO
    shown = equivalence is not None and equivalence.shown
    return Go.GO if shown and judged and not unjudged and complete else Go.UNDECIDED


def share_of_look(alpha: float, looks: int) -> float:
    """Return the part of a rate that each of ``looks`` planned looks at growing data has. By the union bound the rate
    holds over all of them, whatever depends on what and whenever it ends (alpha spending in equal parts)."""
    return alpha / max(1, looks)
