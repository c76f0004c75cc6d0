"""Times, costs and shares as they are shown."""

from hypothesis import given
from hypothesis import strategies as st

from harness.records.share import Share
from harness.report.formatting import about_cost, show_cost, show_interval, show_price, show_seconds, show_time


def test_times() -> None:
    assert [show_seconds(s) for s in (0.04, 59.94, 59.96, 185, 7500)] == [
        "0.0 s", "59.9 s", "1 min 00 s", "3 min 05 s", "2 h 05 min",
    ]  # fmt: skip
    assert [show_time(s) for s in (None, 0.00002, 0.0042, 0.064, 1.316, 1234.5)] == [
        "–", "< 0.1 ms", "4.2 ms", "64 ms", "1.32 s", "1,234 s",
    ]  # fmt: skip


def test_costs() -> None:
    costs = (None, 0.0, 0.0021, 0.02, 0.134, 0.5, 1234.5)
    assert [show_cost(c) for c in costs] == [
        "unknown", "$0.00", "$0.0021", "$0.02", "$0.134", "$0.50", "$1,234.50",
    ]  # fmt: skip
    assert [show_price(c) for c in costs[:3]] == ["unknown", "free", "$0.0021"]
    assert [about_cost(c) for c in costs[:3]] == ["cost unknown", "free", "about $0.0021"]


@given(st.floats(0, 1e6, exclude_min=True))
def test_what_costs_something_never_reads_as_nothing(cost: float) -> None:
    assert show_cost(cost).strip("<$ 0.,")


def test_the_interval_of_nothing_is_a_dash() -> None:
    assert (show_interval(Share(0, 0)), show_interval(Share(31, 32, 0.843, 0.994))) == ("–", "84–99 %")
