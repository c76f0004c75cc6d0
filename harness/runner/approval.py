"""The one rule for whatever may cost money: who allows it, and when somebody has to be asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allow:
    """It may be done: it is free, or it was allowed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person is there to say yes to ``estimate`` US dollars (None: unknown)."""

    estimate: float | None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nobody allowed it, and nobody can be asked."""

    estimate: float | None


Approval = Allow | Ask | Refuse


def decide(
    estimate_usd: float | None, known_free: bool, live: bool, budget: float | None, interactive: bool
) -> Approval:
    """Whether a command may make calls that cost ``estimate_usd`` (None: unknown, which counts as paid).

    ``known_free`` is a replay, a full cache or a price of 0; ``live`` the explicit yes of the command line; ``budget``
    the US dollars that may be spent (None: nobody said; 0: no paid call is made, so there is nothing to ask), and
    ``interactive`` whether a person is there to answer.
    """
    if known_free or estimate_usd == 0 or live or budget == 0:
        return Allow()
    if interactive:
        return Ask(estimate_usd)
    return Refuse(estimate_usd) if budget is None else Allow()
