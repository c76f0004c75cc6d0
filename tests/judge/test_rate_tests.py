import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge import fisher, mcnemar

ARM = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(ARM, ARM, st.sampled_from(["less", "two-sided"]))
def test_fisher_is_that_of_scipy(a: tuple[int, int], b: tuple[int, int], side: str) -> None:
    table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]
    expected = stats.fisher_exact(table, alternative=side).pvalue
    assert fisher(*a, *b, side) == pytest.approx(expected, rel=1e-9)  # type: ignore[arg-type]


@given(ARM, ARM)
def test_fisher_mirrors(a: tuple[int, int], b: tuple[int, int]) -> None:
    assert fisher(*a, *b, "two-sided") == fisher(*b, *a, "two-sided")


def test_an_arm_without_trials_says_nothing() -> None:
    assert fisher(0, 0, 5, 9, "two-sided") == 1
    assert fisher(0, 0, 0, 0, "less") == 1


def test_a_p_value_is_never_zero_however_many_trials() -> None:
    assert 0 < fisher(0, 3000, 3000, 3000, "two-sided") < 1e-300
    assert 0 < mcnemar(0, 5000) < 1e-300


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        fisher(3, 2, 0, 1, "less")
    with pytest.raises(ValueError, match="-1 won"):
        mcnemar(-1, 2)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_the_binomial_test(won: int, lost: int) -> None:
    expected = stats.binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert mcnemar(won, lost) == pytest.approx(expected, rel=1e-9)
    assert mcnemar(won, lost) == mcnemar(lost, won)
