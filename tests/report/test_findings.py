"""What the checks of a run found: on its page in a real Chromium, and in the terminal, Markdown and JUnit."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import wilson
from harness.ledger import iter_results
from harness.records import Finding, JudgeQuality, Share
from harness.report import asset, tally_of, write_report
from harness.report.tally import OTHER_CHECKS, Tally
from harness.report.text import answered_by, box_words, checks_passed, evidence_shown, quality_shown
from harness.report.text.judges import NOT_CALIBRATED
from harness.vocabulary import CheckOutcome

CIRCLES = "#trial=quickstart/two-circles/style=flat-s0"
SIGN = "#trial=quickstart/sailboat/base-s0"
NAMES = ("words", "votes", "cer", "accepted", "answer", "seen", "problem", "sent", "other_thing")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
VOTES = [
    {"answer": "yes", "seen": "a disc", "options": ["yes", "no"], "served_model": "judge-1-2026", "sent": [512, 384]},
    {"problem": "no image was received", "options": ["no", "yes"]},
]


def read(text: str, *words: str, outcome: CheckOutcome = CheckOutcome.PASS, name: str | None = "sign") -> Finding:
    boxes = tuple((20 + 60 * at, 40, 50, 24) for at in range(len(words)))
    evidence = {"words": [[word, 0.9876] for word in words], "cer": 0.25}
    return Finding(f"{{text: {text}}}", outcome, " ".join(words), boxes, "ocr", "c" * 64, evidence, name=name)


def asked(
    outcome: CheckOutcome, evidence: dict[str, Any] | None = None, quality: JudgeQuality | None = None
) -> Finding:
    seen = {"votes": VOTES} if evidence is None else evidence
    return Finding("{shows: a boat}", outcome, "yes ×1", (), "gpt", "f" * 64, seen, cost=0.003, judge_quality=quality)


def share(count: int, n: int) -> Share:
    return Share(count, n, *wilson(count, n)) if n else Share(0, 0)


def quality(sensitivity: Share, specificity: Share, when: str = "2026-11-19T08:00:00+00:00") -> JudgeQuality:
    return JudgeQuality(
        "gpt", "f" * 64, "shows", sensitivity, specificity, share(2, 60), share(60, 60), when, "painter", 60
    )


@pytest.fixture(scope="module")
def checked(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run: circles with a failing and a passing check on the same boxes, a sign that is read, a boat
    that is asked about over three seeds of which one has no image, and a case without checks."""
    run = sample.RunFolder(tmp_path_factory.mktemp("checked"))
    two = sample.circles(0, draft=True)
    count = Finding("{count: red circle, equals: 3}", CheckOutcome.FAIL, "2 red circles", two, name="three")
    left = Finding("{left_of: [red circle, blue square]}", CheckOutcome.PASS, "", (*two, (150, 90, 76, 76)))
    sample.trial(run, "two-circles", "drift", findings=(count, left))
    for seed, outcome in enumerate((CheckOutcome.INCONCLUSIVE, CheckOutcome.PASS)):
        weak = quality(share(20, 29), share(31, 31)) if seed else None
        findings = (read("AHOY", "AHOY", "you", outcome=CheckOutcome.PASS), asked(outcome, quality=weak))
        sample.trial(run, "sailboat", "drift" if seed else "new", seed=seed, variant="base", findings=findings)
    sample.trial(run, "sailboat", "failed", seed=2, variant="base")
    sample.trial(run, "day-house", "identical", findings=(read("OPEN", outcome=CheckOutcome.UNSUPPORTED),))
    sample.trial(run, "star-row", "identical")
    folder: Path = run.write()
    return folder


@pytest.fixture(scope="module")
def address(checked: Path) -> str:
    return write_report(checked, baselines=checked.parents[1] / "baselines", formats=("html",))["html"].as_uri()


def boxes(page: Any) -> Any:
    return page.locator(".mark:not(.masked)")


def lit(page: Any) -> list[str]:
    return list(page.locator(".checks li.lit .found-by strong").all_inner_texts())


