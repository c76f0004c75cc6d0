"""The questions of a prompt: about what its words say, each after what it needs."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.prompt import (
    PromptContradictionError,
    PromptError,
    Questions,
    Scene,
    SceneQuestion,
    TooManyThingsError,
    questions_of,
)
from harness.prompt.scene import SKY
from tests.prompt.test_laws import scenes
from tests.prompt.wordings import paraphrase


def by_name(found: Questions) -> dict[str, SceneQuestion]:
    return {one.name: one for one in found.asked}


def answers(prompt: str, negative: str = "") -> dict[str, str]:
    return {one.name: one.answer for one in questions_of(prompt, negative).asked if one.stated}


def assert_tree(found: Questions) -> None:
    """Names are unique, and what a question needs comes before it."""
    seen: set[str] = set()
    for one in found.asked:
        assert one.name not in seen
        assert seen.issuperset(one.needs)
        seen.add(one.name)


def test_a_thing_is_asked_about_before_its_color_its_number_and_its_relations() -> None:
    found = questions_of("two red circles to the left of a blue square")
    assert_tree(found)
    assert [(one.name, one.kind, one.answer, one.needs) for one in found.asked if one.stated] == [
        ("circle", "present", "yes", ()),
        ("red circle", "present", "yes", ("circle",)),
        ("number of red circles", "count", "2", ("red circle",)),
        ("square", "present", "yes", ()),
        ("blue square", "present", "yes", ("square",)),
        ("number of blue squares", "count", "1", ("blue square",)),
        ("red circles to the left of the blue square", "left_of", "yes", ("red circle", "blue square")),
    ]
    assert found.unread == ()


def test_what_an_interpreter_assumes_is_not_asked() -> None:
    assert answers("a house on hills") == {"house": "yes", "number of houses": "1", "background hills": "yes"}


def test_what_must_not_be_seen_is_asked_with_no() -> None:
    found = answers("a red circle, no green squares", "stars, blue")
    assert {name: answer for name, answer in found.items() if name.startswith("no ")} == {
        "no green square": "no", "no star": "no", "no stars": "no", "no blue": "no",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "name", "bounds"),
    [
        ("three or four green stars", "number of green stars", (3, 4)),
        ("between two and five hearts", "number of hearts", (2, 5)),
        ("red circles", "number of red circles", (2, None)),
        ("a pair of red circles", "number of red circles", (2, 2)),
        ("a red circle and a circle", "number of circles", (2, 2)),
        ("a red circle and a circle", "number of red circles", (1, 2)),
    ],
)
def test_every_number_that_the_words_allow_is_right(prompt: str, name: str, bounds: tuple[int, int | None]) -> None:
    one = by_name(questions_of(prompt))[name]
    assert (one.least, one.most) == bounds


def test_a_choice_of_colors_is_not_asked_but_listed() -> None:
    found = questions_of("a red or blue circle")
    assert "circle" in by_name(found)
    assert not {"red circle", "blue circle"} & by_name(found).keys()
    assert any("circle" in words for words in found.unread)


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ('a sign "OPEN"', ["OPEN"]),
        ("a sign “Coffee Shop” and 'EXIT'", ["Coffee Shop", "EXIT"]),
        ("«Entrée» und „Ausgang“", ["Entrée", "Ausgang"]),
        ("the house's door isn't red", []),
        ('a red circle with the text "two blue squares"', ["two blue squares"]),
        ('a sign "   "', []),
    ],
)
def test_quoted_words_are_texts_and_no_things(prompt: str, texts: list[str]) -> None:
    found = questions_of(prompt)
    assert [one.targets[0] for one in found.asked if one.kind == "text"] == texts
    assert "square" not in by_name(found)


def test_words_that_are_not_understood_are_listed() -> None:
    assert questions_of("a fox before a shop").unread
    assert not questions_of("a fox before a shop").asked
    assert questions_of("a red circle and a wombat").unread == ("wombat",)


def test_what_the_scene_could_not_keep_is_listed() -> None:
    found = questions_of("a red house on hills at night, no green")
    assert not any(one.kind == "background" for one in found.asked)
    assert {"hills", "night"} <= set(found.unread)


def test_a_relation_whose_words_mean_several_things_is_listed_not_asked() -> None:
    found = questions_of("two circles, the first is above the second")
    assert not any(one.kind == "above" for one in found.asked)
    assert any("above" in words for words in found.unread)


@pytest.mark.parametrize(
    ("prompt", "error"),
    [("seven red circles", TooManyThingsError), ("a red circle and no circles", PromptContradictionError)],
)
def test_a_prompt_that_no_image_can_show_has_no_questions(prompt: str, error: type[PromptError]) -> None:
    with pytest.raises(error):
        questions_of(prompt)


@settings(max_examples=60, deadline=None)
@given(scenes(), st.integers(0, 50))
def test_every_thing_of_a_described_scene_is_asked_about(scene: Scene, wording: int) -> None:
    """Law: each group of the scene has questions for its shape, its color and its number, and they form a tree."""
    found = questions_of(paraphrase(scene, wording))
    assert_tree(found)
    names = by_name(found)
    for thing in scene.things:
        assert thing.shape in names
        if thing.shape in SKY:
            continue
        same = sum(other.count for other in scene.things if (other.shape, other.color) == (thing.shape, thing.color))
        [count] = [
            one for one in found.asked if one.kind == "count" and one.targets == (f"{thing.color} {thing.shape}",)
        ]
        assert (count.least, count.most) == (same, same)
    only = names.get("nothing else")
    asked = {one.targets[0] for one in found.asked if one.kind == "absent"}
    for absence in scene.absent:
        words = " ".join(part for part in (absence.color, absence.shape) if part)
        assert words in asked or (only is not None and only.stated and absence.color is None)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80))
def test_any_words_have_a_tree_or_a_fault(prompt: str) -> None:
    with contextlib.suppress(PromptError):
        assert_tree(questions_of(prompt))
