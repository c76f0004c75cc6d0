import gc
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.draw import Budget, Drawing, Fault, draw_all
from harness.errors import DrawRefused
from harness.records import Trial
from tests.draw.conftest import Pen, trial


def drawn(trials: Iterable[Trial], pen: Pen, *, share: bool = True, **more: object) -> dict[str, Drawing | Fault]:
    results = draw_all(trials, {"pen": pen}, share=share, **more)  # type: ignore[arg-type]
    return {f"{r.trial.key}#{r.trial.repeat}": r for r in results}


def held(trials: Sequence[Trial], pen: Pen, **more: object) -> dict[str, Drawing | Fault]:
    """The same with every draw held back until the last trial is handed over."""

    def all_but_the_last_wait() -> Iterator[Trial]:
        yield from trials[:-1]
        pen.gate.set()
        yield trials[-1]

    pen.gate.clear()
    return drawn(all_but_the_last_wait(), pen, **more)


def test_equal_recipes_in_flight_are_drawn_once(pen: Pen) -> None:
    results = held([trial(case=f"c{i}") for i in range(20)], pen)
    assert pen.drawn["a fox"] == 1
    assert len(results) == 20
    pictures = [r for r in results.values() if isinstance(r, Drawing)]
    assert len({r.drawn.data for r in pictures}) == 1
    assert sorted(r.drawn.source for r in pictures) == ["cache"] * 19 + ["drawn"]
    assert sum(r.drawn.cost or 0 for r in pictures) == pytest.approx(0.04)
    assert {r.drawn.environment["served_model"] for r in pictures} == {"m-1"}


def test_unseeded_trials_and_repeats_are_always_drawn(pen: Pen) -> None:
    held([trial("unseeded", None, f"c{i}") for i in range(4)], pen)
    held([trial("again", case="c", repeat=i) for i in range(4)], pen)
    held([trial("alone", case=f"c{i}") for i in range(4)], pen, share=False)
    assert pen.drawn == {"unseeded": 4, "again": 4, "alone": 4}


def test_a_failed_leader_leaves_its_followers_to_be_drawn(pen: Pen) -> None:
    results = held([trial("once lost", case=f"c{i}") for i in range(5)], pen)
    faults = [r for r in results.values() if isinstance(r, Fault)]
    assert len(faults) == 1
    assert pen.drawn["once lost"] == 2
    assert len(results) == 5


def test_a_refusal_is_shared_and_never_asked_again(pen: Pen) -> None:
    results = held([trial("refuse this", case=f"c{i}") for i in range(5)], pen)
    assert pen.drawn["refuse this"] == 1
    assert all(isinstance(r, Fault) and isinstance(r.fault, DrawRefused) for r in results.values())
    assert len(results) == 5


def test_followers_cost_nothing_of_the_budget() -> None:
    pen = Pen(price=0.04)
    budget = Budget(0.05)
    assert len(held([trial(case=f"c{i}") for i in range(9)], pen, budget=budget)) == 9
    assert budget.spent == pytest.approx(0.04)
    assert not budget.reached


def test_no_picture_is_kept_once_it_was_handed_on(pen: Pen) -> None:
    seen = 0
    for result in draw_all((trial(seed=i // 3, case=f"c{i}") for i in range(300)), {"pen": pen}, share=True):
        seen += 1
        if seen % 50 == 0:
            del result
            gc.collect()
            alive = sum(isinstance(thing, Drawing) for thing in gc.get_objects())
            assert alive < 16
    assert seen == 300


recipes = st.lists(
    st.tuples(st.sampled_from(["a fox", "a cat", "refuse it"]), st.sampled_from([None, 0, 1]), st.integers(0, 1)),
    max_size=24,
)


@given(recipes)
def test_shared_results_equal_unshared_ones(asked: list[tuple[str, int | None, int]]) -> None:
    trials = [trial(words, seed, f"c{i}", repeat) for i, (words, seed, repeat) in enumerate(asked)]
    shared, alone = drawn(trials, Pen()), drawn(trials, Pen(), share=False)
    assert shared.keys() == alone.keys()
    for name, result in shared.items():
        other = alone[name]
        assert type(result) is type(other)
        if isinstance(result, Drawing) and isinstance(other, Drawing) and result.trial.recipe.request.seed is not None:
            assert result.drawn.data == other.drawn.data
        if isinstance(result, Fault) and isinstance(other, Fault):
            assert str(result.fault) == str(other.fault)
