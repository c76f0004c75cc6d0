"""The pure parts of an audit: distances and findings in, decisions out."""

import math
from collections import Counter
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records import Finding, ImageRef, Ratio, Reason, Recipe, Request, Subject, TrialKey
from harness.study.audit.checks import check_rows, lost_of, prompts_p, tally_checks, won_of
from harness.study.audit.compare import Compared, PromptDistances
from harness.study.audit.judge import ALPHA, PARTS, decide, exactness, method_of, noise_p, widest
from harness.study.audit.read import ArmSamples, Prompt, Sample, prompts_of
from harness.study.audit.speed import ratio, speed_of, timed
from harness.vocabulary import Code

RECIPE = Recipe(Request("a lake"), Subject("mine", "python"))
NUMBERS = count()


def generate(
    verdict: str = "new", *findings: tuple[str, str], pixels: str | None = None, seconds: float = 1.0
) -> Sample:
    there = verdict not in ("refused", "failed")
    digest = pixels or f"{next(NUMBERS):064x}"
    image = ImageRef(f"images/{digest}.png", digest, digest, 8, 8, "png") if there else None
    found = tuple(Finding(f"{{{kind}: thing}}", outcome) for kind, outcome in findings)
    return Sample(0, verdict, (), image, None, found, seconds, 0.0, "generated" if there else "none")


def prompt(a: list[Sample], b: list[Sample], case: str = "lake") -> Prompt:
    key = TrialKey("small", case, "base", 0)
    return Prompt("small", case, "base", ((generated(key, a), generated(key, b)),))


def generated(key: TrialKey, samples: list[Sample]) -> ArmSamples:
    return ArmSamples(key, RECIPE, (), (), tuple(samples))


def held(score: float | None) -> Compared:
    kind = "unmeasured" if score is None else "identical" if score == 0 else "visible" if score > 1 else "benign"
    return Compared(kind, score)


def looked(a: list[float], b: list[float], across: list[float | None], case: str = "lake") -> PromptDistances:
    sides = [generate(), generate()], [generate(), generate()]
    pairs = tuple(held(score) for score in across)
    return PromptDistances(prompt(*sides, case), tuple(map(held, a)), tuple(map(held, b)), pairs, pairs, ())


def test_the_method_follows_from_what_repeated() -> None:
    assert exactness([]) is None
    assert exactness([held(0.0), held(0.0)]) is True
    assert exactness([held(0.0), held(0.3)]) is False
    assert [method_of(*pair) for pair in ((True, True), (True, False), (None, False), (None, True), (None, None))] == [
        "exact", "noise", "noise", "none", "none",
    ]  # fmt: skip


def test_the_widest_kind_of_several() -> None:
    assert widest([held(0.0), held(0.4)]) == "benign"
    assert widest([held(None), held(0.4)]) == "unmeasured"
    assert widest([held(None), held(1.4)]) == "visible"


@given(
    st.lists(st.tuples(*[st.floats(0, 50)] * 3), min_size=2, max_size=12),
    st.floats(1.5, 30),
)
def test_chances_are_chances_and_fall_with_the_distance(rows: list[tuple[float, ...]], far: float) -> None:
    controls = {i: row[:2] for i, row in enumerate(rows)}
    near = noise_p(controls, {i: [row[2]] for i, row in enumerate(rows)})
    farther = noise_p(controls, {i: [max(row[2], 0.01) * far] for i, row in enumerate(rows)})
    for i in controls:
        assert near[i] is not None
        assert farther[i] is not None
        assert 0 < farther[i] <= near[i] <= 1  # type: ignore[operator]


def test_without_any_control_nothing_is_said() -> None:
    assert noise_p({0: []}, {0: [3.0]}) == {0: None}
    assert noise_p({0: [1.0]}, {0: [3.0]}) == {0: None}, "one distance within an arm shows no spread"


def test_single_controls_borrow_the_spread_between_prompts() -> None:
    found = noise_p({i: [1.0 + 0.1 * i] for i in range(8)}, {i: [1.0 + 0.1 * i] for i in range(8)})
    assert all(p is not None and p > 0.4 for p in found.values())
    found = noise_p({i: [1.0 + 0.1 * i] for i in range(8)}, {i: [40.0] for i in range(8)})
    assert all(p is not None and p < 0.01 for p in found.values())


def test_equal_arms_that_do_not_repeat_are_rarely_called_changed() -> None:
    random = np.random.default_rng(5)
    wrong = 0
    for _ in range(300):
        points = random.normal(size=(6, 4, 3)) * np.exp(random.normal(0, 0.7, (6, 1, 1)))
        rows = [
            looked(
                *(
                    [float(np.linalg.norm(p[i] - p[j])) for i, j in pairs]
                    for pairs in ([(0, 1)], [(2, 3)], [(0, 2), (1, 3)])
                )
            )  # type: ignore[arg-type]
            for p in points
        ]
        wrong += any(one.outcome == "changed" for one in decide(rows, "noise", ("a", "b")))
    # 300 audits at a rate of .0167: more than 14 has a chance below .0002
    assert ALPHA / PARTS < 0.017
    assert wrong <= 14


def test_exact_arms_leave_nothing_to_chance() -> None:
    found = decide([looked([0.0], [0.0], [0.0]), looked([0.0], [0.0], [0.02])], "exact")
    assert [(one.outcome, one.kind, one.p) for one in found] == [
        ("same", "identical", None),
        ("changed", "benign", None),
    ]