def near(mark: Any, image: Any, box: tuple[int, int, int, int]) -> bool:
    times = image["width"] / 256
    corner = (image["x"] + box[0] * times, image["y"] + box[1] * times)
    return bool(
        abs(mark["x"] - corner[0]) < 3 and abs(mark["y"] - corner[1]) < 3 and abs(mark["width"] - box[2] * times) < 3
    )


@pytest.mark.browser
def test_boxes_stand_where_things_were_found_whatever_the_zoom(opened: Any, address: str, sample: ModuleType) -> None:
    opened.goto(address + CIRCLES)
    where = (*sample.circles(0, draft=True), (150, 90, 76, 76))
    for step in ("Fit", "Larger", "1:1"):
        opened.get_by_role("button", name=step).click()
        image = opened.locator(".port[data-kind=b] img").bounding_box()
        marks = [mark.bounding_box() for mark in boxes(opened).all()]
        assert len(marks) == 3, "each place once, on the candidate alone"
        assert all(any(near(mark, image, box) for mark in marks) for box in where)
    assert opened.locator(".mark.masked").count() == 2, "what is not compared is marked in both"


@pytest.mark.browser
def test_boxes_are_told_apart_without_color(opened: Any, address: str) -> None:
    opened.goto(address + CIRCLES)
    words = boxes(opened).all_inner_texts()
    assert sorted(words) == ["✓2", "✗1 ✓2", "✗1 ✓2"]
    borders = boxes(opened).evaluate_all("all => all.map(one => getComputedStyle(one).borderTopStyle)")
    styles = dict(zip(words, borders, strict=True))
    assert len(set(styles.values())) == 2


@pytest.mark.browser
def test_a_button_and_a_key_turn_boxes_off_and_the_next_trial_keeps_it(opened: Any, address: str) -> None:
    opened.goto(address + CIRCLES)
    opened.keyboard.press("c")
    assert boxes(opened).count() == 0
    assert opened.locator("#boxes").get_attribute("aria-pressed") == "false"
    opened.evaluate(f"location.hash = '{SIGN}'")
    opened.locator("#panel h2", has_text="sailboat").wait_for()
    assert boxes(opened).count() == 0
    opened.locator("#boxes").focus()
    opened.keyboard.press("Enter")
    opened.keyboard.press("Enter")
    opened.keyboard.press("Enter")
    assert boxes(opened).count() == 2


@pytest.mark.browser
def test_a_finding_marks_its_boxes_and_a_box_its_findings(opened: Any, address: str) -> None:
    opened.goto(address + CIRCLES)
    opened.locator(".checks li").first.hover()
    assert opened.locator(".mark.lit").count() == 2
    opened.locator(".bar-top").hover()
    assert opened.locator(".mark.lit").count() == 0
    opened.locator(".checks button").nth(1).focus()
    assert opened.locator(".mark.lit").count() == 3
    opened.locator(".back").focus()
    square = opened.locator(".mark", has_text="✓2").last.bounding_box()
    opened.mouse.move(square["x"] + square["width"] / 2, square["y"] + square["height"] / 2)
    assert "left_of: [red circle, blue square]" in lit(opened)
    circle = opened.locator(".mark", has_text="✗1").first.bounding_box()
    opened.mouse.move(circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2)
    assert lit(opened) == ["three", "left_of: [red circle, blue square]"]
    opened.mouse.move(3, 3)
    assert lit(opened) == []
    opened.locator(".checks button").first.click()
    assert boxes(opened).count() == 2, "a click shows its boxes alone"
    opened.locator(".checks button").first.click()
    assert boxes(opened).count() == 3


