"""What an unreliable judge says of a set of images."""

from harness.records import (
    Finding,
    ImageRef,
    JudgeQuality,
    Outcome,
    Recipe,
    Request,
    Share,
    Subject,
    TrialKey,
    TrialResult,
)
from harness.runner.sets import checks_looked_at
from harness.vocabulary import CheckOutcome, Status, Verdict

QUALITY = JudgeQuality(
    "gpt", "d", "shows", Share(20, 30, 0.49, 0.81), Share(30, 30, 0.89, 1.0), Share(0, 60), Share(0, 0)
)


def result(*findings: Finding) -> TrialResult:
    image = ImageRef("images/1.png", "0" * 64, "0" * 64, 8, 8, "png")
    recipe = Recipe(Request("a fox"), Subject("p", "painter"))
    return TrialResult(TrialKey("s", "c"), recipe, Outcome(Verdict.NEW, Status.FINDING), image=image, findings=findings)


def test_its_failures_count_only_for_checks_that_have_an_accepted_rate() -> None:
    old = Finding("{shows: a fox}", CheckOutcome.FAIL, judge_quality=QUALITY)
    new = Finding("{shows: a den}", CheckOutcome.FAIL, judge_quality=QUALITY)
    passed = Finding("{shows: a tree}", CheckOutcome.PASS, judge_quality=QUALITY)
    sure = Finding("{count: circle, equals: 1}", CheckOutcome.FAIL)
    (found,) = checks_looked_at([result(old, new, passed, sure)], {old.check})
    assert found == {old.check: "fail", passed.check: "pass", sure.check: "fail"}
