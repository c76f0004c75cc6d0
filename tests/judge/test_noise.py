import math
import warnings
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge import (
    CONFIRMATIONS,
    EARLIER_SCALES,
    SCALES,
    Noise,
    enough_repeats,
    exceeds,
    judge,
    needed_repeats,
    noise_of,
    read_floor,
    unconfirmed,
)
from harness.judge.noise import FAR, needed_by_ranks, p_all_identical
from harness.records import (
    Comparison,
    Confirmation,
    Difference,
    FloorReading,
    Measurement,
    Reason,
    Rule,
    from_json,
    to_json,
)
from harness.vocabulary import Code, Part
from tests.judge.evidences import codes, evidence, reference

SCORES = {"a": [0.5, 0.6, 0.7, 0.4, 0.55], "b": [1.0, 1.2, 0.9, 1.1, 1.05], "c": [0.2, 0.25, 0.22, 0.21, 0.3]}


def panel(block: float | None, color: float | None) -> Comparison:
    made = {"pixels_equal": Measurement(False), "max_abs": Measurement(9), "mae": Measurement(1.0)}
    for name, value in (
        ("ssim_block_min", block),
        ("delta_e", color),
        ("delta_e_block_max", 0.1),
        ("spectrum_peak", 8.0),
    ):
        made[name] = Measurement(absent="sizes differ") if value is None else Measurement(value)
    return Comparison(made)


def test_a_noise_survives_the_manifest() -> None:
    for noise in noise_of({**SCORES, "same": [0.0, 0.0, 0.0], "one": [0.3]}).values():
        assert from_json(Noise, to_json(noise)) == noise


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        ([0.3], Code.FLOOR_NO_SPREAD),
        ([], Code.FLOOR_NO_SPREAD),
        ([math.nan, 0.4, 0.5], Code.FLOOR_UNMEASURED),
    ],
)
def test_what_shows_no_spread_has_no_limit_and_says_what_would_do(scores: list[float], problem: Code) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        floor = noise_of({"a": scores, "b": SCORES["b"]})["a"].floor(0.001)
    assert floor.limit is None
    assert floor.problem is not None
    assert floor.problem.code == problem
    # more repeats are no hint for one that has no score, nor do ranks pass over it
    assert floor.needed == (None if problem == Code.FLOOR_UNMEASURED else needed_by_ranks(0.001, 1 + CONFIRMATIONS))
    assert noise_of({"a": scores})["a"].floor(0.1).limit is None


def test_identical_repeats_leave_no_room() -> None:
    floor = noise_of({"a": [0.0] * 10})["a"].floor(0.001)
    assert (floor.limit, floor.method) == (0.0, "identical")


def test_too_few_equal_repeats_prove_no_rate() -> None:
    # a rare second image: five equal repeats, then three others in a row, once in 199 times
    floor = noise_of({"a": [0.0] * 5})["a"].floor(0.001)
    assert (floor.limit, floor.needed) == (None, 10)
    assert floor.problem == Reason(Code.FLOOR_FEW_EQUAL, {"repeats": 5, "alpha": 0.001})
    assert noise_of({"a": [0.0] * 5})["a"].floor(1 / 198).limit == 0.0


@given(st.integers(2, 40), st.integers(1, 4), st.floats(0, 1))
def test_equal_repeats_and_then_others_are_no_likelier_than_said(n: int, generations: int, share: float) -> None:
    assert share**n * (1 - share) ** generations <= p_all_identical(n, generations) * (1 + 1e-9)


def test_modes_are_judged_by_ranks_where_the_repeats_and_confirmations_suffice() -> None:
    [noise] = noise_of({"a": [0.0] * 8 + [1.5] * 2}).values()
    assert noise.method == "modes"
    # the first and two confirmations above the largest of ten: 1 in C(13, 3) = 286
    assert noise.floor(1 / 286).method == "ranks"
    short = noise.floor(1 / 287)
    assert (short.limit, short.needed) == (None, 11)


@given(st.integers(2, 60), st.integers(1, 4))
def test_ranks_need_no_more_repeats_than_they_must(n: int, generations: int) -> None:
    assert needed_by_ranks(1 / math.comb(n + generations, generations), generations) == n


