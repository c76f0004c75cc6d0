"""Choosing trials: by case, tag and shard; a plan holds no trials."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.records import TrialKey
from harness.suite import Plan, shard_of

SUITE = """\
suite: s
provider: painter
defaults: {seeds: 0..9}
cases:
  - {id: two-circles, prompt: x, tags: [count, fast]}
  - {id: two-squares, prompt: y, tags: [count]}
  - {id: house, prompt: z, drift: set, samples: 4}
"""


def cases(plan: Plan) -> set[str]:
    return {key.case for key in plan.keys()}  # noqa: SIM118


def test_by_case(plan: Callable[..., Plan]) -> None:
    whole = plan(SUITE)
    assert cases(whole.select(cases=["two-*"])) == {"two-circles", "two-squares"}
    assert cases(whole.select(cases=["s/house", "*-squares"])) == {"house", "two-squares"}
    with pytest.raises(UsageError, match=r"no case matches --case 'hause'") as caught:
        whole.select(cases=["hause"])
    assert caught.value.hint == "did you mean `house`?"


def test_by_tag(plan: Callable[..., Plan]) -> None:
    whole = plan(SUITE)
    assert cases(whole.select(tags=["fast"])) == {"two-circles"}
    assert whole.select(tags=["count"], cases=["*-squares"]).count() == 10
    with pytest.raises(UsageError, match="no case has --tag 'coutn'") as caught:
        whole.select(tags=["coutn"])
    assert caught.value.hint == "did you mean `count`?"


def test_unused_providers_are_dropped(plan: Callable[..., Plan]) -> None:
    text = SUITE + "  - {id: other, prompt: x, provider: mine}\nproviders: {mine: {kind: command}}\n"
    assert list(plan(text).providers) == ["painter", "mine"]
    assert list(plan(text).select(cases=["house"]).providers) == ["painter"]


@pytest.mark.parametrize("shards", [1, 3, 7])
def test_shards_part_the_trials(plan: Callable[..., Plan], shards: int) -> None:
    whole = plan(SUITE)
    parts = [whole.select(shard=(index, shards)) for index in range(1, shards + 1)]
    generated = [(trial.key, trial.attempt) for part in parts for trial in part.trials(2)]
    assert sorted(generated, key=str) == sorted(((trial.key, trial.attempt) for trial in whole.trials(2)), key=str)
    assert [part.count(2) for part in parts] == [sum(1 for _ in part.trials(2)) for part in parts]


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0)])
def test_a_shard_that_does_not_exist(plan: Callable[..., Plan], shard: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        plan(SUITE).select(shard=shard)


@given(st.integers(0, 2**64 - 1), st.integers(1, 50))
@settings(deadline=None)
def test_a_key_has_one_shard(seed: int, shards: int) -> None:
    assert 1 <= shard_of(TrialKey("s", "a", "base", seed), shards) <= shards


def test_the_shard_of_a_key_never_changes() -> None:
    code = (
        "from harness.suite import shard_of; from harness.records import TrialKey;"
        "print([shard_of(TrialKey('s', 'a', 'base', seed), 4) for seed in range(12)])"
    )
    command = [sys.executable, "-c", code]
    outputs = [
        subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": salt}).stdout
        for salt in ("1", "2")
    ]
    assert outputs == ["[4, 4, 2, 4, 2, 4, 1, 2, 2, 1, 4, 3]\n"] * 2


def test_twenty_thousand_trials_take_no_room(plan: Callable[..., Plan]) -> None:
    whole = plan(SUITE.replace("0..9", "0..9999"))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        assert whole.count() == 20_004
        assert sum(1 for _ in whole.trials()) == 20_004
        assert tracemalloc.get_traced_memory()[1] - before < 1_000_000
    finally:
        tracemalloc.stop()
