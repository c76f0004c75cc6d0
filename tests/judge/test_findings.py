"""Findings of one check compared with each other: paired ones, and those of other judges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import SCALES, Noise, level_between, read_floor, same_judge, score, unchanged
from harness.records import Comparison, Finding, Measurement
from harness.vocabulary import CheckOutcome, Code, Level

OUTCOMES = st.sampled_from(list(CheckOutcome))
JUDGES = st.sampled_from([None, "a", "b"])


def finding(outcome: CheckOutcome, judge: str | None, answers: list[str]) -> Finding:
    return Finding("c", outcome, judge=judge, evidence={"votes": [{"answer": answer} for answer in answers]})


FINDINGS = st.builds(finding, OUTCOMES, JUDGES, st.lists(st.sampled_from("123"), max_size=3))


@given(FINDINGS)
def test_a_decided_finding_is_unchanged_beside_itself(one: Finding) -> None:
    decided = one.outcome in (CheckOutcome.PASS, CheckOutcome.FAIL)
    assert unchanged(one, one) == (CheckOutcome.PASS if decided else one.outcome)


@given(FINDINGS, FINDINGS)
def test_a_pair_is_decided_by_one_judge_alone(a: Finding, b: Finding) -> None:
    found = unchanged(a, b)
    assert (found in (CheckOutcome.PASS, CheckOutcome.FAIL)) <= (a.judge == b.judge)
    assert (found == unchanged(b, a)) or not {a.outcome, b.outcome} <= {CheckOutcome.PASS, CheckOutcome.FAIL}
    assert same_judge(a, b) == same_judge(b, a)


def test_repeats_answered_by_other_judges_are_not_structurally_alike() -> None:
    far = Comparison({"pixels_equal": Measurement(value=False), "max_abs": Measurement(value=90.0)})
    one, other = (Finding("c", CheckOutcome.PASS, judge=judge) for judge in "ab")
    assert level_between(far, ((one,), (one,))) == Level.STRUCTURAL
    assert level_between(far, ((one,), (other,))) == Level.NONE


def panel(embedding: Measurement | None) -> Comparison:
    found = {
        "pixels_equal": Measurement(value=False),
        "ssim_block_min": Measurement(value=0.99),
        "delta_e": Measurement(value=0.1 * SCALES["delta_e"]),
        "delta_e_block_max": Measurement(value=0.1),
        "spectrum_peak": Measurement(value=8.0),
    }
    return Comparison(found if embedding is None else {**found, "embedding": embedding})


def test_the_distance_is_part_of_the_score_where_it_was_chosen() -> None:
    assert score(panel(None)) == pytest.approx(0.1)
    assert score(panel(Measurement(value=0.1))) == pytest.approx(2)
    assert score(panel(Measurement(value=0.0))) == pytest.approx(0.1)
    assert score(panel(Measurement(absent="no vector"))) is None
    assert score(panel(Measurement(value=float("nan")))) is None


@pytest.mark.parametrize(("before", "now"), [("a", "b"), (None, "b"), ("a", None)])
def test_a_floor_of_another_judge_gives_no_limit(before: str | None, now: str | None) -> None:
    noise = Noise(6, -2.0, 0.1, 5, "pooled", 0.2, 0.1, judge=before)
    seen = None if now is None else Measurement(value=0.0, detail={"judge": now})
    reading = read_floor(panel(seen), noise, 0.05)
    assert reading.limit is None
    assert reading.problem is not None
    assert reading.problem.code == Code.FLOOR_OTHER_JUDGE
    same = Measurement(value=0.0, detail={"judge": "a"})
    assert read_floor(panel(same), Noise(6, -2.0, 0.1, 5, "pooled", 0.2, 0.1, judge="a"), 0.05).limit is not None
