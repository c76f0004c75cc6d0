"""The page and the words of a benchmark."""

import dataclasses
import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from syrupy.assertion import SnapshotAssertion

from harness.ledger import atomic_write
from harness.records import Finding, Reason, document
from harness.records.bench import ArmFigures, Bench, Latency, Shown, Throughput
from harness.records.share import Share
from harness.report import ReportError, read_bench, write_bench_report
from harness.report.bench_words import bench_headline
from harness.vocabulary import Code

NO_FOXES = Reason(Code.ERROR, {"problem": "the service refused: no foxes", "hint": ""})
FAST = ArmFigures(
    "mini · draft", "mini", {"quality": "draft"}, 24, Latency(1.2, tuple(0.4 + i / 100 for i in range(11)), 0.45, 0.49),
    (Throughput(1, 11, 5.0), Throughput(4, 12, 2.0)), 0.0042, 0.1, "none", {"none": 4}, Share(8, 10, 0.49, 0.94),
    {"count": Share(3, 5, 0.23, 0.88), "relation": Share(5, 5, 0.57, 1.0)}, 1, {"refused": 2},
    (Shown("a/base-s0", "two <b>red</b> circles", "arms/x/images/a b.png", (Finding("count red circle", "fail", "3"),)),
     Shown("b/base-s0", "a fox", None, (), (NO_FOXES,))),
)  # fmt: skip
SLOW = dataclasses.replace(
    FAST, label="mini · hd", latency=Latency(None), throughput=(), cost=None, spent=None, determinism=None,
    checks=Share(0, 0), by_tag={}, missing={"failed": 24}, shown=(),
)  # fmt: skip
BENCH = Bench(
    "20261122T101911.437Z-bench-x-3f2a", ("suites/x.yaml",), "2026-11-22T10:19:11Z", "0.1.0", (FAST, SLOW), 3, 4, 61.0,
    {"cpu": "A CPU", "platform": "Linux", "cores": 2}, "budget",
)  # fmt: skip


def written(folder: Path, bench: Bench = BENCH) -> str:
    atomic_write(folder / "bench.json", document("bench", bench))
    return write_bench_report(folder)["html"].read_text(encoding="utf-8")


def test_the_summary(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    written(tmp_path)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == snapshot


def test_the_page_shows_text_as_text_and_needs_no_script(tmp_path: Path) -> None:
    page = written(tmp_path)
    assert "two &lt;b&gt;red&lt;/b&gt; circles" in page
    assert "<script" not in page
    assert page.count("<svg") == 4
    assert 'src="arms/x/images/a%20b.png"' in page
    assert "the service refused: no foxes" in page
    assert "http" not in re.sub(r'(xmlns="|http-equiv)[^"]*"|http://www\.w3\.org/2000/svg', "", page)
    assert written(tmp_path) == page


def test_an_arm_that_generated_nothing_shows_no_figure(tmp_path: Path) -> None:
    page = written(tmp_path, dataclasses.replace(BENCH, arms=(SLOW,)))
    assert page.count("<svg") == 0
    assert "Nothing was generated often enough to be timed" in page
    assert "unknown" in page
    assert bench_headline(BENCH).startswith("mini · draft: 450 ms an image")


def test_without_the_plotting_library_the_page_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = written(tmp_path)
    assert "<svg" not in page
    assert "pip install &#x27;image-harness[plots]&#x27;" in page
    assert "<table" in page


def test_a_folder_without_a_benchmark_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        read_bench(tmp_path)
    (tmp_path / "bench.json").write_text('{"format": 2}')
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
    for width in (1280, 400):
        page = chromium.new_page(viewport={"width": width, "height": 800})
        problems: list[str] = []
        page.on("console", lambda message, reported=problems: reported.append(message.text))
        page.goto((tmp_path / "index.html").as_uri())
        page.locator("img").first.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        assert not problems
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.images[0].naturalWidth") == 64
        assert all(box and box["height"] > 100 for box in (svg.bounding_box() for svg in page.locator("svg").all()))
        page.close()
