import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.judge.prediction import chance, quantile

SIZES = st.integers(2, 40)
RATES = st.floats(1e-6, 0.9)


@settings(deadline=None, max_examples=40)
@given(RATES, SIZES, st.integers(1, 400))
def test_for_one_observation_it_is_the_limit_of_student(alpha: float, n: int, df: int) -> None:
    assert quantile(alpha, n, df, 1) == pytest.approx(stats.t.isf(alpha, df) * math.sqrt(1 + 1 / n), rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(RATES, SIZES, st.one_of(st.none(), st.integers(1, 400)), st.integers(1, 5))
def test_the_chance_at_the_quantile_is_the_rate(alpha: float, n: int, df: int | None, k: int) -> None:
    q = quantile(alpha, n, df, k)
    assert chance(q, n, df, k, alpha) == pytest.approx(alpha, rel=1e-5)
    assert quantile(alpha, n, df, k + 1) < q


@settings(deadline=None, max_examples=20)
@given(SIZES, st.integers(1, 5))
def test_a_known_spread_and_the_mean_of_many_are_the_normal_distribution(n: int, k: int) -> None:
    assert quantile(0.01, 10**9, None, k) == pytest.approx(stats.norm.isf(0.01 ** (1 / k)), abs=1e-4)
    # with no distance from the mean the spread has no part in it
    assert chance(0, n, 3, k) == pytest.approx(chance(0, n, None, k))


@pytest.mark.parametrize(("n", "df", "k"), [(3, 2, 3), (12, 300, 3), (5, 4, 2)])
def test_it_is_what_drawing_numbers_gives(n: int, df: int, k: int) -> None:
    random, rounds = np.random.default_rng(5), 200_000
    mean = random.standard_normal(rounds) / math.sqrt(n)
    spread = np.sqrt(random.chisquare(df, rounds) / df)
    least = random.standard_normal((rounds, k)).min(axis=1)
    hits = int(np.count_nonzero(least > mean + quantile(0.01, n, df, k) * spread))
    interval = stats.binomtest(hits, rounds).proportion_ci(0.999)
    assert interval.low <= 0.01 <= interval.high
