import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import polygamma

from harness.judge import CONFIRMATIONS, SCALES, Floor, needed_repeats, noise_of, score, unmeasured
from harness.judge.floor import FINEST, STRETCH, K, _trigamma_inverse
from harness.records import Reason
from harness.vocabulary import Code
from tests.judge.evidences import panel


def limits(scores: Mapping[K, Sequence[float]], alpha: float) -> dict[K, Floor]:
    """The limits of single generations, which nothing confirms."""
    return {case: noise.floor(alpha, 0) for case, noise in noise_of(scores).items()}


@pytest.mark.parametrize(
    ("cases", "n", "alpha", "rounds"), [(12, 5, 0.01, 1500), (26, 12, 0.05, 400), (1, 6, 0.05, 3000)]
)
def test_a_generation_and_its_confirmations_all_exceed_the_limit_at_the_stated_rate(
    cases: int, n: int, alpha: float, rounds: int
) -> None:
    """Not less often either: a limit that is wider than stated finds less."""
    alarms = trials = 0
    random = np.random.default_rng(11)
    for _ in range(rounds):
        repeats = np.exp(0.4 * random.standard_normal((cases, n)))
        again = np.exp(0.4 * random.standard_normal((cases, 1 + CONFIRMATIONS))).min(axis=1)
        for case, noise in noise_of(dict(enumerate(repeats.tolist()))).items():
            floor = noise.floor(alpha)
            trials += 1
            alarms += floor.limit is not None and again[case] > floor.limit
    interval = stats.binomtest(alarms, trials).proportion_ci(0.999)
    assert interval.low <= alpha <= interval.high


def lognormal(seed: int, cases: int, n: int, spread: float = 0.4) -> tuple[dict[int, list[float]], np.ndarray]:
    """Scores of n repeats of each case, and one repeat more."""
    random = np.random.default_rng(seed)
    median = random.normal(-1, 1, cases)
    many = np.exp(median[:, None] + spread * random.standard_normal((cases, n + 1)))
    return {case: row[:n].tolist() for case, row in enumerate(many)}, many[:, n]


@pytest.mark.parametrize(
    ("cases", "n", "alpha", "rounds"), [(10, 5, 0.01, 1500), (3, 4, 0.05, 2500), (1, 20, 0.05, 2500)]
)
def test_one_repeat_more_is_above_its_limit_at_the_stated_rate(cases: int, n: int, alpha: float, rounds: int) -> None:
    alarms = trials = 0
    for seed in range(rounds):
        scores, more = lognormal(seed, cases, n)
        for case, floor in limits(scores, alpha).items():
            assert floor.limit is not None or floor.method == "wide"
            trials += 1
            alarms += floor.limit is not None and more[case] > floor.limit
    interval = stats.binomtest(alarms, trials).proportion_ci(0.999)
    assert interval.low <= alpha <= interval.high


def test_the_limit_by_hand() -> None:
    values = {"a": [0.1, 0.2, 0.4], "b": [1.0, 2.0, 3.0, 5.0]}
    logs = {case: np.log(row) for case, row in values.items()}
    spread = math.sqrt(sum(((row - row.mean()) ** 2).sum() for row in logs.values()) / 5)
    found, noises = limits(values, 0.05), noise_of(values)
    for case, row in logs.items():
        limit = math.exp(row.mean() + stats.t.ppf(0.95, 5) * spread * math.sqrt(1 + 1 / len(row)))
        assert found[case] == Floor(pytest.approx(limit), 0.05, "pooled")
        assert (noises[case].spread, noises[case].df) == (pytest.approx(spread), 5)


def test_identical_repeats_have_the_limit_zero() -> None:
    scores = {"c": [0.0, 0.0, 0.0], "noisy": [0.1, 0.2, 0.3]}
    assert limits(scores, 0.2)["c"] == Floor(0.0, 0.2, "identical")
    assert noise_of(scores)["noisy"].df == 2


def test_repeats_that_are_always_equally_far_have_that_limit_and_meet_it() -> None:
    """The first image of a process differs from all later ones, which are alike."""
    for value in (0.3, 1 / 3, 7.1e-2):
        floor = limits({"c": [value] * 4}, 0.1)["c"]
        assert floor.limit == pytest.approx(value)
        assert floor.limit >= value  # type: ignore[operator]
        assert floor.method == "identical"


def test_what_is_below_the_finest_score_is_no_noise_and_no_zero() -> None:
    floor = limits({"c": [0.0, 2e-4, 0.0, 7e-4]}, 0.1)["c"]
    assert (floor.limit, floor.method) == (pytest.approx(FINEST), "identical")