@pytest.mark.browser
def test_boxes_are_those_of_the_candidate_in_every_mode(opened: Any, address: str) -> None:
    opened.emulate_media(reduced_motion="reduce")
    opened.goto(address + CIRCLES)
    opened.keyboard.press("2")
    found = opened.locator(".found")
    assert "inset(0" in found.evaluate("node => node.style.clipPath")
    box = boxes(opened).first.bounding_box()
    opened.locator(".split").focus()
    opened.keyboard.press("End")
    opened.mouse.move(box["x"] + 5, box["y"] + 5)
    assert lit(opened) == [], "the accepted image covers it"
    opened.keyboard.press("3")
    assert boxes(opened).first.is_visible()
    opened.keyboard.press("Space")
    assert boxes(opened).first.is_hidden()
    opened.keyboard.press("5")
    assert opened.locator(".port[data-kind=heat] .mark").count() == 0


@pytest.mark.browser
def test_the_evidence_stands_beside(opened: Any, address: str) -> None:
    opened.goto(address + SIGN)
    rows = opened.locator(".checks li").first.locator(".evidence tr")
    assert rows.locator("th").all_inner_texts() == ["“AHOY”", "“you”", "0.25"]
    assert "0.9876" in rows.first.inner_text()
    assert boxes(opened).all_inner_texts() == ["✓1 AHOY", "✓1 you"]
    votes = opened.locator(".checks li").nth(1)
    assert votes.locator(".evidence th").all_inner_texts() == ["yes", "no answer"]
    for text in ("judge-1-2026", "512×384", "a disc", "no image was received", "gpt", "$0.003"):
        assert text in votes.inner_text()


@pytest.mark.browser
def test_trials_are_filtered_by_check_and_outcome(opened: Any, address: str) -> None:
    opened.goto(address)
    opened.locator("#check").select_option("shows: a boat")
    assert opened.locator("#count").inner_text() == "2 of 6 trials"
    opened.locator("#outcome").select_option("inconclusive")
    assert opened.locator(".card").count() == 1
    assert opened.locator(".card").get_attribute("href").endswith("sailboat/base-s0")
    link = opened.evaluate("location.href")
    opened.goto("about:blank")
    opened.goto(link)
    assert opened.locator("#count").inner_text() == "1 of 6 trials"
    opened.locator("#check").select_option("")
    opened.locator("#outcome").select_option("unsupported")
    assert opened.locator(".card strong").all_inner_texts() == ["day-house"]
    opened.get_by_role("button", name="Clear filters").first.click()
    assert opened.locator("#count").inner_text() == "6 trials"


def matrix(page: Any) -> dict[str, list[str]]:
    rows = page.locator(".matrix tbody tr")
    seen = "(cell.querySelector('[aria-hidden]') || cell).innerText.trim()"
    texts = rows.evaluate_all(f"rows => rows.map(row => [...row.children].map(cell => {seen}))")
    return {name: cells for name, *cells in texts}


@pytest.mark.browser
def test_the_table_of_checks_counts_every_image(opened: Any, address: str) -> None:
    opened.goto(address)
    opened.locator("[data-view=checks]").click()
    assert opened.evaluate("location.hash") == "#view=checks"
    heads = opened.locator(".matrix thead button span:first-child").all_inner_texts()
    assert heads == ["case", "sign", "three", "left_of: [red circle, blue square]", "shows: a boat"]
    none = "not checked"
    assert matrix(opened) == {
        "All cases": ["? 2/4", "✗ 0/1", "✓ 1/1", "? 1/3"],
        "two-circles style=flat": [none, "✗ 0/1", "✓ 1/1", none],
        "sailboat": ["? 2/3", none, none, "? 1/3"],
        "day-house style=flat": ["– 0/1", none, none, none],
    }
    assert "1 case" in opened.locator(".matrix p.muted").inner_text(), "the case without checks is counted"
    label = opened.locator(".matrix tr", has_text="sailboat").locator("a .offscreen").last.text_content()
    assert "1 without an answer" in label


