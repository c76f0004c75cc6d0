"""Outcomes of checks on views that are written down, and on images that are generated."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.records import Check
from harness.vision import SHAPES_GRAMMAR, Ground, Seen, View, check, evaluate_checks, look


def seen(
    words: str, x: int, y: int, size: int = 40, *, shapes: tuple[str, ...] = (), colors: tuple[str, ...] = ()
) -> Seen:
    """A thing centered on a point; ``shapes`` and ``colors`` are other readings."""
    color, shape = words.split() if " " in words else (None, words)
    box = (x - size // 2, y - size // 2, size, size)
    tints = (color, *colors) if color else ()
    return Seen(shape, color, box, 0.9, (shape, *shapes), tints, "small")


def view(
    *things: Seen, kind: str = "plain", color: str | None = "white", time: str | None = None, sure: bool = True
) -> View:
    return View(256, 256, Ground(kind, color, time, 1.0, sure), things)


def outcome(of: View, mapping: dict[str, Any]) -> str:
    return check(of, SHAPES_GRAMMAR.parse(mapping)).outcome


TWO = view(seen("red circle", 60, 60), seen("red circle", 60, 180), seen("blue square", 190, 120))


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"count": "red circle", "equals": 2}, "pass"),
        ({"count": "red circle", "equals": 1}, "fail"),
        ({"count": "circles", "at_least": 3}, "fail"),
        ({"count": "things", "equals": 3}, "pass"),
        ({"count": "red", "at_most": 2}, "pass"),
        ({"count": "tree", "equals": 0}, "pass"),
        ({"left_of": ["red circle", "blue square"]}, "pass"),
        ({"right_of": ["red circle", "blue square"]}, "fail"),
        ({"right_of": ["blue square", "red circle"]}, "pass"),
        ({"above": ["red circle", "blue square"]}, "fail"),
        ({"left_of": ["red circle", "tree"]}, "fail"),
        ({"absent": "green"}, "pass"),
        ({"absent": "red"}, "fail"),
        ({"absent": "red square"}, "pass"),
        ({"absent": "star"}, "pass"),
        ({"present": "blue"}, "pass"),
        ({"present": "sun"}, "fail"),
        ({"color": "circle", "equals": "red"}, "pass"),
        ({"color": "circle", "equals": "blue"}, "fail"),
        ({"color": "house", "equals": "blue"}, "fail"),
        ({"background": "white"}, "pass"),
        ({"background": "plain"}, "pass"),
        ({"background": "night"}, "fail"),
        ({"next_to": ["blue square", "red circle"]}, "fail"),
    ],
)
def test_clear_views_have_clear_answers(mapping: dict[str, Any], expected: str) -> None:
    assert outcome(TWO, mapping) == expected


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"count": "red circle", "equals": 1}, "inconclusive"),
        ({"count": "red circle", "equals": 2}, "inconclusive"),
        ({"count": "red circle", "equals": 3}, "fail"),
        ({"count": "red circle", "at_least": 1}, "pass"),
        ({"count": "red", "equals": 2}, "pass"),
        ({"absent": "heart"}, "inconclusive"),
        ({"absent": "star"}, "pass"),
        ({"present": "heart"}, "inconclusive"),
        ({"left_of": ["heart", "red circle"]}, "inconclusive"),
    ],
)
def test_a_thing_of_unclear_shape_leaves_open_what_depends_on_it(mapping: dict[str, Any], expected: str) -> None:
    doubtful = view(seen("red circle", 60, 60), seen("red circle", 190, 60, shapes=("heart",)))
    assert outcome(doubtful, mapping) == expected


def test_a_doubtful_member_leaves_a_relation_open_only_when_it_would_change_it() -> None:
    target, sure = seen("blue square", 128, 128), seen("red circle", 40, 128)
    mapping = {"left_of": ["red circle", "blue square"]}
    assert outcome(view(target, sure, seen("red circle", 60, 60, shapes=("heart",))), mapping) == "pass"
    assert outcome(view(target, sure, seen("red circle", 220, 60, shapes=("heart",))), mapping) == "inconclusive"


def test_an_unclear_color_is_inconclusive() -> None:
    doubtful = view(seen("red circle", 60, 60, colors=("orange",)))
    assert outcome(doubtful, {"color": "circle", "equals": "red"}) == "inconclusive"
    assert outcome(doubtful, {"color": "circle", "equals": "blue"}) == "fail"
    assert outcome(doubtful, {"absent": "orange"}) == "inconclusive"


def test_what_may_be_no_thing_leaves_a_count_open() -> None:
    doubtful = view(seen("red circle", 60, 60), seen("blue diamond", 150, 60, shapes=("something else",)))
    assert outcome(doubtful, {"count": "things", "equals": 1}) == "inconclusive"
    assert outcome(doubtful, {"count": "things", "equals": 3}) == "fail"
    assert outcome(doubtful, {"absent": "blue"}) == "inconclusive"


def test_things_of_the_sky_are_asked_for_by_name() -> None:
    night = view(seen("moon", 40, 40), seen("stars", 128, 40, 200), kind="hills", color=None, time="night")
    assert outcome(night, {"absent": "moon"}) == "fail"
    assert outcome(night, {"absent": "stars"}) == "fail"
    assert outcome(night, {"absent": "star"}) == "pass"
    assert outcome(night, {"count": "things", "equals": 0}) == "pass"
    assert outcome(night, {"background": "night"}) == "pass"
    assert outcome(night, {"background": "sea"}) == "fail"


def test_a_dark_plain_ground_may_be_a_night() -> None:
    assert outcome(view(color="black"), {"background": "night"}) == "inconclusive"
    assert outcome(view(color="white"), {"background": "night"}) == "fail"
    assert outcome(view(sure=False), {"background": "blue"}) == "inconclusive"
    assert outcome(view(sure=False), {"background": "white"}) == "inconclusive"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((60, 128), (180, 128), "pass"),
        ((60, 60), (180, 200), "pass"),
        ((100, 40), (118, 200), "inconclusive"),
        ((124, 40), (128, 200), "inconclusive"),
        ((128, 40), (128, 200), "fail"),
        ((180, 128), (60, 128), "fail"),
    ],
)
def test_sides_have_a_margin(a: tuple[int, int], b: tuple[int, int], expected: str) -> None:
    pair = view(seen("red circle", *a), seen("blue square", *b))
    assert outcome(pair, {"left_of": ["circle", "square"]}) == expected
    turned = view(seen("red circle", a[1], a[0]), seen("blue square", b[1], b[0]))
    assert outcome(turned, {"above": ["circle", "square"]}) == expected
    mirrored = view(seen("red circle", 256 - a[0], a[1]), seen("blue square", 256 - b[0], b[1]))
    assert outcome(mirrored, {"right_of": ["circle", "square"]}) == expected


def test_inside_between_next_to_and_row() -> None:
    nested = view(seen("red circle", 100, 100, 100), seen("blue star", 100, 100, 40), seen("blue star", 200, 200, 40))
    assert outcome(nested, {"inside": ["star", "circle"]}) == "fail"  # one star is outside
    assert outcome(view(*nested.things[:2]), {"inside": ["star", "circle"]}) == "pass"
    assert outcome(view(*nested.things[:2]), {"inside": ["circle", "star"]}) == "fail"
    line = view(seen("red circle", 40, 128), seen("blue star", 100, 124), seen("green tree", 170, 130))
    assert outcome(line, {"between": ["star", "circle", "tree"]}) == "pass"
    assert outcome(line, {"between": ["circle", "star", "tree"]}) == "fail"
    assert outcome(line, {"row": ["circle", "star", "tree"]}) == "pass"
    assert outcome(line, {"row": ["star", "circle", "tree"]}) == "fail"
    assert outcome(line, {"next_to": ["circle", "star"]}) == "pass"
    assert (
        outcome(view(seen("red circle", 30, 30), seen("blue star", 220, 220)), {"next_to": ["circle", "star"]})
        == "fail"
    )


def test_a_finding_says_what_was_seen_and_where() -> None:
    found = check(TWO, SHAPES_GRAMMAR.parse({"count": "red circle", "equals": 3}))
    assert found.check == "{count: red circle, equals: 3}"
    assert found.outcome == "fail"
    assert found.seen == "2 red circles, 1 blue square on plain white"
    assert found.boxes == ((40, 40, 40, 40), (40, 160, 40, 40))
    wrong = check(TWO, SHAPES_GRAMMAR.parse({"right_of": ["red circle", "blue square"]}))
    assert wrong.seen.startswith("red circles not right of blue square: 2 red circles")


def test_what_the_viewer_does_not_know_is_unsupported() -> None:
    assert check(TWO, Check("text", {"text": "SALE"})).outcome == "unsupported"
    assert check(TWO, Check("count", {"count": "fox", "equals": 1})).outcome == "unsupported"


def test_doubts_make_every_answer_inconclusive() -> None:
    doubtful = replace(TWO, doubts=("the background is too busy",))
    for mapping in ({"absent": "red"}, {"count": "tree", "equals": 0}, {"background": "white"}):
        assert outcome(doubtful, mapping) == "inconclusive"


def test_checks_on_a_generated_image(draw: Callable[..., Any]) -> None:
    pixels = draw(
        [("circle", "red", 0.25, 0.3, 0.12), ("circle", "red", 0.25, 0.7, 0.12), ("square", "blue", 0.7, 0.5, 0.13)]
    )
    checks = [
        SHAPES_GRAMMAR.parse(m)
        for m in (
            {"count": "red circle", "equals": 2},
            {"left_of": ["red circle", "blue square"]},
            {"absent": "green"},
            {"above": ["red circle", "blue square"]},
        )
    ]
    findings = evaluate_checks(pixels, checks)
    assert [f.outcome for f in findings] == ["pass", "pass", "pass", "fail"]
    assert findings == tuple(check(pixels, c) for c in checks)
    assert evaluate_checks(pixels, ()) == ()


def test_a_photo_like_image_is_inconclusive() -> None:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 255, (16, 16, 3)).astype(np.uint8)
    busy = np.kron(coarse, np.ones((16, 16, 1), np.uint8))
    for pixels in (busy, random.integers(0, 255, (200, 300, 3)).astype(np.uint8)):
        assert look(pixels).doubts
        for mapping in ({"absent": "red"}, {"count": "red circle", "equals": 2}, {"background": "white"}):
            assert check(pixels, SHAPES_GRAMMAR.parse(mapping)).outcome == "inconclusive"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (seen("pink circle", 100, 100, 20, shapes=("square",)), "pass"),
        (seen("blue circle", 100, 100, 20, shapes=("square",)), "inconclusive"),
        (seen("pink circle", 100, 100, 20), "fail"),
        (seen("blue circle", 100, 100, 20), "fail"),
    ],
)
def test_shading_of_a_thing_is_no_other_thing(inner: Seen, expected: str) -> None:
    """What has no clear shape and lies in a thing may be its shading; in the same color it is."""
    shown = view(seen("pink heart", 100, 100), replace(inner, within=0))
    assert outcome(shown, {"count": "things", "equals": 1}) == expected
