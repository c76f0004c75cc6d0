"""What a project may still spend: the budget of one run, and what is left of the month's."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from harness.errors import HarnessError
from harness.judge import CONFIRMATIONS
from harness.ledger import is_reserved, keep_spending, month_of, reservations, reserve, spending
from harness.suite import Project


class BudgetReservedError(HarnessError):
    """The rest of the month's budget, ``amount`` US dollars, is reserved for other commands in progress."""

    def __init__(self, amount: float) -> None:
        super().__init__(amount)
        self.amount = amount

    def __str__(self) -> str:
        return f"the rest of the month's budget, ${self.amount:,.2f}, is reserved for another command in progress"

    @property
    def hint(self) -> str:
        return "wait until it ends, or give each a budget of its own: --budget USD"


def remaining_budget(project: Project, now: datetime, *, resume: Path | None = None) -> float | None:
    """US dollars that a run begun or resumed ``now`` may spend: the least of the run's budget and the rest of the
    month's; None is no limit.

    A run counts in the UTC calendar month in which it was begun, also what it spends when it is resumed later; what the
    one in the folder ``resume`` spent is left out, as its own budget counts that. Possibly billed calls count, unless
    their price is unknown. A run in progress counts by its reservation. Raises BudgetReservedError where other commands
    have reserved the rest.
    """
    run, month = project.budget.run, project.budget.month
    if month is None or run == 0:
        return run
    spent, reserved = _used(project.reports, now, resume)
    left = max(0.0, round(month - spent - reserved, 9))
    if left == 0 and spent < month:
        raise BudgetReservedError(round(month - spent, 9))
    return left if run is None else min(run, left)


@contextmanager
def reserved_budget(
    project: Project, now: datetime, *, cost: float | None = None, resume: Path | None = None
) -> Iterator[float | None]:
    """Reserve the remaining budget for this process, within the block; yields it in US dollars (None: no limit).

    With a budget for the month only, at most ``cost`` US dollars (None: unknown), confirmations included, are reserved,
    so that others may spend the rest. What the project's runs spent is stored beside them, before and after. Raises
    BudgetReservedError, LockedError and WriteError.
    """
    keep_spending(project.reports)
    try:
        if project.budget.month is None or project.budget.run == 0:
            yield project.budget.run
            return
        month = _month(project.reports, now, resume)
        bounded = cost is not None and project.budget.run is None and resume is None
        most = (1 + CONFIRMATIONS) * (cost or 0.0) if bounded else math.inf
        with reserve(
            project.reports, month, lambda: min(most, remaining_budget(project, now, resume=resume) or 0)
        ) as left:
            yield left
    finally:
        keep_spending(project.reports)


def _month(reports: Path, now: datetime, resume: Path | None) -> str:
    """Return the month that a run counts in: of one that is resumed the month in which it was begun."""
    own = (run.month for run in spending(reports) if resume is not None and _within(reports / run.run, resume))
    return next(own, month_of(now))


def _used(reports: Path, now: datetime, resume: Path | None) -> tuple[float, float]:
    """US dollars of the month that other runs spent or, in progress, have reserved."""
    month = _month(reports, now, resume)
    reserved = tuple(one for one in reservations(reports) if one.month == month)
    spent = sum(
        provider.counted
        for run in spending(reports)
        if run.month == month and not (resume is not None and _within(reports / run.run, resume))
        if not is_reserved(reports / run.run, reserved)
        for provider in run.providers.values()
    )
    return round(spent, 9), sum(one.amount for one in reserved)


def _within(folder: Path, other: Path) -> bool:
    return folder.resolve().is_relative_to(other.resolve())