@pytest.mark.browser
def test_a_cell_opens_its_trials_and_back_returns(opened: Any, address: str) -> None:
    opened.goto(address + "#view=checks")
    cell = opened.locator(".matrix tr", has_text="sailboat").locator("a").last
    cell.focus()
    opened.keyboard.press("Enter")
    opened.locator(".card").first.wait_for()
    assert opened.locator("#count").inner_text() == "2 of 6 trials"
    assert opened.locator("#check").input_value() == "shows: a boat"
    opened.locator("[data-row]").click()
    opened.go_back()
    opened.locator(".matrix").wait_for()
    assert opened.locator("#count").inner_text() == "6 trials"


@pytest.mark.browser
def test_the_table_of_checks_is_sorted_by_a_check(opened: Any, address: str) -> None:
    opened.goto(address + "#view=checks")
    opened.locator(".matrix [data-sort='check:sign']").click()
    assert list(matrix(opened)) == ["All cases", "day-house style=flat", "sailboat", "two-circles style=flat"]
    assert opened.evaluate("document.activeElement.dataset.sort") == "check:sign", "the focus stays"
    opened.keyboard.press("Enter")
    assert list(matrix(opened)) == ["All cases", "sailboat", "day-house style=flat", "two-circles style=flat"]
    assert opened.locator(".matrix [aria-pressed=true]").get_attribute("data-sort") == "check:sign"
    opened.locator("[data-view=grid]").click()
    assert opened.locator(".card strong").all_inner_texts()[0] == "sailboat", "the cards have the same order"


@pytest.mark.browser
def test_a_table_that_is_too_wide_says_so_and_scrolls_by_keys(opened: Any, address: str) -> None:
    opened.set_viewport_size({"width": 320, "height": 860})
    opened.goto(address + "#view=checks")
    scroll = opened.locator(".matrix .scroll")
    opened.locator(".matrix.sideways").wait_for()
    scroll.focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_timeout(300)
    assert scroll.evaluate("node => node.scrollLeft") > 0
    first = opened.locator(".matrix tbody th").first.bounding_box()
    assert first["x"] >= 0, "the names stay"
    opened.set_viewport_size({"width": 1400, "height": 860})
    opened.locator(".matrix:not(.sideways)").wait_for()
    assert scroll.get_attribute("tabindex") is None


@pytest.mark.browser
def test_on_paper_boxes_keep_their_share_of_the_image(opened: Any, address: str, sample: ModuleType) -> None:
    opened.goto(address + CIRCLES)
    opened.get_by_role("button", name="Larger").click()
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.emulate_media(media="print")
    assert opened.locator("#stage").is_hidden()
    image = opened.locator("#printed img").last.bounding_box()
    marks = [mark.bounding_box() for mark in opened.locator("#printed .mark").all()]
    assert len(marks) == 3
    assert all(any(near(mark, image, box) for mark in marks) for box in sample.circles(0, draft=True))
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.locator("#printed img").count() == 0


@pytest.mark.browser
def test_the_calibration_of_the_judge_stands_beside_its_answers(opened: Any, address: str) -> None:
    opened.goto(address + SIGN)
    assert opened.locator(".checks li").nth(1).get_by_text("Judge: not calibrated").count() == 1
    opened.evaluate(f"location.hash = '{SIGN[:-1]}1'")
    opened.locator("#panel h2", has_text="seed 1").wait_for()
    answer = opened.locator(".checks li").nth(1)
    for text in ("sensitivity 69 % of 29", "specificity 100 % of 31", "60 images, 3 days before"):
        assert text in answer.inner_text()
    assert "sensitivity" in answer.locator(".warned").inner_text()
    assert "specificity" not in answer.locator(".warned").inner_text()


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "warned"),
    [
        (share(60, 60), share(58, 60), ""),
        (share(9, 9), share(60, 60), "sensitivity"),
        (share(9, 9), share(0, 0), "and"),
    ],
)
def test_a_judge_whose_rates_may_be_low_is_warned_of(sensitivity: Share, specificity: Share, warned: str) -> None:
    text, warning = quality_shown(asked(CheckOutcome.PASS, quality=quality(sensitivity, specificity)))
    assert bool(warned) == bool(warning)
    assert warned in warning
    assert ("not measured" in text) == (specificity.n == 0)


