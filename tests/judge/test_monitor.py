"""The evidence of a monitor: valid at any time, and it finds what changed and when."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge import (
    APPEARANCE,
    Ranks,
    appearance_scores,
    epoch_alpha,
    log_wealth,
    monitor_streams,
    rank_p,
)
from harness.judge.monitor import JUMP, log_bets, stream_weights


def test_each_bet_is_a_density() -> None:
    p = (np.arange(1_000_000) + 0.5) / 1_000_000
    assert np.exp(log_bets(p)).mean(axis=1) == pytest.approx(1, abs=2e-3)


def test_the_wealth_is_that_of_the_formula() -> None:
    values = [0.01, 0.4, 0.97]
    bets = np.exp(log_bets(np.array(values)))
    capital = np.full(len(bets), 1 / len(bets))
    for index, expected in enumerate(log_wealth(np.array(values))):
        capital = ((1 - JUMP) * capital + JUMP * capital.sum() / len(bets)) * bets[:, index]
        assert math.log(capital.sum()) == pytest.approx(expected)


def test_false_alarms_over_a_life_stay_below_the_rate() -> None:
    curves = log_wealth(np.random.default_rng(1).random((2000, 400)))
    assert (curves.max(axis=1) >= math.log(1 / 0.1)).mean() <= 0.1


def test_ranks_of_exchangeable_scores_are_uniform_and_independent() -> None:
    random = np.random.default_rng(2)
    p = np.array(
        [
            [rank_p(x[: t + 1], random.random()) for t in range(12)]
            for x in random.integers(0, 3, (3000, 12)).astype(float)
        ]
    )
    assert p.mean(axis=0) == pytest.approx(np.full(12, 0.5), abs=0.03)
    assert np.abs(np.corrcoef(p.T) - np.eye(12)).max() < 0.08


def test_equal_scores_are_no_evidence() -> None:
    random = np.random.default_rng(3)
    p = [rank_p([1.0] * (t + 1), random.random()) for t in range(300)]
    assert log_wealth(np.array(p)).max() < math.log(100)
    assert rank_p([1.0, 1.0, 1.0, 2.0], 0.5) == pytest.approx(0.125)


@given(st.integers(2, 12), st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_the_order_of_other_images_does_not_matter(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors, order = random.normal(size=(count, 5)), random.permutation(count)
    assert appearance_scores(vectors[order]) == pytest.approx(appearance_scores(vectors)[order], abs=2e-9)


def test_images_that_are_all_equal_are_no_distance_apart() -> None:
    assert not appearance_scores(np.ones((4, 3))).any()
    assert not appearance_scores(np.ones((1, 3))).any()


def test_the_rate_is_shared_and_never_exceeded() -> None:
    assert sum(stream_weights(["a", "b", "c"]).values()) == pytest.approx(1)
    assert sum(epoch_alpha(0.01, number) for number in range(1, 10_000)) <= 0.01


def changed(night: int, prompts: tuple[str, ...] = ("a", "b")) -> list[Ranks]:
    """60 nights of three prompts; from ``night`` on the appearance of some ranks high."""
    random = np.random.default_rng(5)
    return [
        Ranks(n, prompt, {APPEARANCE: random.random() * (0.05 if n >= night and prompt in prompts else 1)})
        for n in range(1, 61)
        for prompt in ("a", "b", "c")
    ]


def test_a_change_is_found_dated_and_placed() -> None:
    found = monitor_streams(changed(30), ["a", "b", "c"], 0.005)
    first = next(one for one in found if not one.prompt)
    assert first.alarm is not None
    assert first.since is not None
    assert first.earliest is not None
    assert first.latest is not None
    assert 30 <= first.alarm <= 36
    assert first.earliest <= 30 <= first.latest
    assert abs(first.since - 30) <= 2
    assert first.direction == "higher"
    assert set(list(first.prompts)[:2]) == {"a", "b"}
    assert not [one for one in found if one.prompt == "c" and one.alarm is not None]


def test_nothing_that_changed_is_no_alarm() -> None:
    assert not [one for one in monitor_streams(changed(99), ["a", "b", "c"], 0.005) if one.alarm is not None]
    assert monitor_streams([], ["a"], 0.005) == ()


def test_an_alarm_stays() -> None:
    random = np.random.default_rng(6)
    calm = [Ranks(n, "a", {APPEARANCE: random.random()}) for n in range(61, 400)]
    before, after = (monitor_streams([*changed(30), *more], ["a", "b", "c"], 0.005)[0] for more in ([], calm))
    assert after.alarm == before.alarm
    assert after.log_e < after.highest
