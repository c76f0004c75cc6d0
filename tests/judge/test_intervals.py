import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge import wilson


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_is_the_interval_of_scipy_and_holds_its_share(count: tuple[int, int]) -> None:
    low, high = wilson(*count)
    theirs = stats.binomtest(*count).proportion_ci(0.95, method="wilson")
    assert (low, high) == (pytest.approx(theirs.low, abs=1e-9), pytest.approx(theirs.high, abs=1e-9))
    assert 0 <= low <= count[0] / count[1] <= high <= 1
    assert (wilson(0, count[1])[0], wilson(count[1], count[1])[1]) == (0, 1)


@pytest.mark.parametrize("n", [5, 20, 61])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.93])
def test_coverage_is_counted_exactly(n: int, share: float) -> None:
    chances = stats.binom.pmf(range(n + 1), n, share)
    covered = sum(c for k, c in enumerate(chances) if wilson(k, n)[0] <= share <= wilson(k, n)[1])
    # it covers 95 % on average over shares, and dips near the ends
    assert covered >= 0.83


@pytest.mark.parametrize("count", [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_count_is_refused(count: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="count"):
        wilson(*count)
