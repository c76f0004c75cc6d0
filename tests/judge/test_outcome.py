import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.judge import judge
from harness.records import Finding, Limit, Reason, Recipe, Request, Rule
from harness.vocabulary import FINE, Code, Level, Verdict
from tests.judge.evidences import FAR, NEAR, SAME, codes, evidence, limits, panel, recipe, reference

BLANK = Reason(Code.IMAGE_BLANK, {"share": 0.0, "color": [1, 2, 3]})


def test_equal_pixels_are_identical_under_every_rule() -> None:
    for rule in (Rule(), Rule("calibrated"), limits(Limit("ssim", min=0.9))):
        assert judge(evidence(SAME, rule)).verdict == "identical"
        assert judge(evidence(SAME, rule)).status == "ok"


def test_exact_calls_any_changed_pixel_drift() -> None:
    outcome = judge(evidence(NEAR))
    assert (outcome.verdict, outcome.status) == ("drift", "finding")
    assert codes(outcome) == [Code.SERVICE_OR_REPEAT, Code.EXACT]


def test_limits_hold_and_break() -> None:
    rule = limits(Limit("ssim", min=0.98), Limit("phash", max=4))
    assert judge(evidence(NEAR, rule)).verdict == "benign"
    outcome = judge(evidence(FAR, rule))
    assert outcome.verdict == "drift"
    assert outcome.reasons[1:] == (
        Reason(Code.BEYOND, {"metric": "ssim", "value": 0.7, "min": 0.98, "max": None}),
        Reason(Code.BEYOND, {"metric": "phash", "value": 12, "min": None, "max": 4}),
    )


def test_a_measure_that_could_not_be_made_never_passes() -> None:
    rule = limits(Limit("phash", max=4))
    for comparison in (
        panel(pixels_equal=False, max_abs=1, phash="flat image"),
        panel(pixels_equal=False, max_abs=1),
    ):
        outcome = judge(evidence(comparison, rule))
        assert (outcome.verdict, outcome.status) == ("inconclusive", "finding")
        assert codes(outcome) == [Code.UNMEASURED]


def test_a_breach_outranks_a_missing_measure() -> None:
    rule = limits(Limit("phash", max=4), Limit("ssim", min=0.98))
    comparison = panel(pixels_equal=False, max_abs=90, phash="flat image", ssim=0.5)
    assert judge(evidence(comparison, rule)).verdict == "drift"


def test_closer_than_the_range_is_a_finding() -> None:
    outcome = judge(evidence(NEAR, limits(Limit("ssim", min=0.9, max=0.99))))
    assert (outcome.verdict, outcome.status) == ("benign", "finding")
    assert codes(outcome) == [Code.BELOW_RANGE]


def test_a_breach_of_a_foreign_measure_is_drift_whatever_its_direction() -> None:
    comparison = panel(pixels_equal=False, max_abs=9, clip=0.4)
    assert judge(evidence(comparison, limits(Limit("clip", min=0.9)))).verdict == "drift"
    assert judge(evidence(comparison, limits(Limit("clip", max=0.1)))).verdict == "drift"


def test_a_limit_on_a_metric_that_is_no_number_is_inconclusive() -> None:
    found = panel(pixels_equal=False, max_abs=1, ssim=float("nan"))
    assert judge(evidence(found, limits(Limit("ssim", min=0)))).verdict == "inconclusive"


def test_warn_band_and_hint() -> None:
    rule = limits(Limit("ssim", min=0.5))
    assert judge(evidence(NEAR, rule)).warnings[0] == Reason(Code.TOLERANCE_LOOSE, {"values": {"ssim": 0.998}})
    warned = judge(evidence(NEAR, rule, warn=(Limit("ssim", min=0.999),)))
    assert warned.status == "ok"
    near = {"metric": "ssim", "value": 0.998, "min": 0.999, "max": None}
    assert Reason(Code.NEAR, near) in warned.warnings


