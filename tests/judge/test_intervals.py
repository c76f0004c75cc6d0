import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge import Interval, clopper_pearson, wilson

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.sampled_from([0.8, 0.95, 0.99])


@given(COUNTS, LEVELS)
def test_both_are_the_intervals_of_scipy(count: tuple[int, int], level: float) -> None:
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        theirs = stats.binomtest(*count).proportion_ci(level, method=method)
        assert ours(*count, level) == Interval(
            pytest.approx(theirs.low, abs=1e-9), pytest.approx(theirs.high, abs=1e-9)
        )


@given(COUNTS, LEVELS)
def test_an_interval_holds_its_share_and_the_exact_one_is_wider_at_the_ends(
    count: tuple[int, int], level: float
) -> None:
    successes, n = count
    for interval in (wilson(successes, n, level), clopper_pearson(successes, n, level)):
        assert 0 <= interval.low <= successes / n <= interval.high <= 1
        assert successes / n in interval
    assert (wilson(0, n).low, wilson(n, n).high) == (0, 1)


@pytest.mark.parametrize("n", [5, 20, 61])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.93])
def test_coverage_is_counted_exactly(n: int, share: float) -> None:
    chances = stats.binom.pmf(range(n + 1), n, share)
    exact = sum(c for k, c in enumerate(chances) if share in clopper_pearson(k, n))
    short = sum(c for k, c in enumerate(chances) if share in wilson(k, n))
    assert exact >= 0.95
    # Wilson's covers 95 % on average over shares, and dips near the ends
    assert short >= 0.83


def test_it_reads_as_percent() -> None:
    assert str(clopper_pearson(1, 20)) == "0.1% to 24.9%"


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_what_is_no_count_is_refused(method: object) -> None:
    for wrong in ((0, 0), (3, 2), (-1, 2), (1, 2, 1.0)):
        with pytest.raises(ValueError, match=r"trial|count|level"):
            method(*wrong)  # type: ignore[operator]
