"""The checks a suite may hold are those that the viewer can answer."""

import itertools
from typing import Any

import pytest

from harness.prompt.scene import COLORS, SHAPES, SKY
from harness.suite.checks import KINDS, parse_check, words_trouble
from harness.suite.fields import FieldError
from harness.vision import check_grammar


@pytest.mark.parametrize(
    "written",
    [
        {"count": "red circle", "equals": 2},
        {"count": "red circles", "at_least": 1, "at_most": 3},
        {"count": "thing", "at_most": 0},
        {"color": "house", "equals": "yellow"},
        {"left_of": ["red circle", "blue square"]},
        {"between": ["star", "heart", "moon"]},
        {"row": ["a circle", "a square", "a star"]},
        {"row": "circles"},
        {"background": "night"},
        {"background": "sea at sunset"},
        {"absent": "green"},
        {"present": "stars"},
    ],
)
def test_what_a_suite_takes_the_viewer_takes(written: dict[str, Any]) -> None:
    check = parse_check(written)
    assert check == check_grammar.parse_check(written)
    assert check.args == written
    assert words_trouble(check) is None


@pytest.mark.parametrize(
    "written",
    [
        {"count": "red circle"},
        {"count": "red circle", "equals": 1, "at_most": 2},
        {"count": "red circle", "at_least": 3, "at_most": 2},
        {"count": "red circle", "equals": -1},
        {"color": "house", "equals": "loud"},
        {"left_of": ["red circle"]},
        {"between": ["star", "heart"]},
        {"row": []},
        {"background": "noon"},
        {"absent": ""},
        {"absent": "red", "present": "blue"},
        {"absence": "red"},
    ],
)
def test_what_the_viewer_refuses_a_suite_refuses(written: dict[str, Any]) -> None:
    with pytest.raises(check_grammar.CheckError):
        check_grammar.parse_check(written)
    with pytest.raises(FieldError):
        parse_check(written)


def test_the_kinds_are_those_of_the_viewer() -> None:
    assert set(KINDS) == set(check_grammar.KINDS)


def test_the_words_are_those_of_the_viewer() -> None:
    odd = [
        "fox",
        "small",
        "cricle",
        "grey",
        "disks",
        "boxes",
        "crosses",
        "anything",
        "shapes",
        "suns",
        "violet",
        "dots",
    ]
    for word in (*SHAPES, *SKY, *COLORS, *odd):
        try:
            check_grammar.parse_target(word)
            known = True
        except check_grammar.CheckError as fault:
            known = not fault.word
        assert (words_trouble(parse_check({"present": word})) is None) == known, word


def test_the_first_unknown_word_is_shown_with_its_place() -> None:
    for index, names in enumerate(itertools.permutations(["red circle", "bleu square"])):
        trouble = words_trouble(parse_check({"left_of": list(names)}))
        assert trouble == ("bleu", "did you mean `blue`?", ("left_of", 1 - index))
