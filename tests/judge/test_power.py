import pytest
from scipy import stats

from harness.judge import fisher, proportion_power, set_power


def test_without_an_effect_power_is_the_rate_of_false_alarms() -> None:
    assert set_power(8, 8, 4, 0.0, 0.05) == pytest.approx(0.05, abs=0.04)


def test_power_grows_with_effect_images_and_prompts() -> None:
    assert set_power(5, 5, 1, 1.5, 0.05) < set_power(5, 5, 6, 1.5, 0.05) < set_power(10, 10, 6, 1.5, 0.05)
    assert set_power(5, 5, 6, 0.5, 0.05) < set_power(5, 5, 6, 2.0, 0.05)
    assert set_power(10, 10, 6, 4.0, 0.05) > 0.95


def test_no_power_where_no_p_value_is_small_enough() -> None:
    assert set_power(2, 2, 1, 9.0, 0.05) == 0.0
    assert set_power(0, 5, 3, 9.0, 0.05) == 0.0


@pytest.mark.parametrize(
    ("n_a", "n_b", "p_a", "p_b"), [(8, 12, 0.9, 0.4), (20, 20, 0.9, 0.6), (7, 5, 1.0, 0.2), (6, 7, 0.8, 0.0)]
)
def test_the_power_of_fisher_is_a_sum_over_all_outcomes(n_a: int, n_b: int, p_a: float, p_b: float) -> None:
    chances_a, chances_b = stats.binom.pmf(range(n_a + 1), n_a, p_a), stats.binom.pmf(range(n_b + 1), n_b, p_b)
    expected = sum(
        chances_a[a] * chances_b[b]
        for a in range(n_a + 1)
        for b in range(n_b + 1)
        if fisher(b, n_b, a, n_a, "less") <= 0.05
    )
    assert proportion_power(n_a, n_b, p_a, p_b, 0.05) == pytest.approx(expected, abs=1e-9)


def test_no_trials_no_power() -> None:
    assert proportion_power(0, 10, 0.9, 0.1, 0.05) == 0.0


def test_a_level_below_the_coarse_simulation_is_simulated_finely() -> None:
    assert set_power(8, 8, 6, 4.0, 0.001) > 0.8
    assert set_power(8, 8, 6, 4.0, 0.001, permutations=499) == 0.0
