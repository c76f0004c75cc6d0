"""The one rule for whatever may cost money: who allows it, and when somebody has to be asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from harness.errors import HarnessError
from harness.runner.spending import remaining_budget, reserved_budget
from harness.suite import Project


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
    """Return whether a command may make calls that cost ``estimate_usd`` (None: unknown, which counts as paid).

    ``known_free`` is a replay, a full cache or a price of 0; ``live`` the explicit yes of the command line; ``budget``
    the US dollars that may be spent (None: nobody said; 0: no paid call is made, so there is nothing to ask), and
    ``interactive`` whether a person is there to answer.
    """
    if known_free or estimate_usd == 0 or live or budget == 0:
        return Allow()
    if interactive:
        return Ask(estimate_usd)
    return Refuse(estimate_usd) if budget is None else Allow()


@contextmanager
def approved(
    project: Project,
    cost: float | None,
    *,
    refused: Callable[[float | None], HarnessError],
    live: bool = False,
    resume: Path | None = None,
    ask: Callable[[float | None, float | None], None] | None = None,
) -> Iterator[float | None]:
    """Within the block images may be generated for ``cost`` US dollars (None: unknown); gives the budget left,
    which is set aside for it.

    ``live`` is that somebody allowed it; ``ask`` asks a person, with the cost and the budget left, and raises where the
    answer is no (None: nobody is there). Raises what ``refused`` makes of the cost where nobody allowed it, and what
    setting aside raises.
    """
    if cost == 0:
        yield project.budget.run
        return
    left = remaining_budget(project, datetime.now(UTC), resume=resume)
    match decide(cost, cost == 0, live, left, ask is not None):
        case Ask(estimate):
            assert ask is not None
            ask(estimate, left)
        case Refuse(estimate):
            raise refused(estimate)
    with reserved_budget(project, datetime.now(UTC), cost=cost, resume=resume) as left:
        yield left


def enough(cost: float) -> float:
    """``cost`` up to the next cent: a budget below the cost would stop what it is to allow."""
    return ceil(cost * 100 - 1e-6) / 100