@settings(deadline=None)  # imports scipy
@given(st.floats(1e-6, 0.2))
def test_each_form_of_noise_has_a_limit_with_enough_repeats_and_one_has_none_with_fewer(alpha: float) -> None:
    def limits(n: int) -> list[float | None]:
        forms = (
            [0.0] * n,
            [0.1 * (index + 1) for index in range(n)],
            [0.1, 0.1, *(0.2 + index for index in range(n - 2))],
        )
        return [noise_of({"a": list(scores)})["a"].floor(alpha).limit for scores in forms]

    n = enough_repeats(alpha)
    assert None not in limits(n)
    if n > 4:
        assert None in limits(n - 1)


@pytest.mark.parametrize("alpha", [1e-6, 1e-10])
def test_a_rate_that_few_repeats_cannot_keep_says_how_many_would(alpha: float) -> None:
    for noise in noise_of({"a": [0.1, 0.2, 0.3], "modes": [0.0, 0.0, 1.0]}).values():
        floor = noise.floor(alpha)
        assert floor.limit is None
        assert floor.needed is not None
        assert floor.needed > 3


ONE = Reason(Code.FLOOR_NO_SPREAD, {"repeats": 1})
DOWN = Reason(Code.ERROR, {"problem": "the service is down", "hint": ""})


def floor_of(
    score: float | None, *confirmations: float | None, asked: int = 2, limit: float | None = 1.0
) -> FloorReading:
    made = tuple(Confirmation(one, problem=None if one is not None else DOWN) for one in confirmations)
    return FloorReading(score, limit, 0.01, 10, asked=asked, confirmations=made, problem=None if limit else ONE)


@pytest.mark.parametrize(
    ("floor", "verdict", "expected"),
    [
        (floor_of(0.5), "benign", [Code.FLOOR_WITHIN]),
        (floor_of(1.5), "inconclusive", [Code.FLOOR_ABOVE, Code.FLOOR_UNCONFIRMED]),
        (floor_of(1.5, 1.7), "inconclusive", [Code.FLOOR_ABOVE, Code.FLOOR_UNCONFIRMED]),
        (floor_of(1.5, 1.7, 1.2), "drift", [Code.SERVICE_CHANGED, Code.FLOOR_ABOVE, Code.FLOOR_CONFIRMED]),
        (floor_of(1.5, 0.7), "benign", [Code.FLOOR_WITHIN_AGAIN]),
        (floor_of(1.5, None), "inconclusive", [Code.FLOOR_ABOVE, Code.FLOOR_UNCONFIRMED, Code.ERROR]),
        (floor_of(1.5, asked=0), "drift", [Code.SERVICE_CHANGED, Code.FLOOR_ABOVE, Code.FLOOR_NOT_REPEATED]),
        (floor_of(0.5, limit=None), "inconclusive", [Code.FLOOR_NO_LIMIT, Code.FLOOR_NO_SPREAD]),
        (floor_of(None), "inconclusive", [Code.FLOOR_NO_SCORE]),
        (None, "inconclusive", [Code.FLOOR_MISSING]),
    ],
)
def test_a_drift_is_called_when_every_confirmation_exceeds_the_limit(
    floor: FloorReading | None, verdict: str, expected: list[Code]
) -> None:
    held = replace(reference(panel(0.8, 3.0)), floor=floor)
    outcome = judge(evidence(None, Rule("calibrated"), references=(held,)))
    assert outcome.verdict == verdict
    assert codes(outcome) == expected


def ruled(floor: FloorReading) -> tuple[list[Code], list[Code]]:
    """The codes of the reasons and of the warnings."""
    held = replace(reference(panel(0.8, 3.0)), floor=floor)
    outcome = judge(evidence(None, Rule("calibrated"), references=(held,)))
    return codes(outcome), [warning.code for warning in outcome.warnings]


def test_confirmations_that_repeat_the_first_generation_are_named() -> None:
    one = replace(floor_of(1.5, 1.5, 1.5), single=0.2)
    reasons, warned = ruled(one)
    assert Code.FLOOR_CONFIRMED in reasons
    assert warned == [Code.FLOOR_SAME_AGAIN]
    assert ruled(replace(floor_of(1.5, 1.5, 1.6), single=0.2))[1] == []
    # repeats that are all equal: the service repeats, and so does what it generates now
    assert ruled(replace(one, single=None))[1] == []