def test_the_reason_of_a_drift_names_what_changed() -> None:
    changed = evidence(FAR, settings={"quality": "draft"})
    quality = {"part": "subject", "path": "settings.quality", "before": "standard", "after": "draft"}
    assert judge(changed).reasons[0] == Reason(Code.SUBJECT_CHANGED, {"differences": [quality], "more": 0})
    moved = evidence(None, references=(reference(FAR, {"numpy": "2.3"}),), environment={"numpy": "2.4"})
    numpy = {"part": "environment", "path": "numpy", "before": "2.3", "after": "2.4"}
    assert judge(moved).reasons[0] == Reason(Code.ENVIRONMENT_CHANGED, {"differences": [numpy], "more": 0})
    assert codes(judge(evidence(FAR)))[0] == Code.SERVICE_OR_REPEAT


def test_a_reason_holds_a_few_differences_and_counts_the_rest() -> None:
    changed = evidence(FAR, settings={f"setting-{i}": i for i in range(9)})
    data = judge(changed).reasons[0].data
    assert (len(data["differences"]), data["more"]) == (3, 7)


def test_a_changed_subject_with_the_same_image_is_identical_and_said() -> None:
    outcome = judge(evidence(SAME, settings={"quality": "draft"}))
    assert outcome.verdict == "identical"
    assert outcome.warnings[0].code == Code.SUBJECT_TOLERATED


def test_another_request_is_incomparable_even_with_the_same_pixels() -> None:
    outcome = judge(evidence(SAME, recipe=recipe("a blue circle", quality="standard")))
    assert (outcome.verdict, outcome.status) == ("incomparable", "finding")
    [prompt] = outcome.reasons[0].data["differences"]
    assert (codes(outcome), prompt["before"], prompt["after"]) == (
        [Code.REQUEST_CHANGED], "a red circle", "a blue circle",
    )  # fmt: skip


def test_other_sizes_are_incomparable() -> None:
    comparison = panel(
        bytes_equal=False, pixels_equal=False, max_abs="sizes differ: 64×64 and 32×32", ssim="sizes differ"
    )
    outcome = judge(evidence(comparison))
    assert outcome.verdict == "incomparable"
    assert outcome.reasons == (Reason(Code.IMAGE_INCOMMENSURABLE, {"absent": "sizes differ: 64×64 and 32×32"}),)


def test_no_baseline_is_new_and_never_fine() -> None:
    outcome = judge(evidence(None))
    assert (outcome.verdict, outcome.status) == ("new", "finding")
    assert codes(outcome) == [Code.BASELINE_NONE]


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (GenerationError("p", "500"), "failed"),
        (GenerationTimeoutError("p", 3), "failed"),
        (GenerationRefusedError("p", "content policy"), "refused"),
    ],
)
def test_faults_are_missing(fault: GenerationError, verdict: str) -> None:
    outcome = judge(evidence(None, fault=fault))
    assert (outcome.verdict, outcome.status) == (verdict, "missing")
    assert outcome.reasons[0].code == f"generation.{verdict}"
    assert outcome.reasons[0].data["problem"] == fault.problem


def test_broken_outranks_drift_but_an_accepted_blank_is_identical() -> None:
    assert judge(evidence(FAR, broken=BLANK)).verdict == "broken"
    assert judge(evidence(None, broken=BLANK)).verdict == "broken"
    assert judge(evidence(SAME, broken=BLANK)).verdict == "identical"


def test_a_failed_or_unclear_check_is_a_finding() -> None:
    for result in ("fail", "inconclusive", "unsupported"):
        outcome = judge(evidence(SAME, findings=(Finding("count: red circle = 2", result, "1 red circle"),)))
        assert (outcome.verdict, outcome.status) == ("identical", "finding")
        data = {"check": "count: red circle = 2", "outcome": result, "seen": "1 red circle"}
        assert outcome.reasons == (Reason(Code.CHECK, data),)


def test_a_broken_promise_is_a_finding() -> None:
    outcome = judge(evidence(SAME, determinism=Level.PIXELS, level=Level.LSB))
    assert (outcome.status, codes(outcome)) == ("finding", [Code.DETERMINISM])
    assert judge(evidence(SAME, determinism=Level.PIXELS, level=Level.BYTES)).status == "ok"


def test_ignored_findings_do_not_count_but_are_reported() -> None:
    known = Reason(Code.IGNORED, {"until": "2030-01-01", "owner": "ann", "reason": "known"})
    outcome = judge(evidence(FAR, ignored=known))
    assert (outcome.verdict, outcome.status) == ("drift", "ignored")
    assert outcome.reasons[-1] == known


