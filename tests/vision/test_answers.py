"""Answers to questions about views that are written down, and about images."""

from dataclasses import replace

import numpy as np
import pytest

from harness.painter import Options, Painter
from harness.prompt import interpret
from harness.vision import Answer, View, answer, look, misfit, scene_shown
from tests.vision.test_checks import TWO, seen, view

NIGHT = view(seen("moon", 60, 40), seen("blue house", 120, 180), kind="hills", color=None, time="night")


@pytest.mark.parametrize(
    ("of", "question", "expected"),
    [
        (TWO, "How many red circles?", "2"),
        (TWO, "how many trees can you see?", "0"),
        (TWO, "how many things are there in the image?", "3"),
        (TWO, "is there a blue square?", "yes"),
        (TWO, "Are there any stars", "no"),
        (TWO, "what color are the circles?", "red"),
        (TWO, "what color is the background?", "white"),
        (TWO, "what is to the left of the square?", "2 red circles"),
        (TWO, "what's right of the square?", "nothing"),
        (TWO, "is the square to the right of the red circles?", "yes"),
        (TWO, "is the square left of the circles?", "no"),
        (TWO, "is the square green?", "no"),
        (NIGHT, "is it night?", "yes"),
        (NIGHT, "is it day?", "no"),
        (NIGHT, "what is above the house?", "moon"),
        (view(seen("red star", 60, 60)), "how many stars?", "1"),
    ],
)
def test_a_question_is_answered(of: View, question: str, expected: str) -> None:
    assert answer(of, question).value == expected


@pytest.mark.parametrize(
    ("of", "question"),
    [
        (TWO, "who is it?"),
        (TWO, ""),
        (TWO, "how many whales?"),
        (TWO, "x" * 100_000),
        (TWO, "what color is the tree?"),
        (TWO, "is the tree left of the square?"),
        (TWO, "what is left of the circle?"),
        (TWO, "is it night?"),
        (NIGHT, "what color is the background?"),
        (NIGHT, "what color is the moon?"),
        (view(seen("stars", 60, 60)), "how many stars?"),
        (replace(TWO, doubts=("busy",)), "how many circles?"),
        (replace(TWO, error=0.3), "how many circles?"),
        (replace(TWO, ground=replace(TWO.ground, distance=20.0)), "how many circles?"),
        (replace(TWO, ground=replace(TWO.ground, sure=False)), "how many circles?"),
        (view(seen("red circle", 60, 60, shapes=("heart",))), "how many squares?"),
    ],
)
def test_what_cannot_be_told_is_not_guessed(of: View, question: str) -> None:
    given = answer(of, question)
    assert (given.value, given.text) == (None, "cannot tell")
    assert given.reason


def test_what_an_answer_is_about_has_boxes() -> None:
    assert answer(TWO, "how many red circles?").boxes == (TWO.things[0].box, TWO.things[1].box)


def test_noise_is_no_image_to_answer_about() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    assert answer(noise, "how many circles?").value is None


def test_an_image_of_the_painter_is_explained_and_its_scene_is_found() -> None:
    scene = interpret("a red circle to the left of a blue square", seed=2)
    found = look(Painter().generate(scene, 2, Options("draft", (128, 128))).pixels)
    assert misfit(found) == ""
    assert 0 < found.error < 0.15
    shown = scene_shown(found)
    assert {(thing.shape, thing.color, thing.count) for thing in shown.things} == {
        ("circle", "red", 1),
        ("square", "blue", 1),
    }
    (relation,) = shown.relations
    left = relation.subject if relation.kind == "left_of" else relation.targets[0]
    assert shown.things[left].shape == "circle"
    (square,) = (thing for thing in found.things if thing.shape == "square")
    assert answer(found, "what is right of the circle?") == Answer("blue square", "", (square.box,))
