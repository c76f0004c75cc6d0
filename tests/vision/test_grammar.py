"""Checks as written: what is understood, and what is refused at which place, with the nearest known word."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.prompt.scene import COLORS, SHAPES, SKY
from harness.vision import SHAPES_GRAMMAR, CheckError, Form, Grammar, Target, parse_target
from harness.vision.shapes_grammar import limits, scenery


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
        {"row": "circles"},
        {"count": "thing", "at_most": 0},
    ],
)
def test_sound_checks_keep_what_was_written(mapping: dict[str, object]) -> None:
    check = SHAPES_GRAMMAR.parse(mapping)
    SHAPES_GRAMMAR.read(check)
    assert check.kind in mapping
    assert check.args == mapping


@pytest.mark.parametrize(
    ("written", "says", "hint", "path", "at_key"),
    [
        ({"cuont": "red circle", "equals": 2}, "unknown check", "count", ("cuont",), True),
        ({"count": "red circle", "equal": 2}, "unknown key `equal`", "equals", ("equal",), True),
        ({"count": "red circle"}, "no `equals`", "equals: 2", ("count",), True),
        ({"count": "circle", "equals": 2, "at_least": 1}, "excludes other bounds", "at_most", ("equals",), True),
        ({"count": "circle", "equals": True}, "whole number", "", ("equals",), False),
        ({"count": "circle", "equals": -1}, "whole number", "", ("equals",), False),
        ({"count": "circle", "at_most": 1001}, "whole number", "", ("at_most",), False),
        ({"count": "circle", "at_least": 3, "at_most": 2}, "more than", "", ("at_least",), False),
        ({"left_of": ["red circle"]}, "list of 2", "left_of: [red", ("left_of",), False),
        ({"left_of": "red circle"}, "list of 2", "left_of: [red", ("left_of",), False),
        ({"between": ["a circle", "a house"]}, "list of 3", "green star", ("between",), False),
        ({"row": []}, "list of 1 to 6", "row: [", ("row",), False),
        ({"row": [*"abcdefg"]}, "list of 1 to 6", "row: [", ("row",), False),
        ({"row": ["star", 3]}, "in words", "", ("row", 1), False),
        ({"color": "house", "equals": "yelow"}, "cannot be", "yellow", ("equals",), False),
        ({"color": "house"}, "no `equals`", "yellow", ("color",), True),
        ({"absent": 3}, "in words", "", ("absent",), False),
        ({"absent": ["star"]}, "in words", "", ("absent",), False),
        ({"absent": " "}, "in words", "", ("absent",), False),
        ({"absent": "x" * 201}, "in words", "", ("absent",), False),
        ({"background": "nihgt"}, "not a background", "night", ("background",), False),
        ({"background": "plain night"}, "no time of day", "", ("background",), False),
        ({"background": "white sea"}, "only a plain", "", ("background",), False),
        ({"background": "the"}, "names no background", "", ("background",), False),
        ({}, "a mapping", "count", (), False),
        ([], "a mapping", "count", (), False),
        ({"count": "red", "absent": "red"}, "two checks", "as two", ("absent",), True),
    ],
)
def test_a_malformed_check_is_refused_at_its_place(
    written: object, says: str, hint: str, path: tuple[str | int, ...], at_key: bool
) -> None:
    with pytest.raises(CheckError) as caught:
        SHAPES_GRAMMAR.parse(written)
    assert says in str(caught.value)
    assert hint in caught.value.hint
    assert (caught.value.path, caught.value.at_key) == (path, at_key)


@pytest.mark.parametrize(
    ("written", "says", "hint", "path"),
    [
        ({"count": "red cirle", "equals": 2}, "`cirle`", "`circle`", ("count",)),
        ({"absent": "grean"}, "`grean`", "`green`", ("absent",)),
        ({"left_of": ["red circle", "bleu square"]}, "`bleu`", "`blue`", ("left_of", 1)),
        ({"between": ["fox", "star", "foxes"]}, "`fox`", "known: ", ("between", 0)),
        ({"row": "sqare"}, "`sqare`", "`square`", ("row",)),
        ({"color": "moon", "equals": "white"}, "cannot be checked", "", ("color",)),
        ({"absent": "red blue circle"}, "two colors", "", ("absent",)),
        ({"absent": "circle square"}, "two shapes", "", ("absent",)),
        ({"absent": "yellow moon"}, "cannot be checked", "", ("absent",)),
        ({"absent": "a the"}, "no shape and no color", "", ("absent",)),
    ],
)
def test_words_the_viewer_does_not_know_parse_but_cannot_be_read(
    written: dict[str, object], says: str, hint: str, path: tuple[str | int, ...]
) -> None:
    check = SHAPES_GRAMMAR.parse(written)
    with pytest.raises(CheckError) as caught:
        SHAPES_GRAMMAR.read(check)
    assert says in str(caught.value)
    assert hint in caught.value.hint
    assert (caught.value.path, caught.value.at_key) == (path, False)


def test_limits_of_a_count() -> None:
    assert limits({"count": "star", "equals": 0}) == (0, 0)
    assert limits({"count": "star", "at_least": 2}) == (2, None)
    assert limits({"count": "star", "at_most": 2}) == (0, 2)


def test_backgrounds() -> None:
    assert scenery({"background": "night"}).time == "night"
    assert scenery({"background": "grey"}).color == "gray"
    assert scenery({"background": "hills by day"}).kind == "hills"


def test_a_viewer_brings_its_own_kinds() -> None:
    text = Grammar({"text": Form("{text: SALE, lines: 1}", options={"lines": range(1, 10)})}, str)
    assert text.parse({"text": "SALE", "lines": 2}).kind == "text"
    assert [form["required"] for form in text.schema()["oneOf"]] == [["text", "lines"]]
    with pytest.raises(CheckError, match="unknown check `count`"):
        text.parse({"count": "star", "equals": 1})


@pytest.mark.parametrize("statement", ["from harness.vision import SHAPES_GRAMMAR", "import harness.vision"])
def test_the_grammar_imports_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print(sorted({{'numpy', 'PIL', 'scipy', 'httpx'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
