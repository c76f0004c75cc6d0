"""What decoding leaves out stands beside the verdict, in a comparison of folders and in a run, in every output."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copy
from xml.etree import ElementTree

import pytest
from PIL import Image
from rich.console import Console

import harness
from harness.baseline import Baselines, Selection, accept
from harness.image import AnimatedImageError, decode
from harness.ledger import iter_results, read_run
from harness.records import Rule, TrialResult
from harness.report import Tally, hint_of, print_summary, write_csv, write_report
from harness.runner import RunOptions, compare_folders, execute, exit_code, plan_of, rerun
from harness.vocabulary import Code, Status, Verdict
from tests.cases import IMAGES, NEW, OLD

PAIRS = {"profile-swaps-red-blue": Code.PROFILE_DIFFERS, "16bit-low-bytes": Code.DEPTH_REDUCED}
SUITE = """
suite: cases
provider: files
providers: {files: {kind: folder, folder: made, pattern: "{case}", promise: exact}}
cases:
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def in_folders(tmp_path: Path, names: dict[str, tuple[str, str]]) -> tuple[dict[str, TrialResult], Path, int]:
    """The results by case of comparing folders in which each case is a pair of IMAGES."""
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
    for name, pair in names.items():
        for side, image in zip(("old", "new"), pair, strict=True):
            copy(IMAGES / image, tmp_path / side / f"{name}{Path(image).suffix}")
    record, folder = compare_folders(tmp_path / "old", tmp_path / "new", Rule(), reports=tmp_path / "reports")
    return by_case(folder), folder, exit_code(record)


def in_runs(tmp_path: Path, names: dict[str, tuple[str, str]]) -> tuple[dict[str, TrialResult], Path, int]:
    """The results of a run of a folder of images, each compared with the one that was accepted before."""
    made = tmp_path / "made"
    made.mkdir()
    Path("cases.yaml").write_text(SUITE + "".join(f"  - {{id: {name}, prompt: x}}\n" for name in names))
    for at in (0, 1):
        for old in made.iterdir():
            old.unlink()
        for name, pair in names.items():
            copy(IMAGES / pair[at], made / f"{name}{Path(pair[at]).suffix}")
        options = RunOptions((Path("cases.yaml"),))
        record, folder = execute(plan_of(options), options)
        if not at:
            accept(Baselines("baselines"), folder, Selection(), reason="t", who="t", rerun=rerun(folder))
    return by_case(folder), folder, exit_code(record)


def by_case(folder: Path) -> dict[str, TrialResult]:
    return {Path(result.key.case).stem: result for result in iter_results(folder)}


Way = Callable[[Path, dict[str, tuple[str, str]]], tuple[dict[str, TrialResult], Path, int]]


@pytest.mark.parametrize("way", [in_folders, in_runs])
def test_equal_pixels_are_never_a_bare_identical(way: Way, tmp_path: Path) -> None:
    results, folder, code = way(tmp_path, {name: (f"{name}-a.png", f"{name}-b.png") for name in PAIRS})
    assert code == 0
    written = write_report(folder, baselines=tmp_path / "baselines")
    tally = Tally()
    for name, expected in PAIRS.items():
        outcome = results[name].outcome
        tally.add(results[name])
        assert (outcome.verdict, outcome.status) == (Verdict.IDENTICAL, Status.OK)
        assert [reason.code for reason in outcome.reasons] == [expected]
        assert expected in written["junit"].read_text("utf-8")
    lines = [json.loads(line) for line in (folder / "trials.jsonl").read_text("utf-8").splitlines()]
    assert {line["outcome"]["reasons"][0]["code"] for line in lines} == {*PAIRS.values()}
    assert len(ElementTree.parse(written["junit"]).findall(".//system-out")) == 2
    rows = io.StringIO()
    write_csv(rows, iter_results(folder))
    assert {row["codes"] for row in csv.DictReader(io.StringIO(rows.getvalue()))} == {*PAIRS.values()}
    data = (folder / "data.js").read_text("utf-8")
    markdown = written["markdown"].read_text("utf-8")
    screen = Console(file=io.StringIO(), width=200, record=True)
    print_summary(screen, read_run(folder), tally, folder, report=written["html"])
    table = screen.export_text()
    for text in (data, markdown, table):
        assert "color profile differs: none" in text
        assert "16 bits a channel compared as 8" in text
    assert tally.unshown == 2
    assert "identical." not in table


