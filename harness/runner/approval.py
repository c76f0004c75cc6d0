"""Approval of paid calls: what allows them, and when a person is asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from math import ceil
from pathlib import Path
from typing import Self

from harness.errors import UsageError
from harness.runner.spending import remaining_budget, reserved_budget
from harness.suite import Project


@dataclass(eq=False, repr=False)
class NotApprovedError(UsageError):
    """What may cost money was not allowed: ``problem`` says what, ``cost`` is in US dollars (None: unknown)."""

    cost: float | None = None

    @classmethod
    def of(cls, what: str, cost: float | None, hint: str) -> Self:
        """Return the error of generating ``what`` (``3 trials``) for ``cost``; ``hint`` says how to allow it."""
        if cost is None:
            return cls(f"{what} may cost money, how much is not known, and no paid call is approved", hint, cost)
        problem = f"{what} would cost about ${enough(cost):,.2f}, and no paid call is approved; nothing was generated"
        return cls(problem, hint, cost)


class Approval(Enum):
    """Whether something that may cost money can be done."""

    ALLOW = auto()
    """It is free, or it was allowed."""
    ASK = auto()
    """A person can be asked."""
    REFUSE = auto()
    """It was not allowed, and no person can be asked."""


def decide(cost: float | None, live: bool, budget: float | None, interactive: bool) -> Approval:
    """Return whether a command may make calls that cost ``cost`` US dollars (None: unknown, which counts as paid).

    ``live`` is the explicit yes of the command line; ``budget`` the US dollars that may be spent (None: not stated; 0:
    no paid call is made, so there is nothing to ask), and ``interactive`` whether a person can answer.
    """
    if cost == 0 or live or budget == 0:
        return Approval.ALLOW
    if interactive:
        return Approval.ASK
    return Approval.REFUSE if budget is None else Approval.ALLOW


@contextmanager
def approved(
    project: Project,
    cost: float | None,
    *,
    refused: Callable[[float | None], UsageError],
    live: bool = False,
    resume: Path | None = None,
    ask: Callable[[float | None, float | None], None] | None = None,
) -> Iterator[float | None]:
    """Approve generating for ``cost`` US dollars (None: unknown); reserve and yield the remaining budget.

    ``live``: allowed on the command line. ``ask`` asks a person, with the cost and the remaining budget, and raises for
    a no (None: no person can answer). Raises what ``refused`` returns for the cost where it is not allowed, and what
    reserving raises.
    """
    if cost == 0:
        yield project.budget.run
        return
    left = remaining_budget(project, datetime.now(UTC), resume=resume)
    approval = decide(cost, live, left, ask is not None)
    if approval == Approval.REFUSE:
        raise refused(cost)
    if approval == Approval.ASK and ask is not None:
        ask(cost, left)
    with reserved_budget(project, datetime.now(UTC), cost=cost, resume=resume) as left:
        yield left


def enough(cost: float) -> float:
    """``cost`` up to the next cent: a budget below the cost would stop what it is to allow."""
    return ceil(cost * 100 - 1e-6) / 100
