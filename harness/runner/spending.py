"""What a project may still spend: the budget of one run, and what is left of the month's."""

from datetime import datetime
from pathlib import Path

from harness.ledger import month_of, spending
from harness.suite import Project


def month_spent(reports: Path, now: datetime, *, resume: Path | None = None) -> float:
    """US dollars that the runs begun in the UTC calendar month of ``now`` spent, without the one that is resumed (its
    own budget counts that). What was possibly billed counts; what nobody knows the price of cannot."""
    month = month_of(now)
    own = None if resume is None else resume.resolve()
    runs = (run for run in spending(reports) if run.month == month)
    counted = (run for run in runs if own is None or not (reports / run.run).resolve().is_relative_to(own))
    return round(sum(spent.counted for run in counted for spent in run.providers.values()), 9)


def remaining_budget(project: Project, reports: Path, now: datetime, *, resume: Path | None = None) -> float | None:
    """US dollars that a run begun or resumed ``now`` may spend: the least of the run's budget and the rest of the
    month's; None is no limit."""
    limits = [project.budget.run]
    if project.budget.month is not None:
        limits.append(max(0.0, round(project.budget.month - month_spent(reports, now, resume=resume), 9)))
    return min((limit for limit in limits if limit is not None), default=None)
