import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from harness.judge import Arm, SetEvidence, differences, judge_set, needed_images, permutations_for, smallest_p
from harness.records import Reason, Recipe, Request, Subject
from harness.vocabulary import Code

RANDOM = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def from_the_seed() -> None:
    """Give each test the same numbers, whichever ran before it in its process."""
    RANDOM.bit_generator.state = np.random.default_rng(7).bit_generator.state


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def images(n: int, shift: float = 0.0) -> np.ndarray:
    return RANDOM.normal(shift, 1, (n, 6))


def held(old: Arm, new: Arm, alpha: float = 0.05, **more: object) -> tuple[str, tuple[Reason, ...]]:
    ruling, reading = judge_set(SetEvidence(old, new, alpha=alpha, **{"environment": {"cpu": "AVX2"}} | more))  # type: ignore[arg-type]
    assert all(q.p is None or 0 < q.p <= 1 for q in reading.tests)
    return ruling.verdict, ruling.reasons


def asked(reasons: tuple[Reason, ...], name: str) -> tuple[str, str]:
    """What is new and what was accepted, by the question of that name."""
    [data] = [one.data for one in reasons if one.code == Code.SET_QUESTION and one.data["name"] == name]
    return data["new"], data["old"]


def test_sets_of_one_distribution_are_alike_and_others_are_not() -> None:
    assert held(Arm(images(10)), Arm(images(10)))[0] == "benign"
    verdict, reasons = held(Arm(images(10)), Arm(images(10, 4)))
    assert verdict == "drift"
    assert [r.code for r in reasons] == [Code.SERVICE_CHANGED, Code.SET_QUESTION]
    assert (reasons[1].data["name"], reasons[1].data["new"], reasons[1].data["old"]) == ("images", "10", "10")


def test_the_same_images_again_are_alike() -> None:
    same = np.ones((6, 6))
    assert held(Arm(same), Arm(same))[0] == "benign"
    assert held(Arm(same), Arm(same * 2))[0] == "drift"


def test_refusals_are_an_outcome_of_their_own() -> None:
    old = Arm(images(10))
    verdict, reason = held(old, Arm(images(0), refused=10))
    assert verdict == "drift"
    assert asked(reason, "refused") == ("10 of 10", "0 of 10")
    assert held(old, Arm(images(9), refused=1))[0] == "benign"
    assert held(Arm(images(10), failed=2), Arm(images(10), failed=2))[0] == "benign"


def test_all_refused_where_too_few_were_accepted_is_inconclusive() -> None:
    verdict, reason = held(Arm(images(2)), Arm(images(0), refused=2))
    assert verdict == "inconclusive"
    assert reason[0] == Reason(Code.SET_EMPTY)


def test_a_fallen_pass_rate_is_drift_though_no_image_shows_it() -> None:
    old, new = images(20), images(20)
    verdict, reason = held(Arm(old, passed={"count 2": (20, 20)}), Arm(new, passed={"count 2": (8, 20)}))
    assert verdict == "drift"
    assert asked(reason, "count 2") == ("8 of 20", "20 of 20")
    assert held(Arm(old, passed={"count 2": (8, 20)}), Arm(new, passed={"count 2": (20, 20)}))[0] == "benign"


def test_a_check_without_an_accepted_rate_must_pass_everywhere() -> None:
    ruling, _ = judge_set(SetEvidence(Arm(images(10)), Arm(images(10), passed={"count 2": (9, 10)})))
    assert (ruling.verdict, ruling.finding) == ("benign", True)
    assert ruling.reasons[-1] == Reason(Code.SET_NEW_CHECK, {"check": "count 2", "passed": 9, "count": 10})


def test_questions_are_corrected_over_the_set() -> None:
    checks = {f"check {i}": (10, 10) for i in range(8)}
    fallen = checks | {"check 0": (5, 10)}
    one = held(Arm(images(10), passed={"check 0": (10, 10)}), Arm(images(10), passed={"check 0": (5, 10)}))
    several = dict.fromkeys(checks, (9, 10)) | {"check 0": (5, 10)}
    many = held(Arm(images(10), passed=checks), Arm(images(10), passed=several))
    assert one[0] == "drift"
    assert many[0] == "benign"
    # a question that could never be answered costs nothing
    assert held(Arm(images(10), passed=checks), Arm(images(10), passed=fallen))[0] == "drift"


@pytest.mark.parametrize("n", [1, 2, 3])
def test_too_few_images_say_how_many_would_do(n: int) -> None:
    verdict, reason = held(Arm(images(n)), Arm(images(n, 9)), alpha=0.01)
    assert verdict == "inconclusive"
    assert reason[-1] == Reason(Code.SET_NEEDS, {"images": 5})
    assert held(Arm(images(5)), Arm(images(5, 9)), alpha=0.01)[0] == "drift"


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001, 1e-4])
def test_the_permutations_reach_the_rate_that_is_asked(alpha: float) -> None:
    n = needed_images(alpha)
    assert n is not None
    assert smallest_p(n, n, permutations_for(alpha, 2 * n)) <= alpha
    assert smallest_p(n - 1, n - 1, permutations_for(alpha, 2 * n - 2)) > alpha


