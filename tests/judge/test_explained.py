"""The reasons of a drift: what is named takes the place of an unknown cause, never of a known one."""

import pytest

from harness.judge import judge, unrepeated
from harness.judge.explained import repeated
from harness.records import Comparison, Confirmation, Limit, Measurement, Reason, RepeatReading
from harness.vocabulary import CHANGES, EXPLAINING, OBSERVED, UNSTEADY, Code, Verdict
from tests.judge.evidences import evidence, limits, recipe

BGR = Reason(Code.CHANGE_CHANNELS, {"order": "BGR", "left": 0.0})
ROUNDING = Reason(Code.CHANGE_ROUNDING, {"max_abs": 1, "changed": 0.5})
DOWN = Reason(Code.ERROR, {"problem": "down", "hint": ""})


def panel(*changes: Reason) -> Comparison:
    values = {"bytes_equal": False, "pixels_equal": False, "max_abs": 200.0, "mae": 20.0}
    return Comparison({name: Measurement(value) for name, value in values.items()}, changes=changes)


def codes(*changes: Reason, **more: object) -> list[Code]:
    outcome = judge(evidence(panel(*changes), limits(Limit("mae", max=1)), **more))
    assert outcome.verdict == Verdict.DRIFT
    return [reason.code for reason in outcome.reasons]


def reading(*digests: str, asked: int = 1, problem: Reason | None = None) -> RepeatReading:
    made = tuple(Confirmation(1.0, pixel_digest=one, problem=problem) for one in digests)
    return RepeatReading(asked, "new", "old", made)


def test_a_named_change_takes_the_place_of_an_unknown_cause() -> None:
    assert codes() == [Code.SERVICE_OR_REPEAT, Code.BEYOND]
    assert codes(BGR) == [Code.CHANGE_CHANNELS, Code.BEYOND]


def test_what_is_only_observed_stands_beside_the_cause() -> None:
    assert codes(ROUNDING) == [Code.CHANGE_ROUNDING, Code.SERVICE_OR_REPEAT, Code.BEYOND]


def test_a_known_cause_stays() -> None:
    changed = {"recipe": recipe(quality="draft")}
    assert codes(BGR, **changed) == [Code.CHANGE_CHANNELS, Code.SUBJECT_CHANGED, Code.BEYOND]
    assert codes(ROUNDING, **changed) == [Code.SUBJECT_CHANGED, Code.CHANGE_ROUNDING, Code.BEYOND]


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (("new",), [Code.REPEAT_SAME, Code.SERVICE_CHANGED]),
        (("old",), [Code.REPEAT_ACCEPTED]),
        (("third",), [Code.REPEAT_OTHER]),
        (("",), [Code.REPEAT_FAILED, Code.ERROR, Code.SERVICE_OR_REPEAT]),
        ((), [Code.SERVICE_OR_REPEAT]),
    ],
)
def test_what_generating_again_shows(came: tuple[str, ...], expected: list[Code]) -> None:
    problem = DOWN if came == ("",) else None
    assert codes(repeat=reading(*came, problem=problem)) == [*expected, Code.BEYOND]


def test_an_image_that_does_not_repeat_comes_first() -> None:
    assert codes(BGR, repeat=reading("old"))[:2] == [Code.REPEAT_ACCEPTED, Code.CHANGE_CHANNELS]
    assert codes(BGR, repeat=reading("new"))[:2] == [Code.CHANGE_CHANNELS, Code.REPEAT_SAME]


def test_it_is_generated_again_until_something_else_comes() -> None:
    assert unrepeated(reading(asked=2))
    assert unrepeated(reading("new", asked=2))
    assert not unrepeated(reading("new", "new", asked=2))
    assert not unrepeated(reading("old", asked=2))
    assert not unrepeated(None)
    assert repeated(reading("new", asked=2)) == ()
    assert [one.code for one in repeated(reading("new", "third", asked=3))] == [Code.REPEAT_OTHER]


def test_the_classes_of_codes() -> None:
    assert OBSERVED < CHANGES
    assert EXPLAINING == (CHANGES - OBSERVED) | UNSTEADY