@pytest.mark.parametrize("way", [in_folders, in_runs])
def test_transparency_counts_as_it_is_seen(way: Way, tmp_path: Path) -> None:
    names = {
        "alpha0-colors": ("alpha0-colors-a.png", "alpha0-colors-b.webp"),
        "one-pixel-alpha": ("one-pixel-alpha-a.png", "one-pixel-alpha-b.png"),
        "moved": ("white-on-transparent-moved-a.png", "white-on-transparent-moved-b.png"),
    }
    results, folder, _ = way(tmp_path, names)
    assert results["alpha0-colors"].outcome.verdict == Verdict.IDENTICAL
    for name in ("one-pixel-alpha", "moved"):
        result = results[name]
        assert result.outcome.verdict == Verdict.DRIFT
        assert result.comparison is not None
        assert result.comparison.value("ssim") is not None
        assert result.comparison.heat_map is not None
        assert (folder / result.comparison.heat_map).is_file()
    moved = results["moved"].comparison
    assert moved is not None
    assert (moved.value("delta_e") or 0) > 50


@pytest.mark.parametrize("way", [in_folders, in_runs])
def test_a_cut_image_and_a_kept_transparency(way: Way, tmp_path: Path) -> None:
    whole = "16bit-low-bytes-a.png"
    results, _, code = way(
        tmp_path,
        {"cut": (whole, "jpeg-cut-but-ends-in-eoi.jpg"), "clear": ("grey16-trns.png", "grey16-trns.png")},
    )
    assert code == 3
    assert results["cut"].outcome.verdict == Verdict.FAILED
    assert results["clear"].outcome.verdict == Verdict.IDENTICAL
    assert [reason.code for reason in results["clear"].outcome.reasons] == [Code.DEPTH_REDUCED]


def test_every_file_of_two_folders_is_a_finding_or_the_same(tmp_path: Path) -> None:
    record, folder = compare_folders(OLD, NEW, Rule(), reports=tmp_path / "reports")
    found = {result.key.case: result for result in iter_results(folder)}
    assert {name: one.outcome.verdict for name, one in found.items()} == {
        "c.gif": Verdict.FAILED,
        "d.avif": Verdict.FAILED,
        "e.tif": Verdict.DRIFT,
        "ok.png": Verdict.IDENTICAL,
    }
    assert Code.DEPTH_REDUCED in [reason.code for reason in found["e.tif"].outcome.reasons]
    assert exit_code(record) == 1


