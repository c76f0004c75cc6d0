import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from harness.judge import set_test, smallest_p
from harness.judge.energy import _energy, pair_distances
from harness.records import Reason
from harness.vocabulary import Code

Floats = np.ndarray
NUMBERS = st.floats(-100, 100, allow_subnormal=False)


def sets(rows: int = 8, columns: int = 3) -> st.SearchStrategy[Floats]:
    return st.integers(1, rows).flatmap(lambda n: arrays.arrays(np.float64, (n, columns), elements=NUMBERS))


def normal(seed: int, prompts: int, n: int, m: int, shift: float = 0.0, size: int = 4) -> list[tuple[Floats, Floats]]:
    random = np.random.default_rng(seed)
    means = random.normal(0, 20, (prompts, size))
    return [
        (mean + random.standard_normal((n, size)), mean + shift + random.standard_normal((m, size))) for mean in means
    ]


def energy_distance(x: Floats, y: Floats) -> float:
    weights = np.concatenate([np.full(len(x), 1 / len(x)), np.full(len(y), -1 / len(y))])
    return _energy(pair_distances(np.concatenate([x, y])), weights)


@given(sets(), sets())
def test_energy_is_symmetric_not_negative_and_zero_for_the_same_set(x: Floats, y: Floats) -> None:
    distance = energy_distance(x, y)
    assert distance >= 0
    assert distance == pytest.approx(energy_distance(y, x), abs=1e-9)
    assert energy_distance(x, x[::-1]) == pytest.approx(0, abs=1e-9)
    assert energy_distance(np.tile(x, (2, 1)), x) == pytest.approx(0, abs=1e-9)


@given(sets(), sets(), st.floats(0.1, 10), st.integers(0, 99))
def test_energy_knows_no_origin_and_no_direction(x: Floats, y: Floats, factor: float, seed: int) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    moved = energy_distance(factor * (x @ turn) + 7, factor * (y @ turn) + 7)
    assert moved == pytest.approx(factor * energy_distance(x, y), abs=1e-7)


@settings(deadline=None)  # imports scipy.stats
@given(sets(columns=1), sets(columns=1))
def test_in_one_dimension_it_is_that_of_scipy(x: Floats, y: Floats) -> None:
    assert energy_distance(x, y) == pytest.approx(stats.energy_distance(x[:, 0], y[:, 0]) ** 2, abs=1e-7)


def test_two_points_by_hand() -> None:
    assert energy_distance(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])) == 10.0


def test_alarms_under_the_null_come_at_the_stated_rate() -> None:
    p = np.array([set_test(normal(seed, 3, 5, 4), permutations=99, seed=seed).p for seed in range(600)])
    for alpha in (0.05, 0.2, 0.5):
        # of an exact test the count is binomial; seeds are fixed, so this holds or does not, always alike
        low, high = stats.binom.ppf([1e-4, 1 - 1e-4], 600, alpha)
        assert low <= np.count_nonzero(p <= alpha + 1e-9) <= high
    assert p.min() >= 1 / 100


def test_prompts_may_differ_in_everything_but_the_arm() -> None:
    """Permuting over all images would find the prompts apart; within each prompt there is nothing to find."""
    images = normal(1, 8, 6, 6)
    assert set_test(images).p > 0.05  # type: ignore[operator]
    shifted = [(x, y + 2) for x, y in images]
    found = set_test(shifted)
    assert found.p == 1 / 1000
    assert len(found.strata) == 8


def test_prompts_are_stronger_together() -> None:
    alone, together = (
        sum(set_test(normal(seed, prompts, 5, 5, 0.6), permutations=99).p <= 0.05 for seed in range(60))  # type: ignore[operator]
        for prompts in (1, 8)
    )
    assert together > alone + 20


def test_a_feature_in_small_units_counts_as_much() -> None:
    images = normal(2, 4, 8, 8, 1.0)
    scaled = [(x * [1e-6, 1, 1e3, 1], y * [1e-6, 1, 1e3, 1]) for x, y in images]
    one, other = set_test(images), set_test(scaled)
    assert other.p == one.p
    assert other.strata == pytest.approx(one.strata)


def test_a_feature_that_never_varies_is_left_out() -> None:
    images = normal(3, 4, 6, 6, 0.5)
    wider = [(np.c_[x, np.full(6, 0.1)], np.c_[y, np.full(6, 0.1)]) for x, y in images]
    assert set_test(wider) == set_test(images)


