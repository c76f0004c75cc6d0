"""Checks derived from a prompt: each planted fault is found, a right image has no finding, and nothing is dropped."""

import pytest

from benchmarks.derived import FAULTS, SEED, Planted, findings, painted, right_images
from harness.painter import Painter
from harness.prompt import questions_of
from harness.records import Check, ViewerSpec
from harness.vision import SHAPES, Derived, check_text, derive, in_order
from harness.vocabulary import CheckOutcome

GPT = ViewerSpec("gpt", "vlm", {"model": "m", "base_url": "http://127.0.0.1:9/v1"})
OCR = ViewerSpec("ocr", "ocr")


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter("painter@2", "float32")


def derived(prompt: str, *viewers: ViewerSpec) -> Derived:
    return derive(questions_of(prompt), viewers)


def named(found: Derived, name: str) -> Check:
    return next(check for check in found.checks if check.name == name)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}: {fault.prompt}")
def test_a_planted_fault_is_found(fault: Planted, painter: Painter) -> None:
    found = findings(fault.prompt, painted(fault.shown, 1, painter))
    assert [one for one in found if one.outcome == CheckOutcome.FAIL]


def test_there_are_two_faults_of_each_kind() -> None:
    kinds = [fault.kind for fault in FAULTS]
    assert len(kinds) == 12
    assert all(kinds.count(kind) == 2 for kind in kinds)


def test_a_right_image_has_no_finding(painter: Painter) -> None:
    assert SEED
    for prompt, pixels in right_images(painter, 5):
        assert [one.check for one in findings(prompt, pixels) if one.outcome != CheckOutcome.PASS] == []


def test_shapes_answers_in_its_own_grammar() -> None:
    found = derived("three or four red circles above a house at night, no pink", SHAPES)
    assert [check_text(check) for check in found.checks] == [
        "{present: circle}",
        "{present: red circle}",
        "{count: red circle, at_least: 3, at_most: 4}",
        "{present: house}",
        "{count: house, equals: 1}",
        "{above: [red circle, house]}",
        "{absent: pink}",
        "{background: night}",
        "{count: things, at_least: 4, at_most: 5}",
    ]
    assert found.unchecked == ()
    assert all(check.derived and check.by is None for check in found.checks)
    in_order(found.checks)


def test_a_chat_model_is_asked_in_words_and_not_whether_anything_else_is_there() -> None:
    found = derived("two small red circles", GPT)
    assert [check.args for check in found.checks] == [
        {"question": "Does the image show a circle?", "answer": "yes"},
        {"question": "Does the image show a red circle?", "answer": "yes"},
        {"question": "How many red circles does the image show?", "answer": 2},
        {"question": "Are the red circles small?", "answer": "yes"},
    ]
    assert all(check.by == GPT for check in found.checks)
    assert named(derived("two red circles, nothing else", GPT), "nothing else").args["answer"] == "no"


def test_each_question_goes_to_the_first_viewer_that_can_answer_it() -> None:
    found = derived('a small red circle and the word "OPEN"', OCR, SHAPES, GPT)
    assert named(found, "text OPEN").by == OCR
    assert named(found, "red circle").by is None
    assert named(found, "red circle small").by == GPT
    assert named(derived('the word "OPEN"', GPT), "text OPEN").by == GPT


def test_what_no_viewer_can_answer_and_what_is_not_understood_is_listed() -> None:
    found = derived('a small red circle, a wombat and the word "OPEN"', SHAPES)
    assert set(found.unchecked) == {"red circle small", "text OPEN", "wombat"}
    assert derived("a red circle").unchecked == ("circle", "red circle", "number of red circles")


def test_what_needs_a_question_that_cannot_be_asked_stands_alone() -> None:
    found = derive(questions_of("a red circle"), [GPT])
    long = derive(questions_of('the text "' + "x" * 300 + '"'), [OCR, GPT])
    assert named(found, "number of red circles").needs == ("red circle",)
    assert (long.checks, len(long.unchecked)) == ((), 1)


def test_a_name_that_is_taken_gets_a_suffix_wherever_it_is_needed() -> None:
    found = derive(questions_of("a red circle"), [SHAPES], {"red circle"})
    assert [check.name for check in found.checks][:2] == ["circle", "red circle (derived)"]
    assert named(found, "number of red circles").needs == ("red circle (derived)",)