def test_without_a_judge_nothing_is_said_of_one() -> None:
    assert quality_shown(Finding("{absent: green}", CheckOutcome.PASS)) == []
    assert quality_shown(asked(CheckOutcome.PASS))[0] == NOT_CALIBRATED


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_any_evidence_is_shown_as_texts(evidence: dict[str, Any]) -> None:
    finding = Finding("{text: A}", CheckOutcome.PASS, boxes=((0, 0, 9, 9),), evidence=evidence)
    rows = evidence_shown(finding)
    assert all(2 <= len(row) <= 3 and all(isinstance(text, str) for text in row) for row in rows)
    assert len(box_words(finding)) in (0, 1)


def test_evidence_of_both_images_is_named(sample: ModuleType) -> None:
    both = {"accepted": {"votes": [{"answer": "yes"}]}, "candidate": {"votes": [{"answer": "no"}]}}
    assert [row[:2] for row in evidence_shown(asked(CheckOutcome.FAIL, both))] == [
        ["yes", "accepted · vote 1"],
        ["no", "candidate · vote 1"],
    ]


def test_who_answered_is_named() -> None:
    assert answered_by(asked(CheckOutcome.PASS)) == f"gpt · judge {'f' * 12} · $0.003"
    assert answered_by(Finding("{absent: green}", CheckOutcome.PASS)) == ""


OUTCOMES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(CheckOutcome)), min_size=1, max_size=30)


def test_the_page_has_a_sign_for_every_outcome() -> None:
    signs = re.search(r"CHECK_OUTCOMES = \{(.*)\}", asset("model.js"))
    assert signs is not None
    assert set(CheckOutcome) <= set(re.findall(r"(\w+): '", signs[1]))


@given(OUTCOMES)
def test_every_answer_is_counted_once(answers: list[tuple[str, CheckOutcome]]) -> None:
    counts: dict[str, Counter[CheckOutcome]] = {}
    for name, outcome in answers:
        counts.setdefault(name, Counter())[outcome] += 1
    line = checks_passed(counts)
    always = [count for count in counts.values() if set(count) == {CheckOutcome.PASS}]
    passed = sum(count.total() for count in always)
    assert (f"{passed} of {passed}" in line) == bool(always)
    for name, count in counts.items():
        if count in always:
            continue
        assert f"{name} {count[CheckOutcome.PASS]} of {sum(count.values())}" in line
        assert all(f"{n} {outcome}" in line for outcome, n in count.items() if outcome != CheckOutcome.PASS)


def test_a_run_of_many_checks_counts_those_it_does_not_name(checked: Path) -> None:
    result = next(one for one in iter_results(checked) if one.findings)
    tally = Tally(most=3)
    for number in range(9):
        tally.add(replace(result, findings=(Finding("{absent: green}", CheckOutcome.PASS, name=f"check {number}"),)))
    assert sum(sum(count.values()) for count in tally.checks.values()) == 9
    assert tally.checks[OTHER_CHECKS][CheckOutcome.PASS] == 6


def test_every_report_of_the_run_counts_its_checks(checked: Path, tmp_path: Path) -> None:
    line = checks_passed(tally_of(iter_results(checked)).checks)
    assert "three 0 of 1 (1 fail)" in line
    judges = tally_of(iter_results(checked)).judges
    assert len(judges) == 1, "each calibration once"
    made = write_report(checked, baselines=tmp_path, formats=("markdown", "junit"))
    assert "three 0 of 1 (1 fail)" in made["markdown"].read_text()
    root = ElementTree.parse(made["junit"]).getroot()
    properties = {one.attrib["name"]: one.attrib["value"] for one in root.iter("property")}
    assert properties["check.three"] == "0 of 1 (1 fail)"
    passed = next(case for case in root.iter("testcase") if "day-house" in case.attrib["name"])
    assert "check sign {text: OPEN}: unsupported" in "".join(passed.itertext())