def test_any_accepted_image_will_do() -> None:
    both = (reference(FAR), reference(SAME))
    assert judge(evidence(None, references=both)).verdict == "identical"
    outcome = judge(evidence(None, limits(Limit("ssim", min=0.99)), references=(reference(FAR), reference(NEAR))))
    assert outcome.verdict == "benign"


def test_require_generated_refuses_the_cache() -> None:
    assert judge(evidence(SAME, source="cache", require_generated=True)).verdict == "inconclusive"
    assert judge(evidence(SAME, source="cache")).verdict == "identical"


@pytest.mark.parametrize(
    ("answer", "verdict"), [("2", "identical"), (" 2. ", "identical"), ("3", "drift"), (None, "failed")]
)
def test_answers(answer: str | None, verdict: str) -> None:
    asked = Recipe(Request("", ask="How many?"), recipe().subject)
    assert judge(evidence(None, recipe=asked, expected="2", answer=answer)).verdict == verdict


VALUES = st.one_of(st.none(), st.floats(allow_nan=True), st.booleans())


@given(
    values=st.dictionaries(st.sampled_from(["ssim", "phash", "max_abs", "pixels_equal", "mae", "delta_e"]), VALUES),
    rule=st.sampled_from(
        [Rule(), Rule("calibrated"), Rule("set"), limits(Limit("ssim", min=0.9), Limit("mae", max=1))]
    ),
)
def test_only_a_proven_comparison_is_fine(values: dict[str, float | bool | None], rule: Rule) -> None:
    outcome = judge(evidence(panel(**{k: "absent" if v is None else v for k, v in values.items()}), rule))
    assert isinstance(outcome.verdict, Verdict)
    if outcome.verdict in FINE and outcome.verdict != "identical":
        assert rule.kind == "limits"
        assert float(values["ssim"] or 0) >= 0.9
    if outcome.verdict == "identical":
        assert values.get("pixels_equal") == 1
    assert (outcome.status == "ok") <= (outcome.verdict in FINE)
    if outcome.status != "ok":
        assert outcome.reasons


def test_an_altered_baseline_is_never_a_pass() -> None:
    altered = Reason(Code.BASELINE_ALTERED, {"problem": "it is not the accepted image", "hint": "git checkout it"})
    outcome = judge(evidence(SAME, altered=altered))
    assert (outcome.verdict, outcome.status) == ("inconclusive", "finding")
    assert outcome.reasons == (altered, Reason(Code.BASELINE_AS_STORED))


def test_an_absent_measure_says_why() -> None:
    rule = limits(Limit("phash", max=4), Limit("ssim", min=0.9))
    [hash_, ssim] = judge(evidence(panel(pixels_equal=False, max_abs=1, phash="flat image"), rule)).reasons
    assert hash_.data == {"metric": "phash", "absent": "flat image"}
    assert (ssim.data["metric"], bool(ssim.data["absent"])) == ("ssim", True)


@pytest.mark.parametrize(
    ("rule", "loose"),
    [
        (limits(Limit("max_abs", max=13)), {"max_abs": 3.0}),
        (limits(Limit("max_abs", max=12)), {"max_abs": 3.0}),
        (limits(Limit("max_abs", max=11)), None),
        (limits(Limit("max_abs", min=1, max=255)), None),
        (limits(Limit("max_abs", min=1)), None),
        (limits(Limit("ssim", min=0.99)), {"ssim": 0.998}),
        (limits(Limit("ssim", min=0.993)), None),
        (limits(Limit("ssim", min=0.5), Limit("max_abs", max=4)), None),
        (limits(Limit("ssim", min=0.5), Limit("max_abs", max=40)), {"ssim": 0.998, "max_abs": 3.0}),
    ],
)
def test_a_tolerance_is_loose_where_less_than_a_quarter_of_each_is_used(
    rule: Rule, loose: dict[str, float] | None
) -> None:
    found = [
        reason.data["values"] for reason in judge(evidence(NEAR, rule)).warnings if reason.code == Code.TOLERANCE_LOOSE
    ]
    assert found == ([] if loose is None else [loose])
