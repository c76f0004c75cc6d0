"""Checks as written: what is understood, and what is refused with the nearest known word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.prompt.scene import COLORS, SHAPES, SKY
from harness.vision import CheckError, Target, parse_check, parse_target
from harness.vision.check_grammar import background, limits


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("red circle", Target("circle", "red")),
        ("red circles", Target("circle", "red")),
        ("a Blue Square", Target("square", "blue")),
        ("crosses", Target("cross", None)),
        ("green", Target(None, "green")),
        ("violet disks", Target("circle", "purple")),
        ("things", Target(None, None)),
        ("star", Target("star", None)),
        ("stars", Target("stars", None)),
        ("red stars", Target("star", "red")),
        ("the moon", Target("moon", None)),
    ],
)
def test_targets(words: str, target: Target) -> None:
    assert parse_target(words) == target


@given(st.sampled_from(SHAPES), st.sampled_from((None, *COLORS)))
def test_words_of_a_target_mean_it_again(shape: str, color: str | None) -> None:
    target = Target(shape, color)
    assert parse_target(target.words()) == target
    if not (shape == "star" and color is None):
        assert parse_target(target.words(plural=True)) == target


@given(st.sampled_from(SKY))
def test_things_of_the_sky_are_words(shape: str) -> None:
    assert parse_target(shape) == Target(shape, None)


@pytest.mark.parametrize(
    "mapping",
    [
        {"count": "red circle", "equals": 2},
        {"count": "star", "at_least": 1, "at_most": 3},
        {"left_of": ["red circle", "blue square"]},
        {"absent": "green"},
        {"absent": "star"},
        {"present": "sun"},
        {"color": "house", "equals": "yellow"},
        {"background": "sea at sunset"},
        {"background": "plain white"},
        {"between": ["red circle", "house", "tree"]},
        {"row": ["stars", "red circle"]},
    ],
)
def test_sound_checks_keep_what_was_written(mapping: dict[str, object]) -> None:
    check = parse_check(mapping)
    assert check.kind in mapping
    assert check.args == mapping


@pytest.mark.parametrize(
    ("mapping", "says", "nearest"),
    [
        ({"cuont": "red circle", "equals": 2}, "no kind of check", "count"),
        ({"count": "red cirle", "equals": 2}, "'cirle'", "circle"),
        ({"count": "red circle", "equal": 2}, "does not belong", "equals"),
        ({"absent": "grean"}, "'grean'", "green"),
        ({"background": "nihgt"}, "no background", "night"),
        ({"count": "red circle"}, "needs 'equals'", ""),
        ({"count": "red circle", "equals": 2, "at_least": 1}, "needs 'equals'", ""),
        ({"count": "red circle", "equals": True}, "whole number", ""),
        ({"count": "red circle", "equals": -1}, "whole number", ""),
        ({"count": "red circle", "at_least": 3, "at_most": 2}, "more than", ""),
        ({"left_of": ["red circle"]}, "list of 2", ""),
        ({"between": ["a circle", "a house"]}, "list of 3", ""),
        ({"color": "house", "equals": "yelow"}, "needs 'equals'", "yellow"),
        ({"color": "moon", "equals": "white"}, "cannot be checked", ""),
        ({"absent": "red blue circle"}, "two colors", ""),
        ({"absent": "circle square"}, "two shapes", ""),
        ({"absent": "yellow moon"}, "cannot be checked", ""),
        ({"absent": 3}, "expected words", ""),
        ({"absent": "a the"}, "no shape and no color", ""),
        ({"background": "plain night"}, "no time of day", ""),
        ({"background": "white sea"}, "only a plain", ""),
        ({}, "exactly one", ""),
        ({"count": "red", "absent": "red"}, "exactly one", ""),
    ],
)
def test_faults_name_the_check_and_the_nearest_word(mapping: dict[str, object], says: str, nearest: str) -> None:
    with pytest.raises(CheckError) as caught:
        parse_check(mapping)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.nearest == nearest
    assert (nearest in caught.value.hint) if nearest else caught.value.hint == ""


def test_limits_of_a_count() -> None:
    assert limits({"count": "star", "equals": 0}) == (0, 0)
    assert limits({"count": "star", "at_least": 2}) == (2, None)
    assert limits({"count": "star", "at_most": 2}) == (0, 2)


def test_backgrounds() -> None:
    assert background("night").time == "night"
    assert background("grey").color == "gray"
    assert background("hills by day").kind == "hills"
