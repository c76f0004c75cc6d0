"""The page and the words of a benchmark."""

import ast
import dataclasses
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from syrupy.assertion import SnapshotAssertion

from harness.ledger import atomic_write
from harness.records import Finding, ImageRef, Reason, document
from harness.records.bench import ArmFigures, Bench, Latency, Shown, Throughput
from harness.records.share import Share
from harness.report import ReportError, bench_cells, bench_headline, read_bench, write_bench_report
from harness.vocabulary import Code, Verdict

NO_FOXES = Reason(Code.ERROR, {"problem": "the service refused: no foxes", "hint": ""})
IMAGE = ImageRef("arms/x/images/a b.png", "0" * 64, "1" * 64, 64, 64, "png", {})
CHECKED = (Finding("count red circle", "fail", "3"), Finding("absent: green", "pass"))
FAST = ArmFigures(
    "mini · draft", "mini", {"quality": "draft"}, 24, Latency(1.2, tuple(0.4 + i / 100 for i in range(11)), 0.45, 0.49),
    (Throughput(1, 11, 5.0), Throughput(4, 12, 2.0)), 0.0042, 0.1, "none", {"none": 4}, Share(8, 10, 0.49, 0.94),
    {"count": Share(3, 5, 0.23, 0.88), "relation": Share(5, 5, 0.57, 1.0)}, 1, {"refused": 2},
    (Shown("a/base-s0", "two <b>red</b> circles", IMAGE, Verdict.NEW, ("count",), CHECKED),
     Shown("b/base-s0", "a fox", None, Verdict.REFUSED, reasons=(NO_FOXES,))),
)  # fmt: skip
SLOW = dataclasses.replace(
    FAST, label="mini · hd", latency=Latency(None), throughput=(), cost=None, spent=None, determinism=None,
    checks=Share(0, 0), by_tag={}, missing={"failed": 24}, shown=(),
)  # fmt: skip
BENCH = Bench(
    "20261122T101911.437Z-bench-x-3f2a", ("suites/x.yaml",), "2026-11-22T10:19:11Z", "0.1.0", (FAST, SLOW), 3, 4, 61.0,
    {"cpu": "A CPU", "platform": "Linux", "cores": 2}, "budget",
)  # fmt: skip


def written(folder: Path, bench: Bench = BENCH) -> dict[str, Any]:
    """The data of the page, as its script reads them."""
    atomic_write(folder / "bench.json", document("bench", bench))
    page = write_bench_report(folder)["html"]
    [line] = page.with_name("data.js").read_text("ascii").splitlines()
    name, text = ast.literal_eval(line.removeprefix("report").removesuffix(";"))
    assert name == "bench"
    data: dict[str, Any] = json.loads(text)
    return data


def test_the_summary(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    written(tmp_path)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == snapshot


def test_the_page_has_every_value_as_it_is_shown(tmp_path: Path) -> None:
    assert written(tmp_path)["images"][0]["cells"][0]["image"][0] is None, "what is lost has no address"
    (tmp_path / IMAGE.file).parent.mkdir(parents=True)
    (tmp_path / IMAGE.file).write_bytes(b"")
    data = written(tmp_path)
    assert written(tmp_path) == data
    assert [arm["cells"] for arm in data["arms"]] == [list(bench_cells(arm)) for arm in BENCH.arms]
    assert [len(plot["image"]) > 1000 for plot in data["plots"]] == [True] * 4
    circles, fox = data["images"]
    assert circles["prompt"] == "two <b>red</b> circles"
    cell = circles["cells"][0]
    assert (cell["image"][0], cell["why"], cell["verdict"]) == ("arms/x/images/a%20b.png", "", "new")
    assert cell["checks"] == [["count red circle", "fail", "3"], ["absent: green", "pass", ""]]
    assert circles["cells"][1] is None
    assert (fox["cells"][0]["image"], fox["cells"][0]["why"]) == (None, "the service refused: no foxes")
    assert len(data["notices"]) == 1, "the budget"


def test_an_arm_that_generated_nothing_shows_no_figure(tmp_path: Path) -> None:
    data = written(tmp_path, dataclasses.replace(BENCH, arms=(SLOW,)))
    assert (data["plots"], data["images"], data["tags"]) == ([], [], [])
    assert set(data["arms"][0]["cells"][1:6]) == {"–"}, "what was not measured is never 0"
    assert data["arms"][0]["cells"][6] == "unknown"
    assert bench_headline(BENCH).startswith("mini · draft: 450 ms an image")


def test_without_the_plotting_library_the_page_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    data = written(tmp_path)
    assert data["plots"] == []
    assert "pip install 'image-harness[plots]'" in data["notices"][1]


def test_a_folder_without_a_benchmark_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        read_bench(tmp_path)
    (tmp_path / "bench.json").write_text('{"format": 3}')
    with pytest.raises(ReportError, match="missing"):
        read_bench(tmp_path)


@pytest.mark.browser
def test_in_a_browser(tmp_path: Path, chromium: Any) -> None:
    folder = tmp_path / "arms" / "x" / "images"
    folder.mkdir(parents=True)
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(stream, "PNG")
    (folder / "a b.png").write_bytes(stream.getvalue())
    written(tmp_path)
    for width, scheme in ((1440, "light"), (400, "dark")):
        page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        problems: list[str] = []
        page.on("console", lambda message, reported=problems: reported.append(message.text))
        page.goto((tmp_path / "index.html").as_uri())
        generated = page.locator(".arms img")
        generated.scroll_into_view_if_needed()
        generated.evaluate("image => image.decode()")
        assert not problems
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert generated.evaluate("image => image.naturalWidth") == 64
        plots = page.locator(".plots img").all()
        assert len(plots) == 4
        assert all(plot.evaluate("image => image.decode().then(() => image.naturalHeight)") > 100 for plot in plots)
        assert page.locator(".small b").count() == 0, "a prompt is text"
        page.close()
