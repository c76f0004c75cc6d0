"""Every verdict follows from the numbers of its explanation: computed again by other code, from its JSON."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import GenerationError, GenerationRefusedError
from harness.judge import (
    Arm,
    Evidence,
    SetEvidence,
    differences,
    explain,
    judge,
    judge_set,
    noise_of,
    read_floor,
)
from harness.records import (
    Comparison,
    Confirmation,
    Finding,
    ImageRef,
    Limit,
    Outcome,
    Reason,
    Recipe,
    Request,
    Rule,
    Subject,
    TrialResult,
    canonical_json,
)
from harness.report.text import FORMULAS, explained
from harness.vocabulary import Code, Formula, Level
from tests.judge.evidences import FAR, KNOWN, NEAR, SAME, evidence, limits, panel, recipe, reference
from tests.judge.recomputed import recomputed

IMAGE = ImageRef("images/new.png", "a" * 64, "b" * 64, 64, 64, "png")
ACCEPTED = replace(IMAGE, file="s/c/old.png", pixel_digest="c" * 64)
CALIBRATED = Rule("calibrated", alpha=0.01)
REPEATS = {
    "pooled": {"c": [0.4, 0.5, 0.6, 0.45, 0.55], "d": [1.0, 1.2, 0.9, 1.1, 1.05]},
    "wide": {"c": [0.01, 1.0, 30.0, 0.2, 4.0, 0.05, 9.0], **{f"d{i}": [1.0, 1.01, 0.99, 1.0, 1.02, 1.0, 0.98] for i in range(8)}},  # noqa: E501
    "ranks": {"c": [0.4, 0.4, 0.5, 0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9]},
    "modes": {"c": [0.4, 0.4, 0.5]},
    "identical": {"c": [0.0] * 12},
    "identical, few": {"c": [0.0] * 3},
    "one": {"c": [0.3]},
    "not measured": {"c": [0.3, float("nan"), 0.4]},
    "moderated": {f"{c}": [m * (1 + s * x) for x in (-1, -0.4, 0.1, 0.5, 0.8)] for c, m, s in (("c", 1.0, 0.1), ("d", 2.0, 0.3), ("e", 0.5, 0.2))},  # noqa: E501
}  # fmt: skip


def recorded(made: Evidence, **more: Any) -> TrialResult:
    """The line that a run records of a judged trial."""
    trial = made.trial
    first = made.references[0] if made.references else None
    changed = () if first is None else differences(first.recipe, first.environment, trial.recipe, made.environment)
    return TrialResult(
        trial.key, trial.recipe, judge(made), image=None if made.fault else IMAGE, answer=made.answer,
        environment=made.environment, comparison=first and first.comparison, baseline=ACCEPTED if first else None,
        differences=changed, findings=made.findings, policy=trial.policy, floor=first and first.floor,
        repeat=made.repeat, source=made.source, **more,
    )  # fmt: skip


def agrees(result: TrialResult) -> dict[str, Any]:
    """The explanation as JSON, its verdict computed again; nothing in it contradicts what was recorded."""
    explanation = explain(result)
    assert [one for one in explained(explanation) if one.trouble] == []
    data: dict[str, Any] = json.loads(canonical_json(explanation))
    assert recomputed(data) == (result.outcome.verdict, result.outcome.status)
    return data


def calibrated(kind: str, score: float, again: tuple[float | None, ...] = (), asked: int = 2) -> Evidence:
    comparison = panel(pixels_equal=False, max_abs=9, mae=1.0, ssim_block_min=1 - score / 10, delta_e=score / 2)
    reading = read_floor(comparison, noise_of(REPEATS[kind])["c"], 0.01, confirmations=asked)
    confirmations = tuple(Confirmation(one) for one in again)
    reading = replace(reading, confirmations=confirmations)
    return evidence(
        None, CALIBRATED, references=(replace(reference(comparison), floor=reading),),
    )  # fmt: skip


@pytest.mark.parametrize("comparison", [SAME, NEAR, FAR, panel(pixels_equal=False, max_abs="sizes differ")])
@pytest.mark.parametrize(
    "rule",
    [
        Rule(),
        limits(Limit("ssim", min=0.98), Limit("mae", max=5.0)),
        limits(Limit("ssim", min=0.9, max=0.99)),
        limits(Limit("delta_e", max=2.0), Limit("whash", max=3)),
    ],
)
def test_exact_and_limits(comparison: Comparison, rule: Rule) -> None:
    agrees(recorded(evidence(comparison, rule)))
    agrees(recorded(evidence(comparison, rule, warn=(Limit("mae", max=0.001),))))


@pytest.mark.parametrize("kind", REPEATS)
@pytest.mark.parametrize(
    ("score", "again"),
    [(0.2, ()), (9.0, (9.5, 8.8)), (9.0, (9.5, 0.01)), (9.0, (9.5,)), (9.0, (None, 9.0)), (0.0, ())],
)
def test_floors_of_every_kind_of_noise(kind: str, score: float, again: tuple[float | None, ...]) -> None:
    data = agrees(recorded(calibrated(kind, score, again)))
    ways = {"pooled": "limit-spread", "wide": "limit-spread", "moderated": "limit-spread", "ranks": "ranks"}
    formulas = [step["formula"] for step in data["steps"]]
    assert ways.get(kind, "score") in formulas


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.01, 20), min_size=2, max_size=15), st.floats(0.001, 20), st.floats(0.0001, 0.2))
def test_any_repeats(scores: list[float], score: float, alpha: float) -> None:
    made = calibrated("pooled", score, (score * 1.1, score * 0.9))
    floor = read_floor(made.references[0].comparison, noise_of({"c": scores})["c"], alpha, confirmations=2)
    floor = replace(floor, confirmations=made.references[0].floor.confirmations)  # type: ignore[union-attr]
    agrees(recorded(replace(made, references=(replace(made.references[0], floor=floor),))))


def test_a_missing_floor_and_a_missing_score_are_inconclusive() -> None:
    agrees(recorded(evidence(NEAR, CALIBRATED)))
    comparison = panel(pixels_equal=False, max_abs=9, ssim_block_min=0.9, delta_e="not a color")
    floor = read_floor(comparison, noise_of(REPEATS["pooled"])["c"], 0.01, confirmations=2)
    agrees(recorded(evidence(None, CALIBRATED, references=(replace(reference(comparison), floor=floor),))))


@pytest.mark.parametrize(
    "more",
    [
        {"fault": GenerationRefusedError("p", "content policy")},
        {"fault": GenerationError("p", "no answer")},
        {"undecodable": Reason(Code.IMAGE_UNDECODABLE, {"problem": "cut", "file": "x"})},
        {"broken": Reason(Code.IMAGE_BLANK, {"share": 0.0, "color": [0, 0, 0]})},
        {"unplaced": Reason(Code.PROFILE_UNKNOWN, {"fields": ["gpu"]})},
        {"altered": Reason(Code.BASELINE_ALTERED, {"problem": "altered", "hint": ""})},
        {"ignored": Reason(Code.IGNORED, {"until": "2026-12-31", "owner": "kim", "reason": "known"})},
        {"findings": (Finding("{count: cat}", "fail", "2 cats"), Finding("{count: dog}", "pass"))},
        {"determinism": Level.PIXELS, "level": Level.LSB},
        {"determinism": Level.PIXELS, "level": Level.BYTES},
        {"require_generated": True, "source": "cache"},
        {"recipe": recipe("another prompt")},
        {"settings": {"quality": "draft"}},
        {"environment": {"cpu": "AVX-512"}},
        {"fallback": Reason(Code.PROFILE_FALLBACK, {"profile": {"gpu": "b"}, "used": {"gpu": "a"}})},
    ],
)
@pytest.mark.parametrize("comparison", [SAME, FAR])
def test_what_decides_beside_the_rule(comparison: Comparison, more: dict[str, Any]) -> None:
    made = evidence(comparison, **more)
    if "unplaced" in more:
        # what chooses the baseline is part of the policy
        policy = replace(made.trial.policy, profile=("gpu",))
        made = replace(made, trial=replace(made.trial, policy=policy), references=())
    agrees(recorded(made))


def test_new_and_accepted_refusals() -> None:
    agrees(recorded(evidence(None)))
    agrees(recorded(evidence(None, refusal=recipe(quality="standard"))))
    agrees(recorded(evidence(None, refusal=recipe(quality="standard"), fault=GenerationRefusedError("p", "policy"))))


@pytest.mark.parametrize(("answer", "expected"), [("Two.", "two"), ("three", "two"), ("three", None)])
def test_answers(answer: str, expected: str | None) -> None:
    asked = Recipe(Request("", ask="how many?"), Subject("mine", "python"))
    agrees(replace(recorded(evidence(None, recipe=asked, answer=answer, expected=expected)), image=None))


def sets() -> Iterator[tuple[str, Arm, Arm]]:
    random = np.random.default_rng(3)

    def arm(n: int, shift: float = 0.0, **more: Any) -> Arm:
        return Arm(random.normal(shift, 1, (n, 6)), thumbnails=random.normal(shift, 1, (n, 4)), **more)

    yield "alike", arm(10), arm(10)
    yield "changed", arm(10), arm(10, 4.0)
    yield "refusals", arm(12, passed={"{count: cat}": (12, 12)}), arm(3, refused=9, passed={"{count: cat}": (0, 3)})
    yield "too few", arm(2), arm(2)
    yield "all refused", arm(8), arm(0, refused=8)
    yield "no variance", Arm(np.ones((6, 6))), Arm(np.ones((6, 6)))
    yield "not a number", arm(5), Arm(np.full((5, 6), np.nan))
    yield "sizes", arm(5, sizes=frozenset({(8, 8)})), arm(5, sizes=frozenset({(9, 9)}))
    yield "new check", arm(8), arm(8, passed={"{count: cat}": (7, 8)})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "old", "new"), list(sets()), ids=lambda one: one if isinstance(one, str) else "")
def test_sets(name: str, old: Arm, new: Arm) -> None:
    ruling, reading = judge_set(SetEvidence(old, new, alpha=0.05, environment=KNOWN))
    status = "ok" if ruling.verdict == "benign" and not ruling.finding else "finding"
    made = recorded(evidence(NEAR, Rule("set", alpha=0.05)))
    agrees(replace(made, set=reading, outcome=Outcome(ruling.verdict, status, ruling.reasons)))


def test_a_number_that_does_not_follow_is_told() -> None:
    result = recorded(calibrated("pooled", 9.0, (9.5, 8.8)))
    assert result.floor is not None
    other = replace(result, floor=replace(result.floor, limit=result.floor.limit * 2))  # type: ignore[operator]
    assert [one.formula for one in explained(explain(other)) if one.trouble] == [Formula.LIMIT_SPREAD]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("numbers", [{"mean": 1e300}, {"spread": 1e200}, {"df": 0}, {"spread": -1.0}])
def test_numbers_that_nobody_could_have_measured_are_no_fault(numbers: dict[str, float]) -> None:
    result = recorded(calibrated("pooled", 9.0))
    assert result.floor is not None
    assert result.floor.numbers is not None
    floor = replace(result.floor, numbers=replace(result.floor.numbers, **numbers), n=0 if "df" in numbers else 5)
    explain(replace(result, floor=floor))


def test_every_formula_has_words() -> None:
    assert FORMULAS.keys() == set(Formula)
    assert all(words.name and words.expression for words in FORMULAS.values())
