"""What a confirmation adds to a trial above its noise floor: a score, or the reason why it has none."""

import pytest

from harness.baseline import BaselineImageError
from harness.errors import GenerationError
from harness.generation import Failed, Generated
from harness.image import EncodedImage
from harness.provider import Output
from harness.records import Comparison, FloorReading, ImageRef, Outcome, Reason, Rule, TrialResult
from harness.runner.floors import confirm, confirming, floor_reading, judged_again
from harness.runner.received_image import Received
from harness.vocabulary import AttemptKind, Code
from tests.judge.evidences import panel, recipe, trial

TRIAL = trial(Rule("calibrated"))
READING = FloorReading(0.9, 0.5, 0.05, 5, asked=2)
REF = ImageRef("images/a.png", "1" * 64, "2" * 64, 4, 4, "PNG")
RECEIVED = Received(EncodedImage(b"image"), REF)
FAR = panel(pixels_equal=False, max_abs=9, ssim_block_min=0.9, delta_e=0.2)


def result(reading: FloorReading = READING, cost: float | None = 0.25) -> TrialResult:
    outcome = Outcome("benign", "ok")
    return TrialResult(
        TRIAL.key, recipe(), outcome, comparison=FAR, floor=reading, source="generated", cost=cost, seconds=1.0
    )


def generated(source: str = "generated", cost: float | None = 0.5) -> Generated:
    return Generated(TRIAL, Output(b"image", seconds=2.0, cost=cost, source=source), 2.5)


def lost(_: Received) -> Comparison:
    raise BaselineImageError(REF.file, "c/base-s0")


def test_a_confirmation_has_a_score_and_names_its_image() -> None:
    reading = confirm(result(), generated(), RECEIVED, lambda _: FAR)
    [one] = reading.confirmations
    assert (one.score, one.cost, one.seconds, one.problem) == (pytest.approx(1.0), 0.5, 2.0, None)
    assert (one.file, one.pixel_digest) == (REF.file, REF.pixel_digest)
    again = confirm(result(reading), generated(), RECEIVED, lambda _: FAR)
    assert again.confirmations == (one, one)


@pytest.mark.parametrize(
    ("generation", "received", "compare", "code"),
    [
        (Failed(TRIAL, GenerationError("mine", "gone"), 3.0), None, lambda _: FAR, Code.GENERATION_FAILED),
        (generated("cache"), RECEIVED, lambda _: FAR, Code.IMAGE_NOT_GENERATED),
        (generated(), None, lambda _: FAR, Code.IMAGE_EMPTY),
        (
            generated(),
            Reason(Code.IMAGE_UNDECODABLE, {"problem": "html", "file": "x"}),
            lambda _: FAR,
            Code.IMAGE_UNDECODABLE,
        ),
        (generated(), RECEIVED, lambda _: panel(pixels_equal=False), Code.FLOOR_NO_SCORE),
        (generated(), RECEIVED, lost, Code.ERROR),
    ],
)
def test_a_confirmation_without_a_score_says_why(generation, received, compare, code: Code) -> None:
    [one] = confirm(result(), generation, received, compare).confirmations
    assert one.score is None
    assert one.problem is not None
    assert one.problem.code == code


def test_time_and_money_of_confirmations_are_the_trials() -> None:
    def again(reading: FloorReading, cost: float | None = 0.25) -> TrialResult:
        return judged_again(result(cost=cost), TRIAL, None, reading, None, ())

    reading = confirm(result(), generated(), RECEIVED, lambda _: FAR)
    assert (again(reading).cost, again(reading).seconds) == (0.75, 3.0)
    assert again(reading).outcome.verdict == "inconclusive"
    both = confirm(result(reading), generated(), RECEIVED, lambda _: FAR)
    assert again(both).outcome.verdict == "drift"
    assert again(confirm(result(), generated(cost=None), RECEIVED, lambda _: FAR)).cost is None
    assert (
        again(confirm(result(), Failed(TRIAL, GenerationError("mine", "gone"), 3.0), None, lambda _: FAR)).cost == 0.25
    )
    assert again(reading, None).cost is None


def test_a_confirmation_is_an_attempt_of_its_own() -> None:
    assert confirming(TRIAL, 1).attempt.kind == AttemptKind.CONFIRMATION
    assert (confirming(TRIAL, 1).attempt.index, confirming(TRIAL, 1).attempt.of) == (1, TRIAL.attempt.slug)


class Stored:
    """Only what is read of an accepted image."""

    def __init__(self, noise_floor: object) -> None:
        self.noise_floor = noise_floor


def test_a_stored_floor_that_cannot_be_read_is_no_limit() -> None:
    reading = floor_reading(Stored({"n": "many"}), FAR, {}, TRIAL.policy.drift, 2)
    assert reading is not None
    assert (reading.limit, reading.problem and reading.problem.code) == (None, Code.FLOOR_UNREADABLE)
    assert floor_reading(Stored(None), FAR, {}, TRIAL.policy.drift, 2) is None
    assert floor_reading(Stored({"n": "many"}), FAR, {}, Rule("exact"), 2) is None
