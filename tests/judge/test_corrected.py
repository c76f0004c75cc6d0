"""Rates of checks passed that are corrected for a judge's errors, and the judges that only warn."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import corrected, corrected_rates, is_reliable, only_warns
from harness.judge.corrected import interval
from harness.judge.intervals import wilson
from harness.records import Finding, JudgeQuality, Share
from harness.vocabulary import CheckOutcome, Code


def share(count: int, n: int) -> Share:
    return Share(count, n, *wilson(count, n)) if n else Share(0, 0)


def quality(se: tuple[int, int], sp: tuple[int, int], kind: str = "shows", judge: str = "j") -> JudgeQuality:
    return JudgeQuality("gpt", judge, kind, share(*se), share(*sp), share(0, 60), share(60, 60))


def counted(most: int = 200) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, most), st.integers(1, most)).map(lambda pair: (min(pair), pair[1]))


@given(counted(), counted(), counted())
def test_it_is_a_rate_with_an_interval_around_it_or_says_why_not(
    passed: tuple[int, int], se: tuple[int, int], sp: tuple[int, int]
) -> None:
    found = corrected(*passed, quality(se, sp))
    if se[0] * sp[1] + sp[0] * se[1] <= se[1] * sp[1]:
        assert (found.rate, found.low, found.high) == (None, None, None)
        assert found.problem is not None
        assert found.problem.code == Code.RATE_CHANCE
    else:
        assert found.rate is not None
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.rate <= found.high <= 1


@given(counted(), st.integers(1, 100))
def test_a_perfect_judge_changes_no_rate(passed: tuple[int, int], labels: int) -> None:
    found = corrected(*passed, quality((labels, labels), (labels, labels)))
    assert found.rate == pytest.approx(passed[0] / passed[1])


@given(counted(), st.integers(21, 40), st.integers(21, 40))
def test_the_interval_of_failures_mirrors_that_of_passes(passed: tuple[int, int], se: int, sp: int) -> None:
    low, high = interval(passed, (se, 40), (sp, 40))
    other_low, other_high = interval((passed[1] - passed[0], passed[1]), (sp, 40), (se, 40))
    assert (1 - other_high, 1 - other_low) == pytest.approx((low, high))


def test_known_errors_are_taken_out() -> None:
    # a true rate of .7: .7 × .9 + .3 × .2 = .69 pass
    found = corrected(69, 100, quality((80, 100), (90, 100)))
    assert found.rate == pytest.approx(0.7)
    assert found.raw.rate == 0.69


def test_fewer_labels_widen_the_interval() -> None:
    few, many = (interval((69, 100), (8 * n, 10 * n), (9 * n, 10 * n)) for n in (3, 300))
    assert few[0] < many[0] < many[1] < few[1]


@pytest.mark.parametrize(("true", "se", "sp"), [(0.1, 0.9, 0.9), (0.5, 0.8, 0.85), (0.8, 0.8, 0.8), (0.95, 0.9, 0.95)])
def test_the_interval_covers_the_true_rate(true: float, se: float, sp: float) -> None:
    rng, rounds, covered = random.Random(20261127), 1500, 0

    def drawn(n: int, rate: float) -> tuple[int, int]:
        return sum(rng.random() < rate for _ in range(n)), n

    for _ in range(rounds):
        passed = drawn(80, true * sp + (1 - true) * (1 - se))
        low, high = interval(passed, drawn(40, se), drawn(40, sp))
        covered += low <= true <= high
    assert covered / rounds >= 0.93


def test_without_labels_of_one_outcome_nothing_is_corrected() -> None:
    found = corrected(3, 4, quality((0, 0), (9, 10)))
    assert found.rate is None
    assert found.problem is not None
    assert found.problem.code == Code.RATE_UNLABELED


def answered(outcome: CheckOutcome, quality: JudgeQuality | None) -> Finding:
    return Finding("{shows: a fox}", outcome, judge_quality=quality)


def test_rates_are_by_judge_and_kind_and_of_decided_answers_of_calibrated_judges() -> None:
    one, other = quality((30, 30), (30, 30)), quality((30, 30), (30, 30), "question/number")
    passed, failed, open_ = CheckOutcome.PASS, CheckOutcome.FAIL, CheckOutcome.INCONCLUSIVE
    findings = [answered(passed, one), answered(failed, one), answered(open_, one)]
    findings += [answered(passed, other), answered(failed, None)]
    rates = {found.kind: (found.raw.count, found.raw.n) for found in corrected_rates(findings)}
    assert rates == {"shows": (1, 2), "question/number": (1, 1)}


@pytest.mark.parametrize(
    ("se", "sp", "reliable"),
    [((30, 30), (30, 30), True), ((29, 30), (29, 30), True), ((28, 30), (30, 30), False), ((30, 30), (28, 30), False),
     ((0, 0), (30, 30), False), ((5, 5), (5, 5), False)],
)  # fmt: skip
def test_a_judge_is_reliable_where_both_intervals_say_so(
    se: tuple[int, int], sp: tuple[int, int], reliable: bool
) -> None:
    assert is_reliable(quality(se, sp)) is reliable


@pytest.mark.parametrize("outcome", list(CheckOutcome))
def test_only_what_did_not_pass_warns_and_only_of_an_unreliable_judge(outcome: CheckOutcome) -> None:
    assert only_warns(answered(outcome, quality((20, 30), (30, 30)))) is (outcome != CheckOutcome.PASS)
    assert not only_warns(answered(outcome, quality((30, 30), (30, 30))))
    assert not only_warns(answered(outcome, None))
