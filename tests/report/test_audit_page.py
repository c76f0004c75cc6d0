"""The page and the summary of an audit: what is written, and how it behaves in a real Chromium."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.ledger import read_audit, write_audit
from harness.records.audit import Audit
from harness.report.audit import write_audit_report
from harness.study import AuditOptions, AuditSpec, audit_suite

GENERATION = """
import numpy as np
from PIL import Image, ImageDraw

from harness.errors import GenerationError, GenerationRefusedError


def generate(prompt, seed, width, height, arm="a"):
    if "refuse" in prompt and arm == "b":
        raise GenerationRefusedError("mine", "against the <b>content</b> policy")
    if "crash" in prompt:
        raise GenerationError("mine", "the service is down")
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((12 + 8 * seed, 20, 48 + 8 * seed, 56), fill="red")
    if arm == "a" or "two" not in prompt:
        pen.ellipse((70, 70, 106, 106), fill="red")
    if "faint" in prompt and arm == "b":
        image = Image.fromarray(np.maximum(np.asarray(image), 1) - 1)
    return image
"""
SUITE = """\
suite: shapes
provider: mine
providers: {mine: {kind: python, function: "generation.py:generate", price: 0}}
defaults: {size: 128x128, seeds: [0, 1], drift: {ssim: ">= 0.9"}}
cases:
  - {id: two, prompt: two red circles, tags: [count], checks: [{count: red circle, equals: 2}]}
  - {id: same, prompt: circles, tags: [count, calm]}
  - {id: faint, prompt: faint circles, tags: [calm]}
  - {id: no, prompt: refuse this}
  - {id: down, prompt: crash}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of an audit with every outcome, its report written; read only."""
    root = tmp_path_factory.mktemp("audited")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        (root / "generation.py").write_text(GENERATION)
        (root / "shapes.yaml").write_text(SUITE)
        _, folder = audit_suite(AuditSpec((Path("shapes.yaml"),), {}, {"settings.arm": "b"}), AuditOptions())
        write_audit_report(folder)
        yield root / folder


@pytest.fixture(scope="module")
def audit(made: Path) -> Audit:
    return read_audit(made)


def test_the_outcomes(audit: Audit) -> None:
    assert {prompt.case: (prompt.outcome, prompt.kind) for prompt in audit.prompts} == {
        "two": ("changed", "visible"),
        "same": ("same", "identical"),
        "faint": ("changed", "benign"),
        "no": ("changed", "refused"),
        "down": ("missing", "missing"),
    }
    assert (audit.checks[0].lost, audit.checks[0].won) == (2, 0)


def test_the_data_is_one_call_of_json_with_every_image_there(made: Path) -> None:
    (line,) = (made / "data.js").read_text().splitlines()
    match = re.fullmatch(r"report\(\"audit\",'(.*)'\);", line)
    assert match
    data = json.loads(match[1].encode().decode("unicode_escape"))
    cells = [pair[side] for prompt in data["prompts"] for pair in prompt["pairs"] for side in "ab" if side in pair]
    assert len(cells) == 14
    assert all((made / one[0]).is_file() and one[7] == 1 for one in cells)
    assert "<b>" not in line


def test_the_summary_says_the_sentence_first_and_escapes_what_others_wrote(made: Path, audit: Audit) -> None:
    text = (made / "summary.md").read_text()
    assert text.splitlines()[2].startswith("**NO-GO: B changes 3 of 4 prompts, 2 visibly (")
    assert text.splitlines()[4].startswith("B changes 3 of 4 prompts, 2 of them visibly (95 % interval 30–95 %")
    assert "| ≠ | **two** |" in text
    assert "&#60;b&#62;content" in text
    assert "<b>" not in text
    assert "| **all** | 0 | 2 | 0 |" in text


def test_a_report_needs_an_audit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no audit"):
        write_audit_report(tmp_path)


def test_what_is_lost_is_said_and_no_address_leads_nowhere(made: Path, audit: Audit, tmp_path: Path) -> None:
    write_audit(tmp_path, replace(audit, complete=False, stopped="interrupted"))
    write_audit_report(tmp_path)
    assert '[null,128,128,"png"' in (tmp_path / "data.js").read_text()


def shown(page: Any) -> list[str]:
    found: list[str] = page.locator("#list .card strong").all_inner_texts()
    return found


@pytest.fixture
def page(opened: Any, made: Path) -> Any:
    opened.goto((made / "index.html").as_uri())
    return opened


@pytest.mark.browser
class TestInChromium:
    """Clicked through as a person would."""

    def test_the_sentence_the_figures_and_the_most_changed_first(self, page: Any) -> None:
        assert page.locator("h1").inner_text() == "B changes 3 of 4 prompts, 2 of them visibly."
        assert page.locator("#go").inner_text().startswith("NO-GO: B changes 3 of 4 prompts, 2 visibly (")
        assert "A against itself: 0 of 4" in page.locator(".lead").inner_text()
        assert shown(page) == ["no", "two", "faint", "down", "same"]
        assert page.locator(".tile").first.inner_text().startswith("prompts changed\n3 of 4\n95 % interval 30–95 %")
        assert page.locator(".range .band").count() > 4

    def test_on_paper_are_the_answer_how_it_was_judged_and_every_prompt(self, page: Any) -> None:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator("#go").is_visible()
        assert page.locator("#head details.run .explain").is_visible()
        assert page.locator("#paper .card strong").all_inner_texts() == ["no", "two", "faint", "down", "same"]
        assert page.locator("#paper").is_visible()
        assert not page.locator("#list").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("#paper .card").count() == 0

    def test_filters(self, page: Any) -> None:
        page.locator(".chip[data-key=changed]").click()
        assert shown(page) == ["no", "two", "faint"]
        page.locator(".chip[data-key=benign]").click()
        assert shown(page) == ["faint"]
        page.get_by_role("button", name="Clear filters").first.click()
        page.locator(".box [data-tag=count]").click()
        assert shown(page) == ["two", "same"]
        assert page.evaluate("location.hash") == "#tag=count"
        page.locator("#search").fill("red")
        assert shown(page) == ["two"]
        page.locator("#search").fill("nothing like it")
        assert page.locator("#nothing").inner_text().startswith("No prompt matches.")

    def test_a_prompt_opens_with_its_pair_slider_and_checks(self, page: Any) -> None:
        page.locator("[data-id='shapes/two/base']").click()
        assert page.locator("figcaption").all_inner_texts() == ["A: as the suite says", "B: arm=b"]
        panel = page.locator("#panel").inner_text()
        assert "visibly different images" in panel
        assert "count: red circle, equals: 2" in panel
        assert re.search(r"A\s+pass", panel)
        assert re.search(r"B\s+fail", panel)
        page.keyboard.press("2")
        split = page.locator(".split")
        before = split.evaluate("node => node.style.left")
        split.focus()
        page.keyboard.press("ArrowRight")
        assert split.evaluate("node => node.style.left") != before
        page.keyboard.press("5")
        assert page.locator(".pane").count() == 1
        page.keyboard.press("n")
        assert page.locator("[data-pair='1']").get_attribute("aria-pressed") == "true"
        page.keyboard.press("j")
        assert "faint" in page.locator(".path").inner_text()
        page.keyboard.press("Escape")
        assert page.locator("#overview").is_visible()
        page.keyboard.press("j")
        assert page.locator("#list .cursor").count() == 1

    def test_what_was_refused_says_so_and_parses_no_markup(self, page: Any) -> None:
        page.locator("[data-id='shapes/no/base']").click()
        panel = page.locator("#panel").inner_text()
        assert "B refuses it (4 of 4), A generates it" in panel
        assert "<b>content</b>" in panel
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert "the service is down" in page.locator("#panel").inner_text()

    def test_an_address_leads_to_a_prompt_and_a_wrong_one_back(self, opened: Any, made: Path) -> None:
        address = (made / "index.html").as_uri()
        opened.goto(f"{address}#prompt=shapes/two/base&pair=1")
        assert opened.locator("[data-pair='1']").get_attribute("aria-pressed") == "true"
        opened.goto("about:blank")
        opened.goto(f"{address}#prompt=shapes/gone/base")
        assert opened.locator("#overview").is_visible()

    @pytest.mark.parametrize("width", [400, 1280])
    def test_nothing_is_wider_than_the_window(self, opened: Any, made: Path, width: int) -> None:
        opened.set_viewport_size({"width": width, "height": 800})
        address = (made / "index.html").as_uri()
        for fragment in ("", "#prompt=shapes/two/base"):
            opened.goto("about:blank")
            opened.goto(address + fragment)
            assert opened.evaluate("document.documentElement.scrollWidth") <= width
