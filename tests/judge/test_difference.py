from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import differences, environment_differences
from harness.records import Difference, InputImage, Recipe, Request, Subject
from harness.vocabulary import Part
from tests.judge.evidences import recipe


def found(*pair: object) -> list[tuple[str, Any, Any]]:
    return [(f"{d.part}.{d.path}", d.before, d.after) for d in differences(*pair)]  # type: ignore[arg-type]


def listed(old: list[Any], new: list[Any]) -> list[tuple[str, Any, Any]]:
    return [(d.path, d.before, d.after) for d in environment_differences({"argv": old}, {"argv": new})]


def test_nothing_differs() -> None:
    assert found(recipe(steps=4), {"cpu": "a"}, recipe(steps=4), {"cpu": "a"}) == []


def test_each_part_is_named_in_order() -> None:
    old = Recipe(Request("a", seed=1), Subject("p", "painter", "m@1", {"steps": 4}))
    new = Recipe(Request("b", seed=1), Subject("p", "painter", "m@2", {"steps": 4, "style": "flat"}))
    assert found(old, {"torch": "2.1"}, new, {"cpu": {"isa": "AVX2"}}) == [
        ("request.prompt", "a", "b"),
        ("subject.model", "m@1", "m@2"),
        ("subject.settings.style", None, "flat"),
        ("environment.cpu", None, {"isa": "AVX2"}),
        ("environment.torch", "2.1", None),
    ]


def test_input_images_count_by_what_they_show_not_where_they_lie() -> None:
    old, moved, other = (
        Recipe(Request("a", input_image=InputImage(path, digest * 32)), Subject("p", "k"))
        for path, digest in (("a.png", "ab"), ("b.png", "ab"), ("a.png", "cd"))
    )
    assert found(old, {}, moved, {}) == []
    assert found(old, {}, other, {}) == [("request.input_image", "ab" * 32, "cd" * 32)]


@pytest.mark.parametrize("old", [{"request_id": "1"}, {"reply": {"request_id": "1"}}])
def test_what_only_names_the_occasion_is_no_cause(old: dict[str, Any]) -> None:
    assert found(recipe(), old, recipe(), {}) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["sd", "--a", "--b"], ["sd", "--a", "--jitter=1", "--b"], [("argv[2]", None, "--jitter=1")]),
        (["sd", "--a", "--b"], ["sd", "--b"], [("argv[1]", "--a", None)]),
        (["sd", "--a=1", "--b"], ["sd", "--a=2", "--b"], [("argv[1]", "--a=1", "--a=2")]),
        ([{"lora": "x", "weight": 1}], [{"lora": "x", "weight": 2}], [("argv[0].weight", 1, 2)]),
        ([[1, 2]], [[1, 3]], [("argv[0][1]", 2, 3)]),
        ([1], [1, None], [("argv", [1], [1, None])]),
        ([], ["--a"], [("argv[0]", None, "--a")]),
    ],
)
def test_lists_are_compared_element_by_element(old: list[Any], new: list[Any], expected: list[Any]) -> None:
    assert listed(old, new) == expected


VALUES = st.recursive(
    st.none() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
    max_leaves=12,
)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


@given(st.lists(VALUES, max_size=6), st.lists(VALUES, max_size=6))
def test_lists_differ_where_and_only_where_something_is_named(old: list[Any], new: list[Any]) -> None:
    assert bool(listed(old, new)) == (without_nulls(old) != without_nulls(new))


def test_a_process_counts_where_both_sides_know_it() -> None:
    known = {"process": {"cores": 4, "packages": {"torch": "2.8", "numpy": "2.0"}, "variables": {}}}
    later = {"process": {"cores": 2, "packages": {"torch": "2.9", "jax": "1"}, "variables": {"OMP_NUM_THREADS": "1"}}}
    assert environment_differences({}, known) == ()
    assert environment_differences(known, {"gpu": "L40S"}) == (Difference(Part.ENVIRONMENT, "gpu", None, "L40S"),)
    assert {one.path for one in environment_differences(known, later)} == {
        "process.cores", "process.packages.torch", "process.variables.OMP_NUM_THREADS",
    }  # fmt: skip


def test_what_a_server_states_under_the_name_of_a_record_is_a_cause() -> None:
    [batch] = environment_differences({"batch": 1}, {"batch": 4})
    assert (batch.path, batch.before, batch.after) == ("batch", 1, 4)
    [steps] = environment_differences({"steps": 12}, {"steps": 16})
    assert steps.path == "steps"
    assert not environment_differences({"batch": {"size": 1, "position": 0}}, {"batch": {"size": 4, "position": 2}})