def test_modes_are_judged_by_rank_or_not_at_all() -> None:
    modes = [0.0, 0.0, 0.8, 0.0, 0.0, 0.8]
    floor = limits({"c": modes, "noisy": [0.1, 0.2, 0.3]}, 0.05)["c"]
    assert floor.limit is None
    assert floor.problem == Reason(Code.FLOOR_FEW, {"repeats": 6, "alpha": 0.05})
    assert floor.needed == 19
    enough = limits({"c": [0.0] * 14 + [0.8] * 5}, 0.05)["c"]
    assert (enough.limit, enough.problem, enough.method) == (pytest.approx(0.8), None, "ranks")


def test_modes_do_not_widen_the_limits_of_the_others() -> None:
    scores, _ = lognormal(1, 5, 5)
    alone = limits(scores, 0.01)
    together = limits(scores | {9: [0.0, 3.0, 3.0, 0.0, 0.0]}, 0.01)
    assert {case: together[case] for case in scores} == alone


def test_a_case_spread_more_than_the_others_has_its_own_limit() -> None:
    scores, _ = lognormal(2, 20, 8, 0.1)
    wild = np.exp(2 * np.random.default_rng(3).standard_normal(8)).tolist()
    found = noise_of(scores | {"wild": wild})
    assert (found["wild"].method, found["wild"].df) == ("wide", 7)
    assert found["wild"].spread > 1
    assert found[0] == noise_of(scores)[0]


def test_cases_of_unlike_spread_have_nearly_the_same_rate() -> None:
    """Pooled without regard, the six noisy cases would be above their limit 10 % of the time, the quiet ones never."""
    spreads = np.repeat([0.2, 0.5], 6)
    alarms = np.zeros(12)
    for seed in range(400):
        many = np.exp(spreads[:, None] * np.random.default_rng(seed).standard_normal((12, 9)))
        found = limits(dict(enumerate(many[:, :8].tolist())), 0.05)
        alarms += [many[case, 8] > (found[case].limit or np.inf) for case in range(12)]
    quiet, noisy = alarms[:6].sum() / 2400, alarms[6:].sum() / 2400
    assert 0.015 < quiet < noisy < 0.085


def test_cases_of_like_spread_share_it() -> None:
    shared = noise_of({c: [1.0, 2.0 + c / 1000, 4.0] for c in range(5)})
    assert {floor.df for floor in shared.values()} == {10}
    assert len({floor.spread for floor in shared.values()}) == 1


@given(st.floats(1e-9, 1e4))
def test_the_inverse_of_the_trigamma_function(value: float) -> None:
    assert polygamma(1, _trigamma_inverse(value)) == pytest.approx(value, rel=1e-6)


def test_what_is_needed_is_more_than_there_is() -> None:
    for n in (2, 3, 5):
        values = {c: np.exp((0.01 + c) * np.random.default_rng(c).standard_normal(n)).tolist() for c in range(6)}
        for floor in limits(values, 1e-6).values():
            assert floor.limit is not None or (floor.needed or 0) > n


def test_too_few_repeats_say_how_many_would_do() -> None:
    floor = limits({"c": [0.1, 0.2]}, 0.001)["c"]
    assert floor.limit is None
    assert floor.problem == Reason(Code.FLOOR_FEW, {"repeats": 2, "alpha": 0.001})
    scores, _ = lognormal(4, 1, floor.needed or 0)
    assert limits(scores, 0.001)[0].limit is not None


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], Reason(Code.FLOOR_NO_SPREAD, {"repeats": 0})),
        ([0.3], Reason(Code.FLOOR_NO_SPREAD, {"repeats": 1})),
        ([0.1, math.nan, 0.2], Reason(Code.FLOOR_UNMEASURED, {"count": 1, "repeats": 3})),
        ([math.inf, math.nan], Reason(Code.FLOOR_UNMEASURED, {"count": 2, "repeats": 2})),
        ([-0.1, 0.2], Reason(Code.FLOOR_UNMEASURED, {"count": 1, "repeats": 2})),
    ],
)
def test_bad_scores_have_no_limit_and_say_why(values: list[float], problem: Reason) -> None:
    good, _ = lognormal(5, 4, 6)
    found = limits({**good, "bad": values}, 0.01)
    assert (found["bad"].limit, found["bad"].problem) == (None, problem)
    assert {case: found[case] for case in good} == limits(good, 0.01)


