"""A month's spend, by UTC calendar month; what is left of a budget; and who allows a paid call."""

import itertools
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from harness.ledger import month_of, spending
from harness.runner import Approval, decide
from harness.runner.spending import remaining_budget
from harness.suite import Project, SpendLimits
from tests.ledger.spent import RESULT, run


def test_a_run_late_in_another_time_zone_counts_in_its_utc_month(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-30T23:30:00-05:00", RESULT)
    assert [one.month for one in spending(tmp_path)] == ["2026-12"]
    assert month_of("2026-11-30T23:30:00Z") == month_of("2026-11-30T23:30:00") == "2026-11"
    project = Project(tmp_path, reports=tmp_path, budget=SpendLimits(month=1.0))
    late = datetime(2026, 11, 30, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert remaining_budget(project, late) == 0.75
    assert remaining_budget(project, datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) == 1.0


def test_the_least_of_both_budgets_is_left(tmp_path: Path) -> None:
    now = datetime(2026, 11, 5, tzinfo=UTC)
    own = run(tmp_path, "2026-11-01T00:00:00Z", RESULT)
    for limits, left in (
        ((None, None), None),
        ((2.0, None), 2.0),
        ((2.0, 1.0), 0.75),
        ((0.5, 1.0), 0.5),
        ((1, 0.1), 0),
    ):
        assert remaining_budget(Project(tmp_path, reports=tmp_path, budget=SpendLimits(*limits)), now) == left
    project = Project(tmp_path, reports=tmp_path, budget=SpendLimits(month=1.0))
    assert remaining_budget(project, now, resume=own) == 1.0
    assert remaining_budget(project, datetime(2026, 12, 5, tzinfo=UTC), resume=own) == 1.0


def test_the_rule_of_paid_calls_over_all_its_inputs() -> None:
    for cost, live, budget, person in itertools.product(
        (None, 0.0, 0.5), (False, True), (None, 0.0, 1.0), (False, True)
    ):
        decision = decide(cost, live, budget, person)
        if cost == 0 or live or budget == 0:
            assert decision == Approval.ALLOW
        elif person:
            assert decision == Approval.ASK
        else:
            assert decision == (Approval.REFUSE if budget is None else Approval.ALLOW)
