"""False alarms and detection on pictures of the embedded painter: `benchmarks/verdicts.py` in small, with fixed seeds.

The painter repeats to the bit, so noise is put in: normal noise of σ 1 of 255 on every level, drawn anew each time.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy import stats

from harness.compare import compare, features
from harness.judge import (
    CONFIRMATIONS,
    RATE,
    Arm,
    Noise,
    Reference,
    SetEvidence,
    exceeds,
    judge_set,
    noise_of,
    read_floor,
    score,
    set_test,
    unconfirmed,
)
from harness.judge.outcome import NOTHING
from harness.judge.rule import rule_on
from harness.painter import Options, Painter
from harness.prompt import interpret
from harness.records import Confirmation, Rule

Pixels = np.ndarray
SMALL = Options(quality="draft", size=(64, 64))
PROMPTS = ("a red circle and a blue square", "a yellow star and a green tree by the sea", "a house and a moon at night")
CASES = [(prompt, seed) for prompt in PROMPTS for seed in (0, 1)]
REPEATS = 6
RED = np.array([6, 0, 0])


@cache
def drawn(options: Options = SMALL, model: str = "painter@2", seeds: tuple[int, ...] = (0, 1), last: int = 9) -> Pixels:
    """Prompts × seeds of pictures; ``last`` leaves out the things behind it."""
    painter = Painter(model, "float32")
    jobs = [(interpret(prompt, seed=seed), seed) for prompt in PROMPTS for seed in seeds]
    scenes = [replace(scene, things=scene.things[:last]) for scene, _ in jobs]
    pictures = [drawing.pixels for drawing in painter.draw_batch(scenes, [seed for _, seed in jobs], options)]
    return np.stack(pictures).reshape(len(PROMPTS), len(seeds), 64, 64, 3)


def noisy(pictures: Pixels, number: int) -> Pixels:
    """The pictures of all cases, each with noise of its own."""
    flat = pictures.reshape(len(CASES), 64, 64, 3)
    return np.clip(np.rint(flat + np.random.default_rng(number).normal(0, 1, flat.shape)), 0, 255).astype(np.uint8)


@cache
def floors() -> tuple[Pixels, dict[int, Noise]]:
    """The accepted pictures, and the noise floor of each."""
    accepted = noisy(drawn(), 0)
    repeats = [noisy(drawn(), 1 + number) for number in range(REPEATS)]
    scores = {case: [score(compare(accepted[case], repeat[case])) or 0.0 for repeat in repeats] for case in range(6)}
    return accepted, noise_of(scores)


def verdicts(pictures: Pixels, number: int) -> list[str]:
    """The verdicts of a run of all cases, each at its share of the suite's rate, confirmed as a run confirms."""
    accepted, noise = floors()
    rule = Rule("calibrated", alpha=RATE / len(CASES))
    found = []
    runs = [noisy(pictures, 100 * number + repeat) for repeat in range(1 + CONFIRMATIONS)]
    for case in range(len(CASES)):
        comparison = compare(accepted[case], runs[0][case])
        reading = read_floor(comparison, noise[case], rule.alpha, confirmations=CONFIRMATIONS)
        for again in runs[1:]:
            if unconfirmed(reading):
                one = Confirmation(score(compare(accepted[case], again[case])))
                reading = replace(reading, confirmations=(*reading.confirmations, one))
        found.append(rule_on(rule, Reference("", NOTHING, {}, comparison, reading)).verdict)
    return found


def jpeg(pictures: Pixels) -> Pixels:
    def coded(picture: Pixels) -> Pixels:
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=50)
        return np.asarray(Image.open(io.BytesIO(out.getvalue())))

    return np.stack([coded(picture) for picture in pictures.reshape(-1, 64, 64, 3)]).reshape(pictures.shape)


def blurred(pictures: Pixels) -> Pixels:
    flat = pictures.reshape(-1, 64, 64, 3)
    made = [np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(0.7))) for picture in flat]
    return np.stack(made).reshape(pictures.shape)


CHANGES: dict[str, Callable[..., Pixels]] = {
    "other checkpoint": lambda **seeds: drawn(model="painter@1", **seeds),
    "fewer steps": lambda **seeds: drawn(replace(SMALL, steps=1), **seeds),
    "other quality": lambda **seeds: drawn(replace(SMALL, quality="standard"), **seeds),
    "blurred": lambda **seeds: blurred(drawn(**seeds)),
    "coded anew": lambda **seeds: jpeg(drawn(**seeds)),
    "color shifted": lambda **seeds: np.clip(drawn(**seeds).astype(int) + RED, 0, 255).astype(np.uint8),
    "one thing missing": lambda **seeds: drawn(last=1, **seeds),
}


def test_trials_without_a_change_are_above_their_limit_at_the_stated_rate() -> None:
    accepted, noise = floors()
    above = trials = 0
    for number in range(20):
        for case, picture in enumerate(noisy(drawn(), 5000 + number)):
            above += exceeds(read_floor(compare(accepted[case], picture), noise[case], 0.05))
            trials += 1
    # all trials share the floors of one calibration, whose spread has 30 degrees of freedom
    low, high = stats.binom.ppf([1e-3, 1 - 1e-3], trials, [0.02, 0.1])
    assert low <= above <= high


def test_no_run_without_a_change_calls_a_drift() -> None:
    for number in range(10):
        assert set(verdicts(drawn(), 60 + number)) == {"benign"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_drift_against_the_noise_floor(change: str) -> None:
    assert verdicts(CHANGES[change](), 7) == ["drift"] * len(CASES)


OLD, NEW = tuple(range(100, 110)), tuple(range(200, 210))


def numbers(pictures: Pixels) -> list[Pixels]:
    return [np.stack([features(picture) for picture in one]) for one in pictures]


@pytest.mark.parametrize("change", ["other checkpoint", "blurred", "coded anew", "color shifted", "one thing missing"])
def test_a_change_is_drift_between_sets_of_other_seeds(change: str) -> None:
    old, new = numbers(drawn(seeds=OLD)), numbers(CHANGES[change](seeds=NEW))
    assert set_test(list(zip(old, new, strict=True))).p == 1 / 1000


def test_sets_without_a_change_are_called_drift_at_the_stated_rate() -> None:
    drifts = sets = 0
    for number in range(3):
        first = 1000 + 20 * number
        old, new = (numbers(drawn(seeds=tuple(range(at, at + 10)))) for at in (first, first + 10))
        for a, b in zip(old, new, strict=True):
            drifts += judge_set(SetEvidence("s/c/base", Arm(a), Arm(b), alpha=0.1))[0].verdict == "drift"
            sets += 1
    assert drifts <= stats.binom.ppf(0.999, sets, 0.1)
