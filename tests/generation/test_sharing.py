import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import GenerationRefusedError
from harness.generation import Budget, Failed, Generated
from harness.records import Trial
from tests.generation.conftest import Pen, generate_all, trial


def generated(
    trials: Iterable[Trial], pen: Pen, *, share: bool = True, **more: object
) -> dict[str, Generated | Failed]:
    results = generate_all(trials, {"pen": pen}, share=share, **more)  # type: ignore[arg-type]
    return {f"{r.trial.key}#{r.trial.attempt.index}": r for r in results}


def held(trials: Sequence[Trial], pen: Pen, **more: object) -> dict[str, Generated | Failed]:
    """The same with every generate held back until the last trial is handed over."""

    def all_but_the_last_wait() -> Iterator[Trial]:
        yield from trials[:-1]
        pen.gate.set()
        yield trials[-1]

    pen.gate.clear()
    return generated(all_but_the_last_wait(), pen, **more)


def test_equal_recipes_in_flight_are_generated_once(pen: Pen) -> None:
    results = held([trial(case=f"c{i}") for i in range(20)], pen)
    assert pen.generated["a fox"] == 1
    assert len(results) == 20
    images = [r for r in results.values() if isinstance(r, Generated)]
    assert len({r.generated.data for r in images}) == 1
    assert sorted(r.generated.source for r in images) == ["cache"] * 19 + ["generated"]
    assert sum(r.generated.cost or 0 for r in images) == pytest.approx(0.04)
    assert {r.generated.environment["served_model"] for r in images} == {"m-1"}


def test_a_provider_that_looks_at_the_key_generates_each(pen: Pen) -> None:
    pen.capabilities = replace(pen.capabilities, keyed=True)
    held([trial(case=f"c{i}") for i in range(4)], pen)
    assert pen.generated["a fox"] == 4


def test_unseeded_trials_and_repeats_are_always_generated(pen: Pen) -> None:
    held([trial("unseeded", None, f"c{i}") for i in range(4)], pen)
    held([trial("again", case="c", repeat=i) for i in range(4)], pen)
    held([trial("alone", case=f"c{i}") for i in range(4)], pen, share=False)
    assert pen.generated == {"unseeded": 4, "again": 4, "alone": 4}


def test_a_failed_leader_leaves_its_followers_to_be_generated(pen: Pen) -> None:
    results = held([trial("once lost", case=f"c{i}") for i in range(5)], pen)
    faults = [r for r in results.values() if isinstance(r, Failed)]
    assert len(faults) == 1
    assert pen.generated["once lost"] == 2
    assert len(results) == 5


def test_a_refusal_is_shared_and_never_asked_again(pen: Pen) -> None:
    results = held([trial("refuse this", case=f"c{i}") for i in range(5)], pen)
    assert pen.generated["refuse this"] == 1
    assert all(isinstance(r, Failed) and isinstance(r.fault, GenerationRefusedError) for r in results.values())
    assert len(results) == 5


def test_followers_cost_nothing_of_the_budget() -> None:
    pen = Pen(price=0.04)
    budget = Budget(0.05)
    assert len(held([trial(case=f"c{i}") for i in range(9)], pen, budget=budget)) == 9
    assert budget.spent == pytest.approx(0.04)
    assert not budget.reached


def test_no_image_is_kept_once_it_was_handed_on(pen: Pen) -> None:
    seen = 0
    for result in generate_all((trial(seed=i // 3, case=f"c{i}") for i in range(300)), {"pen": pen}, share=True):
        seen += 1
        if seen % 50 == 0:
            del result
            gc.collect()
            alive = sum(isinstance(thing, Generated) for thing in gc.get_objects())
            assert alive < 16
    assert seen == 300


recipes = st.lists(
    st.tuples(st.sampled_from(["a fox", "a cat", "refuse it"]), st.sampled_from([None, 0, 1]), st.integers(0, 1)),
    max_size=24,
)


@settings(deadline=None)
@given(recipes)
def test_shared_results_equal_unshared_ones(asked: list[tuple[str, int | None, int]]) -> None:
    trials = [trial(words, seed, f"c{i}", repeat) for i, (words, seed, repeat) in enumerate(asked)]
    shared, alone = generated(trials, Pen()), generated(trials, Pen(), share=False)
    assert shared.keys() == alone.keys()
    for name, result in shared.items():
        other = alone[name]
        assert type(result) is type(other)
        if (
            isinstance(result, Generated)
            and isinstance(other, Generated)
            and result.trial.recipe.request.seed is not None
        ):
            assert result.generated.data == other.generated.data
        if isinstance(result, Failed) and isinstance(other, Failed):
            assert str(result.fault) == str(other.fault)
