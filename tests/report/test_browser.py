"""The page in a real Chromium, from file://, clicked through as a person would."""

import io
import json
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.comparison import heat_map
from harness.records import (
    Comparison,
    Difference,
    Finding,
    Measurement,
    Outcome,
    Recipe,
    Request,
    Subject,
    TrialKey,
    recordable,
)
from harness.report import accept_command, write_report
from harness.report.words import show_value
from harness.vocabulary import HEAT_SCALE, CheckOutcome, Part, Status, Verdict

pytestmark = pytest.mark.browser

DRIFT = "#trial=quickstart/night-house/style=flat-s0"
CIRCLES = "#trial=quickstart/two-circles/style=flat-s0"
WIDEST = 64


def shown(page: Any) -> str:
    return page.locator("#count").inner_text()


def cases(page: Any) -> list[str]:
    return page.locator("#list .card strong, #list .line strong").all_inner_texts()


def scale(page: Any) -> float:
    return page.evaluate("new DOMMatrix(getComputedStyle(document.querySelector('.world')).transform).a")


def until(page: Any, expression: str) -> None:
    """Waits from outside: the page's own policy forbids the polling that Playwright would do inside."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(expression)


def open_all(page: Any) -> None:
    closed = page.locator("#panel details:not([open]) > summary")
    while closed.count():
        closed.first.click()


def places(page: Any) -> list[str]:
    return page.locator(".world").evaluate_all("worlds => worlds.map(world => world.style.transform)")


def test_the_run_in_one_sentence_and_every_image_loads(opened: Any, page_address: str) -> None:
    opened.goto(page_address)
    assert opened.locator("h1").inner_text() == "10 of 22 trials need a look."
    assert shown(opened) == "22 trials"
    assert opened.locator(".chip[data-verdict]").count() == 9
    assert "quality standard → draft in 4 trials" in opened.locator("#head .differs").inner_text()
    opened.mouse.wheel(0, 4000)
    until(opened, "[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_filters_by_verdict_flag_tag_and_text(opened: Any, page_address: str) -> None:
    opened.goto(page_address)
    opened.locator(".chip[data-verdict=drift]").click()
    assert shown(opened) == "4 of 22 trials"
    opened.locator(".chip[data-verdict=new]").click()
    assert shown(opened) == "5 of 22 trials"
    assert opened.locator(".chip[data-verdict=new]").get_attribute("aria-pressed") == "true"
    opened.locator(".chip[data-flag=look]").click()
    assert shown(opened) == "4 of 22 trials", "the ignored one is left out"
    opened.get_by_role("button", name="Clear filters").click()
    opened.locator("#tag").select_option("scenic")
    assert set(cases(opened)) == {"night-house"}
    opened.locator("#tag").select_option("")
    opened.locator("#search").fill("OF A BLUE square")
    assert set(cases(opened)) == {"two-circles"}
    opened.locator("#search").fill("nothing like it")
    assert opened.locator("#nothing").inner_text().startswith("No trial matches.")
    opened.locator("#nothing button").click()
    assert shown(opened) == "22 trials"
    assert opened.locator("#search").input_value() == ""


def test_sorts_by_a_measure_worst_first(opened: Any, page_address: str) -> None:
    opened.goto(page_address + "#view=list&sort=ssim")
    numbers = opened.locator(".line .number:nth-of-type(4)").all_inner_texts()
    measured = [float(text) for text in numbers if text != "–"]
    assert measured == sorted(measured)
    assert numbers[-1] == "–", "what was not measured comes last"
    opened.locator("#columns [data-sort=ssim]").click()
    turned = [float(t) for t in opened.locator(".line .number:nth-of-type(4)").all_inner_texts() if t != "–"]
    assert turned == measured[::-1]
    opened.locator("#sort").select_option("delta_e")
    assert "sort=delta_e" in opened.evaluate("location.hash")
    deltas = [float(t) for t in opened.locator(".line .number:nth-of-type(5)").all_inner_texts() if t != "–"]
    assert deltas == sorted(deltas, reverse=True)


def test_groups_by_case(opened: Any, page_address: str) -> None:
    opened.goto(page_address)
    opened.locator("#group").select_option("case")
    assert "two red circles" in opened.locator(".group").first.inner_text() or opened.locator(".group").count() > 1
    names = opened.locator(".group h2").all_inner_texts()
    assert names == list(dict.fromkeys(names))
    assert "group=case" in opened.evaluate("location.hash")
    first = opened.locator(".group").first.bounding_box()
    card = opened.locator(".item").first.bounding_box()
    assert first["y"] + first["height"] <= card["y"] + 1


def test_a_trial_opens_and_back_returns_to_the_place(opened: Any, page_address: str) -> None:
    opened.set_viewport_size({"width": 700, "height": 500})
    opened.goto(page_address)
    card = opened.locator(".card[href$='sailboat/style=flat-s0']")
    for _ in range(20):
        if card.count():
            break
        opened.mouse.wheel(0, 300)
        opened.wait_for_timeout(50)
    card.hover()  # scrolls as far as the click will
    before = opened.evaluate("scrollY")
    assert before > 0
    card.click()
    assert opened.evaluate("location.hash") == "#trial=quickstart/sailboat/style=flat-s0"
    assert opened.locator("#overview").is_hidden()
    assert opened.locator("#panel h2").inner_text() == "sailboat style=flat · seed 0"
    opened.go_back()
    assert opened.locator("#overview").is_visible()
    assert opened.evaluate("scrollY") == before
    card.click()
    opened.keyboard.press("Escape")
    assert opened.locator("#overview").is_visible()
    assert opened.evaluate("scrollY") == before


def test_a_deep_link_opens_its_trial_and_a_wrong_one_says_so(opened: Any, page_address: str) -> None:
    opened.goto(page_address + "#verdict=drift&trial=quickstart/night-house/style=flat-s1")
    assert opened.locator("#position").inner_text() == "3 of 4"
    assert "night-house style=flat · seed 1" in opened.title()
    opened.goto("about:blank")
    opened.goto(page_address + "#trial=quickstart/none/base")
    assert "There is no trial quickstart/none/base" in opened.locator("#toast").inner_text()
    assert opened.locator("#overview").is_visible()


def test_the_detail_has_numbers_limits_checks_recipe_and_both_environments(opened: Any, page_address: str) -> None:
    opened.goto(page_address + CIRCLES)
    panel = opened.locator("#panel")
    row = panel.locator("[data-metric=ssim]")
    assert row.get_attribute("class") == "broken"
    assert "≥ 0.98" in row.inner_text()
    assert "not met" in row.inner_text()
    assert panel.locator("[data-metric=changed]").get_attribute("class") is None
    assert "too flat" in panel.locator("[data-metric=colorhash]").inner_text()
    assert panel.locator(".checks li").count() == 3
    assert "absent: green fail" in panel.locator(".check-fail").inner_text()
    open_all(opened)
    assert panel.locator("tr.differs").inner_text().split() == ["≠", "threads", "4", "2"]
    assert "two red circles" in panel.locator(".steps").inner_text()
    recipe = panel.locator("details", has_text="Recipe").locator("dd").all_inner_texts()
    assert "draft" in recipe
    assert panel.locator("blockquote").inner_text() == "two red circles to the left of a blue square, no green"
    link = panel.locator("details", has_text="Files").locator("a").first
    assert link.get_attribute("href").startswith("images/")


def test_the_slider_uncovers_by_drag_and_by_key(opened: Any, page_address: str) -> None:
    opened.goto(page_address + DRIFT)
    opened.locator("[data-mode=slider]").first.click()
    split = opened.locator(".split")
    port = opened.locator(".port").bounding_box()
    assert split.get_attribute("aria-valuenow") == "50"
    box = split.bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + 300)
    opened.mouse.down()
    opened.mouse.move(port["x"] + port["width"] * 0.25, box["y"] + 300, steps=4)
    opened.mouse.up()
    assert split.get_attribute("aria-valuenow") == "25"
    clips = opened.locator(".layer").evaluate_all("layers => layers.map(layer => layer.style.clipPath)")
    assert all("inset(" in clip for clip in clips)
    split.focus()
    opened.keyboard.press("ArrowRight")
    assert split.get_attribute("aria-valuenow") == "27"
    opened.keyboard.press("End")
    assert split.get_attribute("aria-valuenow") == "100"


def test_blinking_switches_by_itself_and_by_hand(opened: Any, page_address: str) -> None:
    opened.goto(page_address + DRIFT)
    opened.keyboard.press("b")
    caption = opened.locator("figcaption")
    assert caption.inner_text() == "candidate"
    until(opened, "document.querySelector('figcaption').textContent === 'accepted'")
    hidden = opened.locator(".layer").evaluate_all("layers => layers.map(layer => layer.style.visibility)")
    assert hidden == ["visible", "hidden"]
    opened.keyboard.press("Space")
    assert caption.inner_text() == "candidate"
    opened.wait_for_timeout(1600)
    assert caption.inner_text() == "candidate", "by hand from now on"
    opened.keyboard.press("b")
    assert opened.locator("#stage").get_attribute("data-mode") == "side"


def test_nothing_blinks_for_who_asked_for_less_motion(opened: Any, page_address: str) -> None:
    opened.emulate_media(reduced_motion="reduce")
    opened.goto(page_address + DRIFT)
    opened.keyboard.press("3")
    opened.wait_for_timeout(1600)
    assert opened.locator("figcaption").inner_text() == "candidate"
    opened.keyboard.press("Space")
    assert opened.locator("figcaption").inner_text() == "accepted"


def test_the_overlay_subtracts_or_fades(opened: Any, page_address: str) -> None:
    opened.goto(page_address + DRIFT)
    opened.keyboard.press("4")
    top = opened.locator(".layer").nth(1)
    assert top.evaluate("layer => getComputedStyle(layer).mixBlendMode") == "difference"
    opened.locator("#gain").select_option("16")
    assert opened.locator(".stack").evaluate("stack => stack.style.filter") == "brightness(16)"
    opened.locator("#subtract").uncheck()
    assert top.evaluate("layer => [layer.style.mixBlendMode, layer.style.opacity]") == ["normal", "0.5"]
    opened.locator("#opacity").fill("0.25")
    assert top.evaluate("layer => layer.style.opacity") == "0.25"


@pytest.mark.parametrize("size", [(256, 256), (600, 1100), (40, 30)])
def test_one_place_of_both_images_and_the_heat_map_is_one_place_of_the_window(
    opened: Any, sample: ModuleType, tmp_path: Path, size: tuple[int, int]
) -> None:
    run = sample.RunFolder(tmp_path)
    result = sample.trial(run, "night-house", "drift")
    old, new = (np.full((size[1], size[0], 3), 90, np.uint8) for _ in "ab")
    spot = (size[0] // 2, size[1] // 4)
    new[spot[1], spot[0]] = 250
    found = heat_map(old, new)
    heat = run.store(Image.open(io.BytesIO(found.png)), "heat_maps")
    comparison = replace(result.comparison, heat_map=heat.file, regions=found.regions.listed)
    images = {"image": run.store(Image.fromarray(new)), "baseline": run.store(Image.fromarray(old))}
    run.results[-1] = replace(result, comparison=comparison, **images)
    opened.goto(write_report(run.write(), baselines=run.baselines, formats=("html",))["html"].as_uri() + DRIFT)
    opened.keyboard.press("d")
    box = "image => { const { x, y, width, height } = image.getBoundingClientRect(); return [x, y, width, height]; }"
    image = opened.locator("[data-kind=heat] img")
    until(opened, "document.querySelector('[data-kind=heat] img').naturalWidth > 0")
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == list(size)
    for zoomed in (False, True):
        if zoomed:
            opened.locator("[data-place='0']").click()
            x, y, width, height = opened.locator(".found .place").bounding_box().values()
            zoom = scale(opened)
            assert zoom > 4
            assert (round(width), round(height)) == (zoom, zoom), "the region is the one pixel"
        where = image.evaluate(box)
        if zoomed:
            assert (x - where[0], y - where[1]) == pytest.approx([v * zoom for v in spot], abs=1)
        for key in ("ArrowLeft", "ArrowRight"):
            opened.keyboard.press(key)
            assert opened.locator(".layer img").first.evaluate(box) == where
        opened.keyboard.press("d")
    assert opened.locator(".levels li").count() == len(HEAT_SCALE)


def test_zoom_and_pan_move_both_images_as_one(opened: Any, page_address: str) -> None:
    opened.goto(page_address + DRIFT)
    port = opened.locator(".port").first.bounding_box()
    fitted = scale(opened)
    opened.mouse.move(port["x"] + 200, port["y"] + 200)
    opened.mouse.wheel(0, -960)
    assert scale(opened) == pytest.approx(fitted * 16, rel=1e-4)
    assert len(set(places(opened))) == 1
    rendering = "image => getComputedStyle(image).imageRendering"
    assert opened.locator(".world img").first.evaluate(rendering) == "pixelated"
    before = places(opened)
    opened.mouse.down()
    opened.mouse.move(port["x"] + 260, port["y"] + 230, steps=3)
    opened.mouse.up()
    assert places(opened) != before
    assert len(set(places(opened))) == 1
    opened.keyboard.press("0")
    assert scale(opened) == fitted
    opened.get_by_role("button", name="1:1").click()
    assert scale(opened) == 1
    assert opened.locator("#percent").inner_text() == "100 %"
    for _ in range(12):
        opened.keyboard.press("+")
    assert scale(opened) == WIDEST


def test_the_pixel_under_the_cursor_is_read_from_both(opened: Any, page_address: str, sample: ModuleType) -> None:
    opened.goto(page_address + DRIFT)
    opened.get_by_role("button", name="1:1").click()
    image = opened.locator(".port[data-kind=b] img").bounding_box()
    readout = opened.locator("#readout")
    # The images of the trial are read when it opens: move until they are there.
    for step in range(50):
        opened.mouse.move(image["x"] + 196.5, image["y"] + 52.5 - step % 2 * 0.2)
        if "candidate" in readout.inner_text():
            break
        opened.wait_for_timeout(50)
    pixels = [sample.scene("night-house", 0, draft=draft).getpixel((196, 52)) for draft in (False, True)]
    a, b = ("#" + bytes(pixel).hex() for pixel in pixels)
    delta = " ".join(str(abs(x - y)) for x, y in zip(*pixels, strict=True))
    assert " ".join(readout.inner_text().split()) == f"x 196 y 52 accepted {a} candidate {b} Δ {delta}"


def test_the_most_changed_places_are_one_key_away(opened: Any, page_address: str) -> None:
    opened.goto(page_address + DRIFT)
    fitted = scale(opened)
    opened.keyboard.press("n")
    assert scale(opened) > fitted
    assert "up to" in opened.locator("[data-place='0']").inner_text()
    mark, port = opened.locator(".mark.place").bounding_box(), opened.locator(".port").nth(1).bounding_box()
    assert mark["x"] + mark["width"] / 2 == pytest.approx(port["x"] + port["width"] / 2, abs=2)
    first = places(opened)
    opened.keyboard.press("n")
    assert places(opened) != first


def test_the_keys(opened: Any, page_address: str) -> None:
    opened.goto(page_address)
    opened.keyboard.press("j")
    opened.keyboard.press("j")
    assert opened.locator(".item.cursor strong").inner_text() == "two-circles"
    opened.keyboard.press("k")
    assert opened.locator(".item.cursor strong").inner_text() == "day-house"
    opened.keyboard.press("Enter")
    assert opened.locator("#position").inner_text() == "1 of 22"
    for key, mode in enumerate(("side", "slider", "blink", "overlay", "heat"), 1):
        opened.keyboard.press(str(key))
        assert opened.locator("#stage").get_attribute("data-mode") == mode
    opened.keyboard.press("j")
    assert opened.locator("#position").inner_text() == "2 of 22"
    assert opened.locator("#stage").get_attribute("data-mode") == "heat", "the way of looking stays"
    opened.keyboard.press("k")
    opened.keyboard.press("?")
    assert opened.locator("#help").is_visible()
    opened.keyboard.press("Escape")
    assert opened.locator("#help").is_hidden()
    assert opened.locator("#detail").is_visible()
    opened.keyboard.press("f")
    assert opened.evaluate("document.activeElement.id") == "search"
    opened.keyboard.type("jj")
    assert opened.locator("#search").input_value() == "jj"
    opened.keyboard.press("Escape")
    opened.keyboard.press("v")
    assert "view=list" in opened.evaluate("location.hash")


def test_the_accept_command_is_copied_with_its_reason(opened: Any, page_address: str, generated: Path) -> None:
    opened.goto(page_address + DRIFT)
    folder = next((generated / "reports").iterdir())
    key = TrialKey("quickstart", "night-house", "style=flat", 0)
    opened.keyboard.press("y")
    assert opened.evaluate("navigator.clipboard.readText()") == accept_command(
        folder, key, baselines=generated / "baselines"
    )
    opened.locator("#reason").fill("Kim's new moon; $HOME")
    opened.locator("#copy").click()
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied == accept_command(folder, key, "Kim's new moon; $HOME", baselines=generated / "baselines")
    assert shlex.split(copied)[-1] == "Kim's new moon; $HOME"
    assert "copied" in opened.locator("#toast").inner_text()


def test_what_is_identical_or_was_not_generated_offers_nothing_to_accept(opened: Any, page_address: str) -> None:
    for trial in ("star-row/style=flat-s0", "sailboat/style=flat-s1"):
        opened.goto(page_address + f"#trial=quickstart/{trial}")
        until(opened, f"document.title.includes('{trial.split('/')[0]}')")
        assert opened.locator("#command").count() == 0
    assert opened.locator("#stage").inner_text() == "No image was generated."
    assert opened.locator("#controls").is_hidden()


def test_numbers_read_as_in_the_terminal(opened: Any, page_address: str, generated: Path) -> None:
    lines = (next((generated / "reports").iterdir()) / "trials.jsonl").read_text("utf-8").splitlines()
    result = next(r for r in map(json.loads, lines) if r["key"]["case"] == "night-house" and r["key"]["seed"] == 0)
    opened.goto(page_address + DRIFT)
    for name, measured in result["comparison"]["measurements"].items():
        if "value" in measured:
            text = opened.locator(f"[data-metric={name}] .value").inner_text().split("\n")[0]
            assert text == show_value(name, measured["value"]), name


def test_no_text_becomes_markup_or_script(opened: Any, sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    hostile = [recordable(text)[0] for text in sample.HOSTILE]
    for seed, text in enumerate(hostile):
        result = sample.trial(run, "night-house", "drift", seed=0)
        run.results[-1] = replace(
            result,
            key=TrialKey(text, text, text, seed),
            recipe=Recipe(Request(text, text, seed=seed), Subject(text, text, text, {text: {text: text}})),
            outcome=Outcome(Verdict.DRIFT, Status.FINDING, sample.said(text, text), sample.said(text)),
            tags=(text,),
            environment={text: text, "interpretation": [{"words": text, "effect": text, "kind": text}]},
            baseline_environment={text: f"{text}2"},
            differences=(Difference(Part.SUBJECT, text, text, f"{text}2"),),
            findings=(Finding(text, CheckOutcome.FAIL, text, ((1, 2, 3, 4),)),),
            finished=text,
        )
    run.record = replace(run.record, suites=tuple(hostile), arguments={text: text for text in hostile})
    address = write_report(run.write(), baselines=run.baselines, formats=("html",))["html"].as_uri()
    opened.goto(address)
    assert shown(opened) == f"{len(hostile)} trials"
    count = "[...document.querySelectorAll('img, script, b, style, link')].map(node => node.outerHTML).join()"
    for at, text in enumerate(hostile):
        opened.locator(".item").nth(at).locator("a").click()
        prompt = opened.locator("blockquote").first.evaluate("node => node.textContent")
        assert prompt == text
        open_all(opened)
        assert "hacked" not in opened.evaluate(count)
        words = opened.locator("#command").evaluate("node => node.textContent")
        assert shlex.split(words)[-1] == f"{text}/{text}/{text}-s{at}"
        opened.keyboard.press("Escape")
    assert opened.evaluate("window.hacked") is None


def test_a_single_file_opens_alone_and_reads_its_pixels(
    opened: Any, generated: Path, tmp_path: Path, sample: ModuleType
) -> None:
    shutil.copytree(generated, tmp_path / "run")
    folder = next((tmp_path / "run/reports").iterdir())
    page = write_report(folder, baselines=tmp_path / "run/baselines", single_file=True, formats=("html",))["html"]
    alone = page.rename(tmp_path / "alone.html")
    shutil.rmtree(tmp_path / "run")
    opened.goto(alone.as_uri())
    until(opened, "document.images.length > 5 && [...document.images].every(image => image.naturalWidth > 0)")
    opened.locator(".card").nth(1).click()
    opened.get_by_role("button", name="1:1").click()
    image = opened.locator(".port[data-kind=b] img").bounding_box()
    for step in range(50):
        opened.mouse.move(image["x"] + 10.5, image["y"] + 10.5 - step % 2 * 0.2)
        if "candidate" in opened.locator("#readout").inner_text():
            break
        opened.wait_for_timeout(50)
    assert "accepted #f3f1ea" in " ".join(opened.locator("#readout").inner_text().split())


def test_a_page_without_its_data_says_what_is_missing(chromium: Any, folder: Path) -> None:
    page = write_report(folder, baselines=Path("baselines"), formats=("html",))["html"]
    (folder / "data.js").unlink()
    tab = chromium.new_page()
    tab.goto(page.absolute().as_uri())
    assert "data.js could not be read" in tab.locator("#loading").inner_text()
    tab.close()


def test_data_that_ends_early_is_reported(opened: Any, folder: Path) -> None:
    page = write_report(folder, baselines=Path("baselines"), formats=("html",))["html"]
    data = (folder / "data.js").read_text()
    (folder / "data.js").write_text(data[: data.rindex('report("end"')])
    opened.goto(page.absolute().as_uri())
    assert "data.js ends early" in opened.locator("#head").inner_text()


def test_a_lost_image_is_named(opened: Any, folder: Path) -> None:
    result = json.loads((folder / "trials.jsonl").read_text("utf-8").splitlines()[6])
    (folder / result["image"]["file"]).unlink()
    page = write_report(folder, baselines=Path("baselines"), formats=("html",))["html"]
    opened.goto(page.absolute().as_uri() + CIRCLES)
    assert result["image"]["file"] in opened.locator("#stage").inner_text()


def test_a_comparison_without_a_suite_has_two_sides_and_nothing_to_accept(
    opened: Any, sample: ModuleType, tmp_path: Path
) -> None:
    run = sample.RunFolder(tmp_path, "compare")
    run.record = replace(run.record, suites=(), arguments={"compare": ["old", "new"]})
    key = TrialKey("compare", "a house.png")
    one, two = sample.scene("day-house"), sample.scene("day-house", draft=True)
    recipe = Recipe(Request(""), Subject("compare", "compare"))
    result = sample.TrialResult(key, recipe, Outcome("drift", "finding", sample.said("it differs")), source="replay")
    run.add(
        replace(
            result,
            image=run.store(two),
            baseline=replace(run.store(one), file="a house.png"),
            comparison=sample.compare(run, one, two),
        )
    )
    opened.goto(write_report(run.write(), baselines=tmp_path / "old")["html"].as_uri())
    assert opened.locator("h1").inner_text() == "The one pair needs a look."
    assert opened.locator(".eyebrow").inner_text() == "old ↔ new"
    opened.locator(".card").click()
    assert opened.locator("figcaption").all_inner_texts() == ["A: old", "B: new"]
    assert opened.locator("#panel").get_by_text("Recipe").count() == 0
    assert opened.locator("#command").count() == 0
    assert opened.locator(".world img").count() == 2


@pytest.fixture(scope="module")
def large(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> str:
    run = sample.RunFolder(tmp_path_factory.mktemp("large"))
    kinds = [sample.trial(run, case, verdict) for case, verdict in LARGE]
    # Equal bytes are all that is looked at in a trial that is identical.
    kinds[0] = replace(kinds[0], comparison=Comparison({"bytes_equal": Measurement(True)}), policy=None)
    run.results = []
    for number in range(10_000):
        one = kinds[0] if number % 100 else kinds[1 + number // 100 % 3]
        key = replace(one.key, case=f"case-{number // 10:04d}", seed=number % 10)
        run.results.append(replace(one, key=key, tags=(f"tag-{number % 7}",), environment={"threads": 2}))
    return write_report(run.write(), baselines=run.baselines, formats=("html",))["html"].as_uri()


LARGE = (("star-row", "identical"), ("night-house", "drift"), ("day-house", "broken"), ("sailboat", "failed"))


@pytest.mark.slow
def test_ten_thousand_trials_open_filter_sort_and_scroll(opened: Any, large: str) -> None:
    opened.goto(large)
    assert opened.locator("h1").inner_text() == "100 of 10,000 trials need a look."
    assert opened.locator(".item").count() < 100, "only what is near the window exists"
    opened.locator(".chip[data-verdict=drift]").click()
    assert shown(opened) == "34 of 10,000 trials"
    opened.get_by_role("button", name="Clear filters").click()
    opened.locator("#search").fill("case-0999")
    assert shown(opened) == "10 of 10,000 trials"
    opened.locator("#search").fill("")
    opened.locator("#sort").select_option("ssim")
    opened.locator("#group").select_option("case")
    opened.locator("#group").select_option("none")
    opened.locator("[data-view=list]").click()
    opened.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    until(opened, "document.querySelector('.item[aria-posinset=\"10000\"]') !== null")
    assert opened.locator(".item").count() < 100
    opened.locator(".line").last.click()
    assert opened.locator("#position").inner_text() == "10000 of 10,000"
    opened.keyboard.press("k")
    assert opened.locator("#position").inner_text() == "9999 of 10,000"


def test_on_paper_every_selected_trial_is_there(opened: Any, page_address: str) -> None:
    opened.goto(page_address + "#only=look")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.emulate_media(media="print")
    assert opened.locator("#paper .card").count() == 10
    assert opened.locator("#paper .card").last.is_visible()
    assert opened.locator("#toolbar").is_hidden()


CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const paint = (color, under) => {
    canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = (color) => color.slice(0, 3).map((v) => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const bad = [];
  for (const node of document.querySelectorAll('body *')) {
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const other = node.closest('kbd, :disabled, .offscreen, option, .mark, .split, #toast');
    if (!text || other || !node.checkVisibility()) continue;
    const chain = [];
    for (let up = node; up; up = up.parentElement) chain.unshift(getComputedStyle(up).backgroundColor);
    let under = 'white';
    for (const color of chain) under = `rgb(${paint(color, under).slice(0, 3)})`;
    const ink = paint(getComputedStyle(node).color, under);
    const [a, b] = [light(ink), light(paint(under, under))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push([node.className, node.textContent.slice(0, 30), ratio.toFixed(2)]);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_every_text_has_contrast_and_nothing_is_wider_than_the_window(
    opened: Any, page_address: str, scheme: str, width: int
) -> None:
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size({"width": width, "height": 860})
    for place in ("", "#view=list&group=case", "#view=checks", CIRCLES):
        opened.goto("about:blank")
        opened.goto(page_address + place)
        assert opened.evaluate(CONTRAST) == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= width


NAMELESS = """nodes => nodes.filter((node) => !(node.getAttribute('aria-label') || node.textContent.trim()
  || node.closest('label')?.textContent.trim())).map((node) => node.outerHTML)"""


def test_every_control_has_a_name(opened: Any, page_address: str) -> None:
    opened.goto(page_address + CIRCLES)
    opened.keyboard.press("4")
    for place in ("#detail", "#overview"):
        controls = opened.locator(f"{place} :is(button, a, input, select)")
        assert controls.count() > 10
        assert controls.evaluate_all(NAMELESS) == []
        opened.keyboard.press("Escape")