def test_no_set_reaches_an_absurd_rate() -> None:
    assert needed_images(1e-9) is None
    verdict, reason = held(Arm(images(10)), Arm(images(10, 9)), alpha=1e-9)
    assert (verdict, reason[-1].code) == ("inconclusive", Code.SET_OUT_OF_REACH)


def test_features_that_are_no_numbers_are_inconclusive() -> None:
    broken = images(10)
    broken[0, 0] = np.nan
    verdict, reason = held(Arm(images(10)), Arm(broken))
    assert verdict == "inconclusive"
    assert reason[0].code == Code.TEST_NOT_FINITE


def test_images_of_a_cache_say_nothing() -> None:
    verdict, reason = held(Arm(images(10)), Arm(images(0)), left_out=10)
    assert verdict == "inconclusive"
    assert reason == (Reason(Code.SET_NOT_GENERATED, {"count": 10}),)


def test_another_request_or_size_is_incomparable() -> None:
    old, new = (Recipe(Request(prompt), Subject("p", "k")) for prompt in ("a fox", "a cat"))
    changed = differences(old, {}, new, {})
    assert held(Arm(images(5)), Arm(images(5)), changed=changed)[0] == "incomparable"
    small, large = frozenset({(64, 64)}), frozenset({(64, 64), (128, 64)})
    verdict, [reason] = held(Arm(images(5), sizes=small), Arm(images(5), sizes=large))
    assert verdict == "incomparable"
    assert reason.data == {"accepted": ["64×64"], "generated": ["64×64", "128×64"]}
    _, reading = judge_set(SetEvidence(Arm(images(5)), Arm(images(5)), changed=changed))
    assert (reading.permutations, reading.tests) == (0, ())
    assert held(Arm(images(5), sizes=large), Arm(images(5), sizes=small))[0] == "benign"


def test_false_alarms_stay_at_their_rate() -> None:
    alarms = sum(held(Arm(images(6)), Arm(images(6)), alpha=0.1)[0] == "drift" for _ in range(150))
    # 150 · 0.1 = 15; 28 or more have a chance of .0007
    assert alarms < 28


def test_a_check_that_some_passed_is_asked_also_where_as_many_did() -> None:
    def checks(was: int, now: int) -> list[str]:
        arms = (Arm(images(4), passed={"count 2": (count, 4)}) for count in (was, now))
        return [question.name for question in judge_set(SetEvidence(*arms))[1].tests]

    assert checks(2, 2) == checks(0, 1) == checks(4, 3) == ["images", "count 2"]
    assert checks(0, 0) == checks(4, 4) == ["images"]


def with_checks(judge: str | None, passed: int = 10, **more: object) -> Arm:
    judges = {} if judge is None else {"c": frozenset({judge})}
    return Arm(images(10), passed={"c": (passed, 10)}, judges=judges, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "now"), [("a", "b"), (None, "b"), ("a", None)])
def test_rates_of_other_judges_are_incomparable(before: str | None, now: str | None) -> None:
    verdict, (reason,) = held(with_checks(before), with_checks(now, 0))
    assert (verdict, reason.code, reason.data["checks"]) == ("incomparable", Code.SET_OTHER_JUDGE, ["c"])
    assert held(with_checks("a"), with_checks("a", 0))[0] == "drift"


def test_images_that_drift_do_so_whoever_answered_the_checks() -> None:
    assert held(with_checks("a"), Arm(images(10, 4), passed={"c": (10, 10)}))[0] == "drift"


def test_vectors_are_a_question_of_their_own() -> None:
    same, near, far = images(10), RANDOM.normal(0, 1, (10, 32)), RANDOM.normal(4, 1, (10, 32))
    assert held(Arm(same, vectors=near), Arm(images(10), vectors=RANDOM.normal(0, 1, (10, 32))))[0] == "benign"
    verdict, reasons = held(Arm(same, vectors=near), Arm(images(10), vectors=far))
    assert verdict == "drift"
    assert asked(reasons, "embedding") == ("10", "10")
    verdict, (reason,) = held(Arm(same, vectors=near), Arm(images(10), no_vectors="not finite"))
    assert (verdict, reason.code) == ("inconclusive", Code.SET_NO_VECTORS)


def test_what_moved_within_the_images_is_found_by_their_layout() -> None:
    old, new = images(10), images(10)
    moved = Arm(new, thumbnails=images(10, 4))
    assert held(Arm(old), replace(moved, thumbnails=None))[0] == "benign"
    verdict, reasons = held(Arm(old, thumbnails=images(10)), moved)
    assert verdict == "drift"
    assert [one.data["name"] for one in reasons if one.code == Code.SET_QUESTION] == ["layout"]
    _, reading = judge_set(SetEvidence(Arm(old, thumbnails=images(10)), moved))
    assert [question.name for question in reading.tests] == ["images", "layout"]


def test_colors_and_layout_together_keep_the_rate_of_the_set() -> None:
    """Under Holm, whether the two go together or not."""
    found = 0
    for _ in range(200):
        old, new = images(8), images(8)
        found += held(Arm(old, thumbnails=old), Arm(new, thumbnails=new))[0] == "drift"
        found += held(Arm(old, thumbnails=images(8)), Arm(new, thumbnails=images(8)))[0] == "drift"
    assert stats.binom.cdf(found, 400, 0.05) < 0.999