def test_scores_as_far_apart_as_floats_go_are_no_overflow() -> None:
    floor = limits({"c": [1e-300, 1e300, 1.0, 2.0, 5e250, 3.0, 7e200, 4.0]}, 0.001)["c"]
    assert (floor.limit, floor.needed) == (None, 999)
    assert limits({}, 0.05) == {}


def test_ten_thousand_cases_of_any_size() -> None:
    random = np.random.default_rng(6)
    scores = {case: np.exp(random.standard_normal(2 + case % 5)).tolist() for case in range(10_000)}
    found = noise_of(scores)
    assert list(found) == list(scores)
    assert found[0].df == sum(len(values) - 1 for values in scores.values())
    assert found[4].floor(0.05 / 10_000, 0).limit is not None


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 9), st.lists(st.one_of(st.floats(0, 50), st.floats()), max_size=6), max_size=6),
    st.sampled_from([0.2, 0.05, 0.001]),
)
@example({0: [0.0, 0.0, 0.0, 1.7976931330646226e308]}, 0.2)
def test_every_case_has_a_limit_or_a_reason(scores: dict[int, list[float]], alpha: float) -> None:
    noises = noise_of(scores)
    assert set(noises) == set(scores)
    for case, noise in noises.items():
        assert noise.n == len(scores[case])
        floor = noise.floor(alpha, 0)
        assert (floor.limit is None) == (floor.problem is not None)
        assert floor.limit is None or (math.isfinite(floor.limit) and floor.limit >= 0)


def test_repeats_needed() -> None:
    assert [needed_repeats(0.001, cases) for cases in (1, 2, 50)] == [6, 4, 2]
    for alpha in (0.05, 0.001, 1e-5):
        n = needed_repeats(alpha)
        limit = STRETCH * stats.norm.isf(alpha)
        assert stats.t.isf(alpha, n - 1) <= limit
        assert n == 2 or stats.t.isf(alpha, n - 2) > limit


def test_the_score_is_the_measure_furthest_from_its_scale() -> None:
    near = {"ssim_block_min": 1.0, "delta_e": 0.0, "delta_e_block_max": 0.0, "spectrum_peak": 0.0}
    for name, scale in SCALES.items():
        value = 1 - 2 * scale if name == "ssim_block_min" else 2 * scale
        assert score(panel(pixels_equal=False, **near | {name: value})) == pytest.approx(2)
    assert score(panel(pixels_equal=False, **near)) == 0
    assert score(panel(pixels_equal=True, ssim_block_min="too small", delta_e=0.0)) == 0.0


@pytest.mark.parametrize("wrong", ["the sizes differ", math.nan, math.inf])
def test_a_score_of_what_was_not_measured_is_absent(wrong: float | str) -> None:
    right = {"ssim_block_min": 0.9, "delta_e": 0.1, "delta_e_block_max": 0.1, "spectrum_peak": 8.0}
    assert unmeasured(panel(pixels_equal=False, **right)) == ""
    for name in right:
        assert score(panel(pixels_equal=False, **right | {name: wrong})) is None
        # recorded before the metric existed: missing is not 0
        before = panel(pixels_equal=False, **{other: value for other, value in right.items() if other != name})
        assert score(before) is None
        assert name in unmeasured(before)


@pytest.mark.parametrize("n", [3, 4, 9])
def test_a_case_is_wide_beyond_the_quantile_of_f(n: int) -> None:
    """Of two cases, at a thousandth divided by their number."""
    quantile = stats.f.ppf(1 - 0.001 / 2, n - 1, n - 1)
    steps = np.linspace(-1, 1, n)
    for factor, method in ((1.01, "wide"), (0.99, "pooled")):
        spread = math.sqrt(quantile * factor)
        scores = {"calm": np.exp(0.1 * steps).tolist(), "wild": np.exp(0.1 * spread * steps).tolist()}
        found = noise_of(scores)
        assert (found["wild"].method, found["calm"].method) == (method, "pooled")


def test_a_wide_case_may_have_the_freedom_of_all_the_others() -> None:
    steps = {n: np.linspace(-1, 1, n) for n in (4, 7)}
    scores = {"a": np.exp(0.1 * steps[4]).tolist(), "b": np.exp(0.11 * steps[4]).tolist()}
    found = noise_of(scores | {"wild": np.exp(4 * steps[7]).tolist()})
    assert [(found[case].method, found[case].df) for case in ("a", "b", "wild")] == [
        ("pooled", 6),
        ("pooled", 6),
        ("wide", 6),
    ]
