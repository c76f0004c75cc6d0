"""The matrix of a benchmark, trials × arms, in a real Chromium from file://."""

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.ledger import atomic_write
from harness.records import Finding, ImageRef, Reason, document
from harness.records.bench import ArmFigures, Bench, Latency, Shown
from harness.records.share import Share
from harness.report import write_bench_report
from harness.vocabulary import Code, Verdict

pytestmark = pytest.mark.browser

ARMS = ("old", "new", "tiny", "large", "other")
PROMPTS, ROWS = 200, 30
NO_FOXES = Reason(Code.ERROR, {"problem": "no foxes", "hint": ""})


def shown(folder: Path, arm: int, number: int) -> Shown:
    """An image of its own color each; ``new`` generates what ``old`` does of even numbers."""
    trial, tags = f"case-{number:03}/base-s0", ("even",) if number % 2 == 0 else ("odd",)
    prompt = "=SUM(1) a fox" if number == 7 else f"<b>thing</b> {number}"
    if (arm, number) == (2, 7):
        return Shown(trial, prompt, None, Verdict.REFUSED, tags, (), (NO_FOXES,))
    source = 0 if arm == 1 and number % 2 == 0 else arm
    pixels = np.full((32, 48, 3), (number, 40 * source, 90), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    data = stream.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    file = folder / f"arms/{arm}/{digest}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    ref = ImageRef(f"arms/{arm}/{digest}.png", digest, digest, 48, 32, "png", {})
    count = Finding("count: fox = 1", "fail" if arm == 1 and number % 50 == 7 else "pass", "2 foxes")
    return Shown(trial, prompt, ref, Verdict.NEW, tags, (count,))


def benchmark(folder: Path) -> str:
    """Write a benchmark of five arms and 200 trials; returns the address of its page."""
    arms = tuple(
        ArmFigures(
            label, label, {}, PROMPTS, Latency(None), checks=Share(1, 2, 0.1, 0.9),
            shown=tuple(shown(folder, arm, number) for number in range(PROMPTS)),
        )
        for arm, label in enumerate(ARMS)
    )  # fmt: skip
    bench = Bench("20261128T000000.000Z-bench-x-0000", ("x.yaml",), "2026-11-28T00:00:00Z", "0.1.0", arms, 1, PROMPTS)
    atomic_write(folder / "bench.json", document("bench", bench))
    return write_bench_report(folder)["html"].as_uri()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return benchmark(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def page(opened: Any, address: str) -> Any:
    opened.goto(address)
    return opened


def trials(page: Any) -> list[str]:
    names = page.locator(".arms tbody th").evaluate_all("heads => heads.map(head => head.firstChild.textContent)")
    return [name.partition("/")[0] for name in names]


def cell(page: Any, number: int, arm: int) -> Any:
    return page.locator(f".cell[data-trial='case-{number:03}/base-s0'][data-arm='{arm}']")


def differs(page: Any) -> list[list[str]]:
    """Trial and arm of the cells that show a difference, and whose image lies over theirs."""
    over = "cell.querySelector('.under').src.split('/').at(-2)"
    return page.locator(".cell:has(.differing)").evaluate_all(
        f"cells => cells.map(cell => [cell.dataset.trial, cell.dataset.arm, {over}])"
    )


def count(page: Any) -> int:
    return int(page.locator("#count").inner_text().split()[0])


def test_rows_and_images_are_made_when_they_come_near(page: Any) -> None:
    assert count(page) == PROMPTS
    assert len(trials(page)) == ROWS
    assert cell(page, 7, 2).locator(".empty").inner_text() == "no foxes"
    assert "= reference" in cell(page, 2, 1).inner_text()
    assert "= reference" not in cell(page, 3, 1).inner_text()
    scroll = page.locator(".arms .scroll")
    for _ in range(PROMPTS // ROWS + 1):
        scroll.evaluate("box => { box.scrollTop = box.scrollHeight; }")
        page.wait_for_timeout(60)
    assert trials(page) == [f"case-{number:03}" for number in range(PROMPTS)]
    last = cell(page, PROMPTS - 1, 4).locator("img")
    last.evaluate("image => image.decode()")
    assert last.evaluate("image => image.naturalWidth") == 48


def test_pointing_and_focus_show_the_difference_with_the_chosen_arm(page: Any) -> None:
    cell(page, 1, 3).hover()
    assert differs(page) == [["case-001/base-s0", "3", "0"]]
    page.locator("h1").hover()
    assert differs(page) == []
    page.locator("#reference").select_option("1")
    cell(page, 1, 3).focus()
    assert differs(page) == [["case-001/base-s0", "3", "1"]]
    cell(page, 7, 2).focus()
    assert differs(page) == [], "what is not there differs from nothing"
    cell(page, 1, 1).focus()
    assert differs(page) == [], "the reference is itself"


def test_by_keyboard_alone(page: Any) -> None:
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "j", "ArrowLeft", "k", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset") == {"trial": "case-001/base-s0", "arm": "1"}
    page.keyboard.press("m")
    assert page.locator(".star[aria-pressed=true]").count() == 1
    page.keyboard.press("Enter")
    assert page.locator(".pane").count() == 2
    assert page.locator("figcaption").all_inner_texts() == ["old", "new"]
    page.keyboard.press("n")
    assert page.locator("figcaption").all_inner_texts() == ["old", "tiny"]
    page.keyboard.press("j")
    assert page.locator("#position").inner_text() == "3 of 200"
    assert page.evaluate("location.hash") == "#trial=case-002/base-s0&arm=2"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset") == {"trial": "case-002/base-s0", "arm": "2"}
    page.reload()
    page.locator("#marked").click()
    assert trials(page) == ["case-001"], "marks are kept"
    page.keyboard.press("f")
    page.keyboard.type("nothing")
    page.locator("#nothing button").click()
    assert count(page) == PROMPTS


@pytest.mark.parametrize(
    ("text", "regex", "found"),
    [("thing 7 ODD", False, 27), (r"case-0[01]\d/", True, 20), ("sum fox", False, 1), ("nothing", False, 0)],
)
def test_text_and_regular_expressions(page: Any, text: str, regex: bool, found: int) -> None:
    if regex:
        page.locator("#regex").click()
    page.locator("#search").fill(text)
    if found:
        assert count(page) == found
    else:
        assert page.locator("#nothing").is_visible()


def test_a_wrong_expression_says_so_and_hides_nothing(page: Any) -> None:
    page.locator("#regex").click()
    page.locator("#search").fill("(")
    assert page.locator("#count").inner_text() == "not a regular expression"
    assert page.locator("#search").get_attribute("aria-invalid") is not None
    assert page.locator("#nothing").is_hidden()


def test_filters_and_order(page: Any) -> None:
    page.locator("#tag").select_option("odd")
    assert count(page) == PROMPTS / 2
    page.locator("#verdict").select_option("refused")
    assert trials(page) == ["case-007"]
    page.locator("#verdict").select_option("")
    page.locator("#tag").select_option("")
    page.locator("#check").select_option("count: fox = 1")
    failed = [f"case-{number:03}" for number in range(7, PROMPTS, 50)]
    assert trials(page) == failed
    page.locator("#check").select_option("")
    page.locator("[data-sort='1']").click()
    assert trials(page)[: len(failed) + 1] == [*failed, "case-000"]
    page.locator("[data-sort='1']").click()
    assert not set(trials(page)) & set(failed), "turned around, they come last"
    assert "sort=1&order=reverse" in page.evaluate("location.hash")


def test_what_is_shown_is_saved_as_csv_and_no_text_is_a_formula(page: Any, tmp_path: Path) -> None:
    page.locator("#search").fill("case-007")
    cell(page, 7, 1).focus()
    page.keyboard.press("m")
    with page.expect_download() as waiting:
        page.locator("#csv").click()
    waiting.value.save_as(tmp_path / "saved.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "saved.csv").read_text(encoding="utf-8"))))
    assert [row["arm"] for row in rows] == list(ARMS)
    assert {row["prompt"] for row in rows} == {"'=SUM(1) a fox"}
    assert [row["verdict"] for row in rows] == ["new", "new", "refused", "new", "new"]
    assert [row["checks_failed"] for row in rows] == ["0", "1", "0", "0", "0"]
    assert [row["marked"] for row in rows] == ["false", "true", "false", "false", "false"]
    assert rows[2]["reason"] == "no foxes"


@pytest.mark.parametrize("width", [1440, 400])
def test_it_fits_and_says_that_it_scrolls(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.locator(".arms .scroll[tabindex='0']").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".arms .hint").is_visible() == (width == 400)
    box = page.locator(".arms .scroll")
    box.focus()
    box.press("ArrowDown")
    assert page.evaluate("document.activeElement.className") == "scroll", "the keys scroll the table"
