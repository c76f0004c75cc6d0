"""Trials that come through a feed: what one of them cannot have fails it alone."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.generation import Budget, Failed, Feed, Generated, Limits, Session, Watch, open_ledger
from harness.provider import Cancellation
from harness.records import RunRecord, Trial
from tests.generation.conftest import Pen, Prices, trial


def served(
    folder: Path,
    pen: Pen,
    works: list[tuple[Trial, Watch]],
    limits: Limits | None = None,
    before: Callable[[], object] = lambda: None,
) -> list[Generated | Failed]:
    """Return what a Session gives of works that wait together; ``before`` is called when the provider may go on."""
    feed, found = Feed(), []
    pen.gate.clear()
    with open_ledger(RunRecord("r", ("s.yaml",), "t", "0"), folder) as ledger:
        session = Session(ledger, {"pen": pen}, Prices({"pen": pen}, None), limits, share=True)  # type: ignore[arg-type]
        thread = threading.Thread(target=lambda: found.extend(session.serve(feed)), daemon=True)
        thread.start()
        for work in works:
            feed.put(*work)
        feed.close()
        before()
        threading.Timer(0.5, pen.gate.set).start()
        thread.join(20)
        assert not thread.is_alive(), "works that wait for an equal one are never ended"
    return found


def equal(prompt: str, count: int) -> list[tuple[Trial, Watch]]:
    """Return works of one recipe."""
    return [(replace(one, key=replace(one.key, variant=f"call={k}")), Watch()) for k, one in _several(prompt, count)]


def _several(prompt: str, count: int) -> list[tuple[int, Trial]]:
    return [(k, trial(prompt, 1)) for k in range(count)]


def test_equal_works_that_the_budget_does_not_hold_all_end(tmp_path: Path) -> None:
    pen = Pen(price=1.0)
    found = served(tmp_path, pen, equal("late", 200), Limits(Budget(1.0)))
    assert len(found) == 200
    assert {one.fault.code for one in found if isinstance(one, Failed)} == {"generation-timeout", "budget-reached"}
    assert sum(pen.generated.values()) == 1


def test_a_work_cancelled_while_it_waits_for_an_equal_one_is_not_begun(tmp_path: Path) -> None:
    pen, cancellation = Pen(price=1.0), Cancellation()
    first, second, third = equal("once", 3)
    works = [first, (second[0], Watch(cancellation=cancellation)), third]

    def cancel() -> None:
        while not pen.generated:
            time.sleep(0.01)
        # the others are read at once after the first
        time.sleep(0.3)
        cancellation.cancel()

    found = served(tmp_path, pen, works, before=cancel)
    by_variant = {one.trial.key.variant: one for one in found}
    cancelled = by_variant["call=1"]
    assert isinstance(cancelled, Failed)
    assert cancelled.fault.code == "generation-cancelled"
    assert isinstance(by_variant["call=2"], Generated)
    assert sum(pen.generated.values()) == 2


def test_a_work_whose_intent_cannot_be_stored_fails_alone(tmp_path: Path) -> None:
    pen, asked = Pen(price=1.0), []

    def refuse_first(one: Trial, price: float | None) -> None:
        asked.append((one, price))
        if len(asked) == 1:
            raise UsageError("the database is away", "")

    limits = Limits(Budget(2.0), on_intent=refuse_first)
    found = served(tmp_path, pen, [(trial("a", 1), Watch()), (trial("b", 2), Watch())], limits)
    assert [type(one) for one in sorted(found, key=lambda one: one.trial.key.seed or 0)] == [Failed, Generated]
    assert limits.budget.reserved == pytest.approx(0)
