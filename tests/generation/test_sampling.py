"""Samples of a set by one call, in the pool: who is gathered with whom."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import GenerationError
from harness.generation import Budget, Failed, Generated, Limits, Session, generate_in_turn, open_ledger
from harness.provider import Job, Output
from harness.records import Attempt, AttemptKind, Recipe, RunRecord, Trial
from tests.generation.conftest import Pen, Prices, generate_all, png, trial


class Sampler(Pen):
    """A pen that gives several samples by one call; ``calls`` are the indices of each."""

    def __init__(self, most: int, **more: float) -> None:
        super().__init__(concurrency=1, **more)
        self.most = most
        self.calls: list[tuple[str, list[int]]] = []

    def samples_of(self, recipe: Recipe) -> int:
        return self.most

    def generate(self, job: Job) -> Output:
        self.calls.append((job.key.case, [job.attempt.index]))
        return super().generate(job)

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output | GenerationError]:
        self.calls.append((jobs[0].key.case, [job.attempt.index for job in jobs]))
        return [
            GenerationError("pen", "lost") if job.attempt.index == 7 else Output(png(job.attempt.index), cost=0.01)
            for job in jobs
        ]


def samples(count: int, case: str = "c", seed: int | None = None) -> list[Trial]:
    one = trial(seed=seed, case=case)
    return [replace(one, attempt=Attempt(AttemptKind.SAMPLE, index)) for index in range(count)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sets=st.lists(st.integers(1, 9), min_size=1, max_size=4), most=st.integers(1, 5))
def test_each_call_has_samples_of_one_set_in_order(sets: list[int], most: int) -> None:
    pen = Sampler(most)
    trials = [one for at, count in enumerate(sets) for one in samples(count, f"c{at}")]
    results = list(generate_all(trials, {"pen": pen}))
    assert len(results) == len(trials)
    for at, count in enumerate(sets):
        calls = [indices for case, indices in pen.calls if case == f"c{at}"]
        assert [index for indices in calls for index in indices] == list(range(count))
        assert [len(indices) for indices in calls] == [most] * (count // most) + [count % most] * (count % most > 0)


def test_only_samples_are_gathered() -> None:
    pen = Sampler(4)
    others = [trial(seed=None, case=f"k{at}", repeat=at) for at in range(3)]
    list(generate_all([*samples(2, "seeded", seed=3), *others], {"pen": pen}))
    assert [len(indices) for _, indices in pen.calls] == [1] * 5


def test_one_lost_sample_fails_alone() -> None:
    results = list(generate_all(samples(9), {"pen": Sampler(9)}))
    assert sum(isinstance(one, Generated) for one in results) == 8
    (lost,) = [one for one in results if isinstance(one, Failed)]
    assert lost.trial.attempt.index == 7


def test_sets_of_arms_in_turn_are_gathered_each(tmp_path: Path) -> None:
    pen = Sampler(3)
    limits = Limits(Budget(None))
    ran = RunRecord("r", ("s.yaml",), "t", "0")
    with open_ledger(ran, tmp_path / "a") as one, open_ledger(ran, tmp_path / "b") as other:
        arms = [Session(ledger, {"pen": pen}, Prices({"pen": pen}, None), limits) for ledger in (one, other)]
        turns = [(arm, sample) for sample in samples(6) for arm in arms]
        came = list(generate_in_turn(turns))
    assert sorted(indices for _, indices in pen.calls) == [[0, 1, 2]] * 2 + [[3, 4, 5]] * 2
    assert [sum(session is arm for session, _ in came) for arm in arms] == [6, 6]


@pytest.mark.parametrize("budget", [0.1, 0.35, 1.0])
def test_a_budget_counts_every_sample_of_a_call(budget: float) -> None:
    pen = Sampler(4, price=0.1)
    results = list(generate_all(samples(8), {"pen": pen}, budget=Budget(budget)))
    assert len(pen.calls[0][1]) == min(4, int(budget / 0.1))
    assert len(results) == (8 if budget == 1.0 else int(budget / 0.1))
