"""False alarms and detection on images of the embedded painter: `benchmarks/verdicts.py` in small, with fixed seeds.

The painter repeats to the bit, so noise is put in: normal noise of σ 1 of 255 on every level, generated again each
time.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy import stats

from harness.comparison import compare, features
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
def generated(
    options: Options = SMALL, model: str = "painter@2", seeds: tuple[int, ...] = (0, 1), last: int = 9
) -> Pixels:
    """Prompts × seeds of images; ``last`` leaves out the things behind it."""
    painter = Painter(model, "float32")
    jobs = [(interpret(prompt, seed=seed), seed) for prompt in PROMPTS for seed in seeds]
    scenes = [replace(scene, things=scene.things[:last]) for scene, _ in jobs]
    images = [generation.pixels for generation in painter.generate_batch(scenes, [seed for _, seed in jobs], options)]
    return np.stack(images).reshape(len(PROMPTS), len(seeds), 64, 64, 3)


def noisy(images: Pixels, number: int) -> Pixels:
    """The images of all cases, each with noise of its own."""
    flat = images.reshape(len(CASES), 64, 64, 3)
    return np.clip(np.rint(flat + np.random.default_rng(number).normal(0, 1, flat.shape)), 0, 255).astype(np.uint8)


@cache
def floors() -> tuple[Pixels, dict[int, Noise]]:
    """The accepted images, and the noise floor of each."""
    accepted = noisy(generated(), 0)
    repeats = [noisy(generated(), 1 + number) for number in range(REPEATS)]
    scores = {case: [score(compare(accepted[case], repeat[case])) or 0.0 for repeat in repeats] for case in range(6)}
    return accepted, noise_of(scores)


def verdicts(images: Pixels, number: int) -> list[str]:
    """The verdicts of a run of all cases, each at its share of the suite's rate, confirmed as a run confirms."""
    accepted, noise = floors()
    rule = Rule("calibrated", alpha=RATE / len(CASES))
    found = []
    runs = [noisy(images, 100 * number + repeat) for repeat in range(1 + CONFIRMATIONS)]
    for case in range(len(CASES)):
        comparison = compare(accepted[case], runs[0][case])
        reading = read_floor(comparison, noise[case], rule.alpha, confirmations=CONFIRMATIONS)
        for again in runs[1:]:
            if unconfirmed(reading):
                one = Confirmation(score(compare(accepted[case], again[case])))
                reading = replace(reading, confirmations=(*reading.confirmations, one))
        found.append(rule_on(rule, Reference(NOTHING, {}, comparison, reading)).verdict)
    return found


def jpeg(images: Pixels) -> Pixels:
    def coded(image: Pixels) -> Pixels:
        out = io.BytesIO()
        Image.fromarray(image).save(out, "JPEG", quality=50)
        return np.asarray(Image.open(io.BytesIO(out.getvalue())))

    return np.stack([coded(image) for image in images.reshape(-1, 64, 64, 3)]).reshape(images.shape)


def blurred(images: Pixels) -> Pixels:
    flat = images.reshape(-1, 64, 64, 3)
    made = [np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(0.7))) for image in flat]
    return np.stack(made).reshape(images.shape)


CHANGES: dict[str, Callable[..., Pixels]] = {
    "other checkpoint": lambda **seeds: generated(model="painter@1", **seeds),
    "fewer steps": lambda **seeds: generated(replace(SMALL, steps=1), **seeds),
    "other quality": lambda **seeds: generated(replace(SMALL, quality="standard"), **seeds),
    "blurred": lambda **seeds: blurred(generated(**seeds)),
    "coded anew": lambda **seeds: jpeg(generated(**seeds)),
    "color shifted": lambda **seeds: np.clip(generated(**seeds).astype(int) + RED, 0, 255).astype(np.uint8),
    "one thing missing": lambda **seeds: generated(last=1, **seeds),
}


def test_trials_without_a_change_are_above_their_limit_at_the_stated_rate() -> None:
    accepted, noise = floors()
    above = trials = 0
    for number in range(20):
        for case, image in enumerate(noisy(generated(), 5000 + number)):
            above += exceeds(read_floor(compare(accepted[case], image), noise[case], 0.05))
            trials += 1
    # all trials share the floors of one calibration, whose spread has 30 degrees of freedom
    low, high = stats.binom.ppf([1e-3, 1 - 1e-3], trials, [0.02, 0.1])
    assert low <= above <= high


def test_no_run_without_a_change_calls_a_drift() -> None:
    for number in range(10):
        assert set(verdicts(generated(), 60 + number)) == {"benign"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_drift_against_the_noise_floor(change: str) -> None:
    assert verdicts(CHANGES[change](), 7) == ["drift"] * len(CASES)


OLD, NEW = tuple(range(100, 110)), tuple(range(200, 210))


def numbers(images: Pixels) -> list[Pixels]:
    return [np.stack([features(image) for image in one]) for one in images]


@pytest.mark.parametrize("change", ["other checkpoint", "blurred", "coded anew", "color shifted", "one thing missing"])
def test_a_change_is_drift_between_sets_of_other_seeds(change: str) -> None:
    old, new = numbers(generated(seeds=OLD)), numbers(CHANGES[change](seeds=NEW))
    assert set_test(list(zip(old, new, strict=True))).p == 1 / 1000


def test_sets_without_a_change_are_called_drift_at_the_stated_rate() -> None:
    drifts = sets = 0
    for number in range(3):
        first = 1000 + 20 * number
        old, new = (numbers(generated(seeds=tuple(range(at, at + 10)))) for at in (first, first + 10))
        for a, b in zip(old, new, strict=True):
            drifts += judge_set(SetEvidence(Arm(a), Arm(b), alpha=0.1))[0].verdict == "drift"
            sets += 1
    assert drifts <= stats.binom.ppf(0.999, sets, 0.1)