def test_what_cannot_be_read_is_a_finding_whatever_it_is(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for side in (old, new):
        side.mkdir()
        Image.new("RGB", (8, 8), "red").save(side / "a.png")
        (side / "notes.txt").write_text("the same")
    (new / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (new / "folder").symlink_to(old, target_is_directory=True)
    (old / "drawing.psd").write_bytes(b"8BPS")
    record, folder = compare_folders(old, new, Rule(), reports=tmp_path / "reports")
    verdicts = {result.key.case: result.outcome.verdict for result in iter_results(folder)}
    unread = {"notes.txt", "gone.png", "folder", "drawing.psd"}
    assert verdicts == {"a.png": Verdict.IDENTICAL} | dict.fromkeys(unread, Verdict.FAILED)
    record, _ = compare_folders(
        old, new, Rule(), reports=tmp_path / "reports", skip=["*.txt", "*.psd", "gone.*", "folder"]
    )
    assert exit_code(record) == 0
    assert record.arguments["skip"] == ["*.txt", "*.psd", "gone.*", "folder"]


def test_notes_on_one_image_reach_its_trial(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (9, 5), "red")
    image.paste("blue", (0, 0, 4, 4))
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        image.save(tmp_path / side / "turned.png", exif=exif)
        image.convert("CMYK").save(tmp_path / side / "cmyk.jpg")
        image.save(tmp_path / side / "longer.gif")
        with (tmp_path / side / "longer.gif").open("ab") as stream:
            stream.write(b"more")
    _, folder = compare_folders(tmp_path / "old", tmp_path / "new", Rule(), reports=tmp_path / "reports")
    results = by_case(folder)
    assert {name: [note.code for note in one.outcome.warnings] for name, one in results.items()} == {
        "turned": [Code.IMAGE_ROTATED],
        "cmyk": [Code.IMAGE_CMYK],
        "longer": [Code.IMAGE_TRAILING],
    }
    assert all(one.image and one.image.notes for one in results.values())
    junit = write_report(folder, baselines=tmp_path / "old")["junit"].read_text("utf-8")
    assert junit.count("note: ") == 3


@pytest.mark.parametrize("way", [in_folders, in_runs])
def test_notes_on_the_accepted_image_reach_its_trial(way: Way, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (9, 5), "red")
    image.paste("blue", (0, 0, 4, 4))
    image.save(tmp_path / "old.png", exif=exif)
    image.transpose(Image.Transpose.ROTATE_270).save(tmp_path / "new.png")
    results, _, _ = way(tmp_path, {"turned": (str(tmp_path / "old.png"), str(tmp_path / "new.png"))})
    outcome = results["turned"].outcome
    assert outcome.verdict == Verdict.IDENTICAL
    assert [note.code for note in outcome.warnings] == [Code.IMAGE_ROTATED]


def test_hints_on_two_folders_assume_no_provider(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for side, color in ((old, "red"), (new, "blue")):
        side.mkdir()
        Image.new("RGB", (20, 20), color).save(side / "plain.png")
        (side / "none.png").write_bytes(b"")
    Image.new("RGB", (20, 20), "red").save(old / "text.png")
    (new / "text.png").write_text("no image")
    _, folder = compare_folders(old, new, Rule(), reports=tmp_path / "reports")
    hints = {name: hint_of(one) for name, one in by_case(folder).items()}
    assert not [hint for hint in hints.values() if "provider" in hint or "harness accept" in hint]
    assert hints["text"]


def test_the_pages_of_a_tiff_are_no_animation(tmp_path: Path) -> None:
    page = Image.new("RGB", (8, 8), "red")
    page.save(tmp_path / "pages.tif", save_all=True, append_images=[page])
    with pytest.raises(AnimatedImageError) as caught:
        decode((tmp_path / "pages.tif").read_bytes())
    assert "animated" not in str(caught.value)


def test_a_page_shows_what_browsers_do_not(tmp_path: Path) -> None:
    for side, color in (("old", "red"), ("new", "blue")):
        (tmp_path / side).mkdir()
        Image.new("RGB", (20, 20), color).save(tmp_path / side / "a.tif")
    _, folder = compare_folders(tmp_path / "old", tmp_path / "new", Rule(), reports=tmp_path / "reports")
    write_report(folder, baselines=tmp_path / "old")
    views = sorted((folder / "views").iterdir())
    assert {Image.open(path).getpixel((0, 0)) for path in views} == {(255, 0, 0), (0, 0, 255)}
    data = (folder / "data.js").read_text("utf-8")
    assert all(f"views/{path.name}" in data for path in views)


def test_limits_apply_where_one_image_has_alpha(tmp_path: Path) -> None:
    for side in "ab":
        copy(IMAGES / f"one-pixel-alpha-{side}.png", tmp_path / f"{side}.png")
    for limit, verdict in ((0.99, Verdict.BENIGN), (0.9999999, Verdict.DRIFT)):
        rule = {"ssim": f">= {limit}"}
        assert harness.compare(tmp_path / "a.png", tmp_path / "b.png", drift=rule).verdict == verdict