@pytest.mark.parametrize("score", [0.5, 2.0])
def test_a_limit_far_above_the_repeats_is_reported(score: float) -> None:
    again = (2.1, 2.2) if score > 1 else ()
    at = replace(floor_of(score, *again), largest=1 / FAR)
    assert Code.FLOOR_FAR not in ruled(at)[1]
    assert Code.FLOOR_FAR in ruled(replace(at, largest=0.99 / FAR))[1]
    assert Code.FLOOR_FAR not in ruled(replace(at, largest=0.0))[1]


def test_the_rate_of_one_generation_is_that_of_its_limit() -> None:
    noise = noise_of({"a": SCORES["a"]})["a"]
    for confirmations in (0, 2):
        reading = read_floor(panel(0.9, 1.0), noise, 0.01, confirmations=confirmations)
        assert reading.single is not None
        assert reading.limit is not None
        assert noise.floor(reading.single, 0).limit == pytest.approx(reading.limit, rel=1e-5)
    modes = noise_of({"a": [0.0] * 8 + [1.5] * 2})["a"]
    assert read_floor(panel(0.9, 1.0), modes, 0.01, confirmations=2).single == 1 / 11
    same = noise_of({"a": [0.0] * 10})["a"]
    assert read_floor(panel(0.9, 1.0), same, 0.01, confirmations=2).single is None


def test_confirmations_are_asked_for_only_while_they_decide() -> None:
    assert [unconfirmed(floor_of(*scores)) for scores in ((0.5,), (1.5,), (1.5, 1.6), (1.5, 0.6), (1.5, 1.6, 1.7))] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert not unconfirmed(floor_of(1.5, asked=0))
    assert not unconfirmed(None)


def test_a_reading_says_how_the_score_compares() -> None:
    numpy = Difference(Part.ENVIRONMENT, "numpy", "2.3", "2.4")
    [noise] = noise_of({"a": SCORES["a"]}).values()
    far = read_floor(panel(1 - SCALES["ssim_block_min"], 1.0), noise, 0.01, confirmations=2, elsewhere=(numpy,))
    assert exceeds(far)
    assert far.score == pytest.approx(1.0)
    assert far.scales == SCALES
    assert (far.n, far.asked, far.elsewhere) == (5, 2, (numpy,))
    assert read_floor(panel(None, 1.0), noise, 0.01).score is None


def test_a_floor_that_was_stored_without_scales_is_read_with_those_of_its_time() -> None:
    [noise] = noise_of({"a": SCORES["a"]}).values()
    stored = to_json(noise)
    del stored["scales"]
    earlier = from_json(Noise, stored)
    assert earlier.scales == EARLIER_SCALES
    before = Comparison({name: panel(0.95, 1.0).measurements[name] for name in ("ssim_block_min", "delta_e")})
    for comparison in (panel(0.95, 1.0), before):
        reading = read_floor(comparison, earlier, 0.01)
        assert (reading.score, reading.scales) == (pytest.approx(0.5), EARLIER_SCALES)
    assert read_floor(before, noise, 0.01).score is None


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan])
def test_a_floor_with_a_scale_that_is_none_is_not_read(scale: float) -> None:
    [noise] = noise_of({"a": SCORES["a"]}).values()
    stored = to_json(noise) | {"scales": {"delta_e": scale}}
    with pytest.raises(ValueError, match="scale"):
        from_json(Noise, stored)


def test_a_case_without_a_spread_lends_none_and_has_numbers_all_the_same() -> None:
    found = noise_of({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 4.0], "once": [1.0], "none": [math.nan, math.nan]})
    assert found["a"].cases == found["b"].cases == 2
    assert (found["none"].mean, found["none"].largest, found["none"].median) == (0.0, 0.0, 0.0)
    assert (found["once"].n, found["once"].mean, found["once"].largest, found["once"].df) == (1, 0.0, 1.0, 0)


def test_what_is_needed_is_the_cheaper_of_a_pooled_limit_and_of_ranks() -> None:
    noise = noise_of({"a": [1.0, 2.0, 3.0]})["a"]
    assert noise.floor(0.001).needed == needed_repeats(0.001, generations=3) < needed_by_ranks(0.001, 1 + CONFIRMATIONS)
