from dataclasses import replace

import pytest

from harness.judge import closest, judge
from harness.judge.panel import disagreements
from harness.records import Limit, Reason, Recipe, Request, Rule, Subject
from harness.vocabulary import Code, Level
from tests.judge.evidences import FAR, NEAR, codes, evidence, panel, reference

BISTABLE = Reason(Code.MODES, {"modes": [5, 1], "case": "fox", "max_abs": 9})
PROBE = (Reason(Code.PROBE_STORED, {"when": "2026-11-22", "level": Level.NONE}), BISTABLE)


def test_an_environment_that_changed_is_the_reason() -> None:
    held = reference(FAR, {"packages": {"numpy": "2.3.1"}, "cpu": "AVX512_ICL"})
    outcome = judge(evidence(None, references=(held,), environment={"packages": {"numpy": "2.4.6"}, "cpu": "AVX2"}))
    assert codes(outcome) == [Code.ENVIRONMENT_CHANGED, Code.EXACT]
    assert [one["path"] for one in outcome.reasons[0].data["differences"]] == ["cpu", "packages.numpy"]


def test_the_probe_is_heard_where_nothing_changed() -> None:
    outcome = judge(evidence(FAR, probe=PROBE))
    assert outcome.reasons == (Reason(Code.SERVICE_OR_REPEAT), *PROBE, Reason(Code.EXACT))
    moved = evidence(FAR, probe=PROBE, settings={"quality": "draft"})
    assert codes(judge(moved)) == [Code.SUBJECT_CHANGED, Code.EXACT]


@pytest.mark.parametrize(
    ("values", "blind", "seeing"),
    [
        ({"phash": 0, "ssim": 0.9998, "ssim_block_min": 0.999, "delta_e": 22.6}, {"phash", "ssim"}, {"delta_e"}),
        ({"phash": 0, "ssim": 0.95, "ssim_block_min": 0.99, "delta_e": 22.6}, {"phash"}, {"delta_e"}),
        ({"phash": 20, "ssim": 0.998, "ssim_block_min": 0.71, "delta_e": 0.4}, {"ssim"}, {"ssim_block_min"}),
        ({"phash": 0, "ssim": 0.9, "ssim_block_min": 0.5, "delta_e": 9}, {"phash"}, {"delta_e", "ssim_block_min"}),
    ],
)  # fmt: skip
def test_metrics_that_see_nothing_stand_beside_those_that_see(
    values: dict[str, float], blind: set[str], seeing: set[str]
) -> None:
    [note] = disagreements(panel(**values))
    assert note.code == Code.METRICS_DISAGREE
    assert note.data["blind"] == {name: values[name] for name in blind}
    assert note.data["seeing"] == {name: values[name] for name in seeing}


@pytest.mark.parametrize(
    ("values", "alone"),
    [
        ({"phash": 32, "ssim": 0.9999, "ssim_block_min": 0.999, "delta_e": 0.1}, True),
        ({"phash": 30, "ssim": 0.5, "ssim_block_min": 0.1, "delta_e": 30}, False),
        ({"phash": 0, "ssim": 0.9999, "ssim_block_min": 0.99, "delta_e": 0.1}, False),
        ({"phash": "absent", "ssim": "absent", "ssim_block_min": "absent", "delta_e": "absent"}, False),
    ],
)
def test_a_hash_that_alone_sees_a_change_is_a_note(values: dict[str, float | str], alone: bool) -> None:
    notes = (Reason(Code.HASH_ALONE, {"phash": values["phash"]}),) if alone else ()
    assert disagreements(panel(**values)) == notes


def test_a_disagreement_is_reported_beside_the_verdict() -> None:
    blind = panel(pixels_equal=False, max_abs=40, mae=3, phash=0, ssim=0.999, ssim_block_min=0.99, delta_e=22.6)
    rule = Rule("limits", (Limit("ssim", min=0.98),))
    outcome = judge(evidence(blind, rule))
    assert outcome.verdict == "benign"
    assert Code.METRICS_DISAGREE in [note.code for note in outcome.warnings]
    assert Code.METRICS_DISAGREE not in [note.code for note in judge(evidence(NEAR, rule)).warnings]


@pytest.mark.parametrize("kind", ["compare", "pytest"])
def test_of_images_made_elsewhere_nothing_more_is_known(kind: str) -> None:
    made = Recipe(Request("p"), Subject(kind, kind))
    held = evidence(FAR).references[0]
    assert codes(judge(evidence(None, recipe=made, references=(replace(held, recipe=made),)))) == [
        Code.IMAGES_DIFFER,
        Code.EXACT,
    ]


def test_the_closest_has_equal_pixels_then_the_least_difference_then_the_highest_ssim() -> None:
    order = [
        panel(pixels_equal=True, mae=9.0, ssim=0.1),
        panel(pixels_equal=False, mae=1.0, ssim=0.9),
        panel(pixels_equal=False, mae=1.0, ssim=0.8),
        panel(pixels_equal=False, mae=1.0),
        panel(pixels_equal=False, mae=2.0, ssim=1.0),
        panel(pixels_equal=False, ssim=1.0),
        panel(pixels_equal=False),
    ]
    references = [reference(comparison) for comparison in order]
    for first in range(len(order)):
        assert closest(tuple(reversed(references[first:]))) is references[first]
    assert closest((references[1], reference(order[1]))) is references[1]