def test_the_same_question_has_the_same_answer() -> None:
    images = normal(4, 3, 6, 6, 0.4)
    assert set_test(images, seed=1) == set_test(images, seed=1)


def test_equal_images_everywhere_are_no_change() -> None:
    same = np.tile([1.5, 2.5], (4, 1))
    found = set_test([(same, same)] * 3)
    assert (found.strata, found.p, found.problem) == ((0.0,) * 3, 1.0, None)


def test_a_service_that_gives_one_image_and_then_another_is_found() -> None:
    one, other = np.tile([1.0, 2.0], (5, 1)), np.tile([1.0, 2.1], (5, 1))
    assert set_test([(one, other)] * 4).p == 1 / 1000


@pytest.mark.parametrize(
    ("strata", "problem"),
    [
        ([], Reason(Code.TEST_NO_PROMPT)),
        ([((3, 2), (0, 2)), ((3, 2), (3, 2))], Reason(Code.TEST_ONE_SIDED, {"count": 1, "of": 2})),
        ([((1, 2), (1, 2))], Reason(Code.TEST_SINGLES)),
    ],
)
def test_what_cannot_be_tested_says_so(strata: list[tuple[tuple[int, int], tuple[int, int]]], problem: Reason) -> None:
    found = set_test([(np.ones(x), np.ones(y)) for x, y in strata])
    assert (found.p, found.problem) == (None, problem)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_a_problem_not_a_p_value(wrong: float) -> None:
    images = normal(5, 2, 3, 3)
    images[1][0][2, 1] = wrong
    found = set_test(images)
    assert (found.p, found.problem) == (None, Reason(Code.TEST_NOT_FINITE, {"count": 1, "of": 2}))


@pytest.mark.parametrize(("x", "y"), [((3, 2), (3, 3)), ((3,), (3,))])
def test_what_is_no_set_of_vectors_of_one_length_is_refused(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one length"):
        set_test([(np.zeros(x), np.zeros(y))])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=4), st.integers(0, 99))
def test_arms_of_any_size_have_a_p_value_above_zero(sizes: list[tuple[int, int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    found = set_test([(random.standard_normal((n, 3)), random.standard_normal((m, 3))) for n, m in sizes])
    if found.p is not None:
        assert 1 / 1000 <= found.p <= 1


def test_the_smallest_p_value() -> None:
    assert smallest_p(10, 10, 999) == 1 / 1000
    assert smallest_p(2, 2, 999) == 1 / 3
    assert smallest_p(2, 3, 999) == 1 / 10
    assert smallest_p(2, 2, 999, prompts=3) == pytest.approx(1 / 27)


def test_many_images_of_one_prompt_do_not_outweigh_many_prompts() -> None:
    random = np.random.default_rng(2)
    alike = [(random.normal(0, 1, (10, 3)), random.normal(0, 1, (10, 3)))]
    apart = [(random.normal(0, 1, (2, 3)), random.normal(9, 1, (2, 3))) for _ in range(12)]
    assert (set_test(alike).p or 0) > 0.5
    assert (set_test(alike + apart).p or 1) <= 0.01


@pytest.mark.parametrize(("n", "m", "d"), [(4, 5, 3), (3, 3, 12), (30, 20, 4)])
def test_features_are_whitened_by_shrunk_correlations(n: int, m: int, d: int) -> None:
    """Ledoit & Wolf 2004, with the identity as the target, worked out image by image."""
    random = np.random.default_rng(d)
    rows = random.normal(0, 1, (n + m, d)) @ random.normal(0, 1, (d, d))
    whole = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    correlation = sum(np.outer(row, row) for row in whole) / (n + m)
    off = np.square(correlation - np.eye(d)).sum()
    noise = sum(np.square(np.outer(row, row) - correlation).sum() for row in whole) / (n + m) ** 2
    share = min(1.0, noise / off)
    values, vectors = np.linalg.eigh((1 - share) * correlation + share * np.eye(d))
    white = whole @ vectors / np.sqrt(values)
    tested = set_test([(rows[:n], rows[n:])], permutations=9)
    assert tested.strata[0] == pytest.approx(energy_distance(white[:n], white[n:]), rel=1e-6)