def test_what_cannot_be_scored_beside_noise_is_inconclusive() -> None:
    rows = [looked([0.5], [0.6], [0.5]), looked([0.4], [0.7], [None])]
    assert [one.outcome for one in decide(rows, "noise", ("a", "b"))] == ["same", "inconclusive"]


def test_a_refusal_must_hold_to_be_a_change() -> None:
    def came(a: list[Sample], b: list[Sample]) -> tuple[str, tuple[Reason, ...]]:
        (one,) = decide([PromptDistances(prompt(a, b), (), (), (), (), ())], "exact")
        return one.outcome, one.reasons

    refused, there, failed = generate("refused"), generate(), generate("failed")
    assert came([there, there], [refused, refused])[0] == "changed"
    assert came([refused, refused], [there, there])[1] == (
        Reason(Code.AUDIT_REFUSED, {"arm": "A", "other": "B", "count": 2}),
    )
    assert came([refused], [refused])[0] == "missing"
    assert came([failed, there], [refused, refused])[0] == "missing"


def test_checks_won_lost_and_undecided() -> None:
    a = [generate("new", ("count", "pass"), ("color", "fail"), ("above", "pass"), ("absent", "inconclusive"))]
    b = [generate("new", ("count", "fail"), ("color", "pass"), ("above", "pass"), ("absent", "pass"))]
    tally = tally_checks(prompt(a, b))
    assert (won_of(tally), lost_of(tally)) == (1, 1)
    rows = {row.kind: row for row in check_rows([tally])}
    assert (rows["all"].kept, rows["all"].won, rows["all"].lost, rows["all"].undecided) == (1, 1, 1, 1)
    assert rows["all"].p == 1.0
    assert list(rows) == ["all", "above", "absent", "color", "count"]


def test_equal_images_count_their_checks_once() -> None:
    one, two = (
        generate("new", ("count", outcome), pixels=pixels) for outcome, pixels in (("pass", "aa"), ("fail", "bb"))
    )
    assert lost_of(tally_checks(prompt([one, one], [two, two]))) == 1
    other = generate("new", ("count", "fail"), pixels="cc")
    assert lost_of(tally_checks(prompt([one, one], [two, other]))) == 2


def test_a_refused_image_passes_nothing_and_a_failed_one_says_nothing() -> None:
    good = generate("new", ("count", "pass"))
    assert lost_of(tally_checks(prompt([good], [generate("refused")]))) == 1
    assert tally_checks(prompt([good], [generate("failed")])) == Counter()


def test_checks_that_flip_within_an_arm_are_counted_beside() -> None:
    a = [generate("new", ("count", "pass")), generate("new", ("count", "fail"))]
    row = check_rows(
        [tally_checks(prompt(a, [generate("new", ("count", "pass")), generate("new", ("count", "pass"))]))]
    )[0]
    assert (row.flips_a, row.flips_b) == (1, 0)


def test_checks_of_one_prompt_are_one_vote() -> None:
    losing = tally_checks(
        prompt(
            [generate("new", *[(f"k{i}", "pass") for i in range(9)])],
            [generate("new", *[(f"k{i}", "fail") for i in range(9)])],
        )
    )
    assert check_rows([losing])[0].p == pytest.approx(2 / 2**9)
    assert prompts_p([losing]) == 1.0
    assert prompts_p([losing] * 8) == pytest.approx(2 / 2**8)
    assert prompts_p([Counter()]) is None


def test_ratios_have_an_interval_from_six_prompts_on() -> None:
    assert ratio([]) is None
    assert ratio([2.0] * 5) == Ratio(2.0, 5)
    assert ratio([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == Ratio(3.5, 6, 1.0, 6.0)
    many = ratio([float(i) for i in range(1, 4002)])
    assert many is not None
    assert many.low is not None
    assert many.low == pytest.approx(2001 - 62, abs=1)


def test_a_few_prompts_state_no_ratio_of_their_times() -> None:
    timed_prompts = [prompt([generate(seconds=0.002)], [generate(seconds=0.004)]) for _ in range(6)]
    assert speed_of(timed_prompts[:5]) is None
    assert speed_of(timed_prompts) == Ratio(2.0, 6, 2.0, 2.0)


@given(st.integers(6, 400))
def test_the_interval_of_a_ratio_holds_its_level(n: int) -> None:
    found = ratio([float(i) for i in range(n)])
    assert found is not None
    assert found.low is not None
    below = int(found.low)
    coverage = 1 - 2 * sum(math.comb(n, k) for k in range(below + 1)) / 2**n
    assert coverage >= 0.95
    wider = 1 - 2 * sum(math.comb(n, k) for k in range(below + 2)) / 2**n
    assert wider < 0.95, "no narrower one holds it"


def test_only_what_was_generated_is_timed() -> None:
    assert timed([generate(seconds=2.0), generate("failed", seconds=9.0)]) == [2.0]


def test_an_unseeded_key_pairs_with_the_one_seed_of_the_other_arm() -> None:
    keys = TrialKey("s", "case", "base", None), TrialKey("s", "case", "base", 0), TrialKey("s", "gone", "base", 0)
    a, b = {keys[0]: generated(keys[0], [])}, {keys[1]: generated(keys[1], []), keys[2]: generated(keys[2], [])}
    prompts, notes = prompts_of(a, b)
    assert [one.case for one in prompts] == ["case"]
    assert notes == [Reason(Code.AUDIT_ONLY_IN, {"arm": "B", "trials": ["s/gone/base-s0"], "more": 0})]
