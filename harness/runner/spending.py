"""What a project may still spend: the budget of one run, and what is left of the month's."""

from datetime import datetime
from pathlib import Path

from harness.ledger import month_of, spending
from harness.suite import Project


def month_spent(reports: Path, now: datetime, *, resume: Path | None = None) -> float:
    """US dollars that the runs begun in the UTC calendar month of ``now`` spent.

    A run counts in the month in which it was begun, also what it spends when it is resumed later; what the one in the
    folder ``resume`` spent is left out, as its own budget counts that. What was possibly billed counts; what nobody
    knows the price of cannot.
    """
    own = None if resume is None else resume.resolve()
    runs = [(run, own is not None and (reports / run.run).resolve().is_relative_to(own)) for run in spending(reports)]
    month = next((run.month for run, resumed in runs if resumed), month_of(now))
    counted = (run for run, resumed in runs if run.month == month and not resumed)
    return round(sum(spent.counted for run in counted for spent in run.providers.values()), 9)


def remaining_budget(project: Project, reports: Path, now: datetime, *, resume: Path | None = None) -> float | None:
    """US dollars that a run begun or resumed ``now`` may spend: the least of the run's budget and the rest of the
    month's; None is no limit."""
    limits = [project.budget.run]
    if project.budget.month is not None:
        limits.append(max(0.0, round(project.budget.month - month_spent(reports, now, resume=resume), 9)))
    return min((limit for limit in limits if limit is not None), default=None)
