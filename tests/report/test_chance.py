"""How verdicts that statistics gave are reported: noise floors, sets, and all sets of a suite together."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from harness.ledger import read_run
from harness.records import (
    Attempt,
    Confirmation,
    Difference,
    FloorReading,
    KeyTest,
    Outcome,
    Policy,
    PooledTest,
    Question,
    Reason,
    Rule,
    RunRecord,
    SetReading,
    TrialKey,
    TrialResult,
)
from harness.report import chance_lines, print_summary, tally_of, write_report
from harness.report.text import pooled_lines
from harness.vocabulary import Code, Part

DOWN = Reason(Code.ERROR, {"problem": "the service is down", "hint": ""})
FLOOR = FloorReading(
    3.4, 1.25, 0.001, 10, asked=2, confirmations=(Confirmation(3.1), Confirmation(None, problem=DOWN)),
    elsewhere=(Difference(Part.ENVIRONMENT, "packages.numpy", "2.3.1", "2.4.6"),),
)  # fmt: skip
SET = SetReading(
    4, 4, 0.01, 999,
    tests=(
        Question("images", 0.001, 0.003, "4", "4", 1.9),
        Question("refused", 0.4, 0.8, "0 of 5", "1 of 5"),
        Question("count: 2 <b>red</b> circles", 0.2, 0.8, "4 of 4", "2 of 4"),
        Question("failed", problem=Reason(Code.SET_EMPTY)),
    ),
)  # fmt: skip
POOLED = PooledTest(
    "quickstart", 0.0004, 9999, 0.05,
    tuple(KeyTest(f"quickstart/c{i:02}/base", p, min(1, p * 12), min(1, p * 2), 1.0) for i, p in
          enumerate([0.001, 0.02, *[0.5] * 10])),
)  # fmt: skip


@pytest.fixture
def chance_run(sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[TrialResult]]:
    """A run with a calibrated drift, a set of four that drifted and one that did not."""
    monkeypatch.chdir(tmp_path)
    run = sample.RunFolder(tmp_path)
    floored = sample.trial(run, "night-house", "drift")
    reported = [replace(floored, floor=FLOOR, policy=Policy(Rule("calibrated", alpha=0.001)))]
    policy = Policy(Rule("set", alpha=0.01, samples=4))
    for case, verdict in (("two-circles", "drift"), ("star-row", "benign")):
        for repeat in range(4):
            one = sample.trial(run, case, verdict, seed=repeat)
            status = "finding" if verdict == "drift" else "ok"
            outcome = Outcome(verdict, status, sample.said(f"{verdict} of the set (4 images against 4: p = 0.003)"))
            key = TrialKey("quickstart", case, "base", None)
            reported.append(
                replace(one, key=key, attempt=Attempt(index=repeat), outcome=outcome, policy=policy, set=SET)
            )
    run.results = reported
    run.record = replace(run.record, sets=(POOLED,))
    return run.write(), run.results


def test_lines_say_what_a_trial_was_judged_by(chance_run: tuple[Path, list[TrialResult]]) -> None:
    _, results = chance_run
    assert list(chance_lines(results[0])) == [
        "noise floor: score 3.4, limit 1.25, 10 repeats, rate 0.001",
        "generated again: score 3.1",
        "generated again: the service is down",
    ]
    assert list(chance_lines(results[1])) == [
        "set: images: 4 (accepted 4), p = 0.003",
        "set: refused: 1 of 5 (accepted 0 of 5), p = 0.8",
        "set: count: 2 <b>red</b> circles: 2 of 4 (accepted 4 of 4), p = 0.8",
        "set: failed: no image was generated",
    ]


def test_all_sets_of_a_suite_in_one_sentence() -> None:
    record = RunRecord(
        "r", (), "", "", sets=(POOLED, replace(POOLED, p=None, keys=(), problem=Reason(Code.TEST_NO_PROMPT)))
    )
    assert pooled_lines(record) == [
        "sets of quickstart together: p = 0.0004 over 12 prompts; 1 differs after Holm (quickstart/c00/base), "
        "2 after Benjamini–Hochberg",
        "sets of quickstart together: no prompt has images in both arms",
    ]
    assert pooled_lines(RunRecord("r", (), "", "")) == []


def test_a_set_is_one_row_at_the_end_and_in_the_summary(chance_run: tuple[Path, list[TrialResult]]) -> None:
    folder, results = chance_run
    console = Console(width=120, record=True, no_color=True, highlight=False)
    with console.capture() as captured:
        print_summary(console, read_run(folder), tally_of(results), folder)
    reported = captured.get()
    assert reported.count("two-circles") == 1
    assert "4 images: " in reported
    assert "more finding" not in reported
    assert "sets of quickstart together: p = 0.0004" in reported
    written = write_report(folder, baselines=Path("baselines"))
    summary = written["markdown"].read_text("utf-8")
    assert summary.count("two-circles/base (set)") == 1
    assert "Sets of quickstart together: p = 0.0004 over 12 prompts" in summary.replace("&#58;", ":")
    cases = {case.get("name"): case for case in ElementTree.parse(written["junit"]).iter("testcase")}
    assert len(cases) == 9
    text = "".join(cases["night-house style=flat-s0"].itertext())
    assert "noise floor: score 3.4, limit 1.25" in text


@pytest.mark.browser
def test_the_page_shows_floor_set_and_all_sets(chance_run: tuple[Path, list[TrialResult]], opened: Any) -> None:
    folder, _ = chance_run
    address = write_report(folder, baselines=Path("baselines"), formats=("html",))["html"].absolute().as_uri()
    opened.goto(address)
    together = opened.locator("details.pooled")
    assert "p = 0.0004 over 12 prompts" in together.locator("summary").inner_text()
    assert together.locator("tbody tr").count() == 10
    assert together.locator("tr.broken th").all_inner_texts() == ["quickstart/c00/base"]
    opened.goto(f"{address}#trial=quickstart/night-house/style=flat-s0")
    opened.reload()
    floor = opened.locator("section.floor")
    assert floor.locator("tr.broken th").all_inner_texts() == ["score", "generated again 1"]
    assert "the service is down" in floor.inner_text()
    assert "Measured elsewhere: numpy 2.3.1 → 2.4.6" in floor.inner_text()
    score, limit = (floor.locator(f".scale .{name}").bounding_box()["x"] for name in ("score", "limit"))
    assert score > limit
    opened.goto(f"{address}#trial=quickstart/two-circles/base%233")
    opened.reload()
    tests = opened.locator("section.tests")
    assert tests.locator("tr.broken th").all_inner_texts() == ["Images"]
    assert "count: 2 <b>red</b> circles" in tests.inner_text()
    opened.set_viewport_size({"width": 400, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 400
