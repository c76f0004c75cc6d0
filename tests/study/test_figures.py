"""What every study counts the same way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.study.figures import cost_of, percentile, share


def test_a_share_of_nothing_has_no_interval() -> None:
    nothing = share(0, 0)
    assert (nothing.rate, nothing.low, nothing.high) == (None, None, None)
    assert (share(3, 3).rate, share(3, 3).high) == (1.0, 1.0)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert 100 * sum(one <= found for one in values) >= percent * len(values)
    assert 100 * sum(one < found for one in values) < percent * len(values)


def test_a_cost_that_is_not_known_is_not_nothing() -> None:
    assert cost_of([0.5, 0.7]) == (pytest.approx(0.6), pytest.approx(1.2))
    assert cost_of([0.5, None]) == (None, None)
    assert cost_of([]) == (None, None)
