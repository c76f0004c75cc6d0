"""Images of a provider that writes text: derived checks find the wrong one. Needs the extra ``ocr``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.derived import TEXT_FAULTS, Planted, findings, written
from harness.ledger import find_run, iter_results
from harness.vocabulary import CheckOutcome
from tests.cli.conftest import harness

__all__ = ["harness"]

WRITER = """\
from PIL import Image, ImageDraw, ImageFont

WRONG = {"OPEN": "CLOSED"}


def generate(prompt, width, height):
    words = prompt.split('"')[1]
    image = Image.new("RGB", (width, height), "white")
    font = ImageFont.load_default(32)
    middle = (width // 2, height // 2)
    ImageDraw.Draw(image).text(middle, WRONG.get(words, words), "black", font, anchor="mm")
    return image
"""
SUITE = """\
suite: signs
provider: writer
providers: {writer: {kind: python, function: "writer.py:generate", promise: exact, price: 0}}
cases:
  - {id: wrong, prompt: 'a sign with the text "OPEN"', checks: auto}
  - {id: right, prompt: 'a sign with the text "Coffee Shop"', checks: auto}
"""


@pytest.mark.parametrize("fault", TEXT_FAULTS, ids=lambda fault: fault.prompt)
def test_a_wrong_text_is_found(fault: Planted) -> None:
    found = [one for one in findings(fault.prompt, written(fault.shown)) if one.check.startswith("{text")]
    assert [one.outcome for one in found] == [CheckOutcome.FAIL]


@pytest.mark.parametrize("text", ["OPEN", "Coffee Shop", "EXIT 12B"])
def test_a_right_text_is_no_finding(text: str) -> None:
    found = [one for one in findings(f'a sign "{text}"', written(text)) if one.check.startswith("{text")]
    assert [one.outcome for one in found] == [CheckOutcome.PASS]


def test_a_run_reads_what_the_prompt_says_is_written(
    harness: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("writer.py").write_text(WRITER)
    Path("signs.yaml").write_text(SUITE)
    with pytest.warns(Warning, match="no check for"):
        harness("run", "signs.yaml")
    results = {result.key.case: result for result in iter_results(find_run(Path("reports"), "latest"))}
    found = {case: [(one.check, one.outcome) for one in result.findings] for case, result in results.items()}
    assert found == {
        "wrong": [("{text: {contains: OPEN}}", "fail")],
        "right": [("{text: {contains: Coffee Shop}}", "pass")],
    }
