import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from syrupy.assertion import SnapshotAssertion

from harness.vocabulary import Code
from tests.cases import IMAGES, NEW, OLD

Harness = Callable[..., object]
Project = Callable[..., Path]


def test_help(harness: Harness, snapshot: SnapshotAssertion) -> None:
    assert harness("--help") == snapshot


def test_the_way_of_an_image(harness: Harness, project: Project, snapshot: SnapshotAssertion) -> None:
    """New, accepted, identical, drifted, rejected, ignored: what a person reads on the way."""
    project(options=", concurrency: 1")
    assert harness("run", "suites", "--dry-run") == snapshot(name="dry run")
    assert harness("run", "suites") == snapshot(name="new")
    assert harness("accept", "latest", "--reason", "first look") == snapshot(name="accepted")
    assert harness("run", "suites") == snapshot(name="identical")
    assert harness("run", "suites", "--set", "quality=draft") == snapshot(name="drift")
    assert harness("reject", "latest", "--case", "plain", "--reason", "a line too much") == snapshot(name="rejected")
    assert harness(
        "ignore", "latest", "--verdict", "drift", "--reason", "known", "--owner", "me", "--until", "2999-01-01"
    ) == snapshot(name="ignored")
    assert harness("run", "suites", "--set", "quality=draft") == snapshot(name="drift ignored")
    assert harness("report", "latest") == snapshot(name="report again")


def test_an_ignore_ends_when_its_trial_is_fine_again(harness: Harness, project: Project) -> None:
    project()
    harness("run", "suites")
    harness("accept", "--reason", "first")
    harness("run", "suites", "--set", "quality=draft")
    until = ("--owner", "me", "--until", "2999-01-01")
    assert harness("ignore", "--case", "plain", "--reason", "a bug", *until).code == 0
    assert harness("run", "suites").code == 0
    again = harness("ignore", "--case", "plain", "--reason", "a bug", *until)
    assert (again.code, "--verdict" in again.err, "identical" in again.err) == (2, True, True)
    done = harness("ignore", "--case", "plain", "--undo", "--reason", "fixed", "--json")
    assert done.code == 0
    assert {one["action"] for one in json.loads(done.out)["unignored"]} == {"unignored"}


def test_exit_codes_and_json(harness: Harness, project: Project) -> None:
    project()
    done = harness("run", "suites", "--json")
    assert done.code == 1
    reported = json.loads(done.out)
    assert reported["run"]["totals"] == {"new": 4}
    assert set(reported["reports"]) >= {"html", "junit", "markdown"}
    assert json.loads(harness("accept", "--reason", "x", "--json").out)["accepted"][0]["action"] == "new"
    assert harness("run", "suites", "--json").code == 0
    assert json.loads(harness("run", "suites", "--dry-run", "--json").out)["trials"] == 4
    assert json.loads(harness("interpret", "a red circle", "--json").out)["things"][0]["color"] == "red"
    assert json.loads(harness("providers", "--json").out)["providers"][0]["kind"] == "painter"
    assert json.loads(harness("schema").out)["additionalProperties"] is False


def test_shards_are_merged_and_a_missing_one_is_reported(harness: Harness, project: Project) -> None:
    project(seeds="0..9")
    for shard in ("1/3", "2/3", "3/3"):
        assert harness("run", "suites", "--shard", shard, "--reports", f"part{shard[0]}").code == 1
    first, second, third = (str(next(Path(f"part{i}").iterdir())) for i in (1, 2, 3))
    done = harness("report", "--merge", first, second, "--json")
    assert json.loads(done.out)["notes"] == ["shard 3/3 is missing"]
    reported = json.loads(harness("report", "--merge", first, second, third, "--json").out)
    assert reported["run"]["totals"] == {"new": 20}
    assert reported["run"]["complete"]
    line = next(line for line in (Path(third) / "trials.jsonl").read_text().splitlines() if '"outcome"' in line)
    with (Path(second) / "trials.jsonl").open("a") as ledger:
        ledger.write(line.replace('"new"', '"drift"') + "\n")
    shutil.copytree(f"{third}/images", f"{second}/images", dirs_exist_ok=True)
    done = harness("report", "--merge", first, second, third)
    assert done.code == 2
    assert "cannot be merged" in done.err


def test_a_decision_without_a_reason_is_refused_where_no_person_can_be_asked(
    harness: Harness, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project()
    harness("run", "suites")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for command in (["accept"], ["reject"], ["ignore", "latest", "--owner", "me", "--until", "2999-01-01"]):
        done = harness(*command)
        assert (done.code, "--reason" in done.err) == (2, True)


def test_a_failed_trial_alone_is_exit_code_3(harness: Harness, project: Project) -> None:
    project("  - {id: bad, prompt: crash}\n")
    assert harness("run", "suites").code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "suites/smal.yaml"],
        ["rnu", "suites"],
        ["run", "suites", "--case", "plian"],
        ["run", "suites", "--set", "seed=3"],
        ["run", "suites", "--set", "qualty=draft"],
        ["run", "suites", "--set", "quality"],
        ["run", "suites", "--shard", "3/2"],
        ["run", "suites", "--resume"],
        ["accept", "latest", "--reason", "x"],
        ["report", "nothing"],
        ["providers", "--explain", "paintr"],
        ["interpret", ""],
        ["generate", "50 circles"],
        ["generate", "a red circle", "--seed", "-1"],
        ["generate", "a red circle", "--size", "0x64", "-o", "x.png"],
        ["compare", "suites", "generation.py"],
        ["compare", "suites", "suites"],
        ["compare", "generation.py", "generation.py"],
    ],
    ids=" ".join,
)
def test_wrong_calls(harness: Harness, project: Project, snapshot: SnapshotAssertion, arguments: list[str]) -> None:
    project()
    done = harness(*arguments)
    assert done == snapshot
    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prompt: an image", "promt: an image"),
        ("provider: mine", "provider: mnie"),
        ("kind: python", "kind: pyhton"),
        ("seeds: [0, 1]", "seeds: [-1]"),
        ("id: plain", "id: ../plain"),
        ("suite: small", "suite: [small"),
        ("price: 0", "price: 0, api_key: abc"),
    ],
)
def test_wrong_suites(harness: Harness, project: Project, snapshot: SnapshotAssertion, old: str, new: str) -> None:
    suite = project() / "suites/small.yaml"
    suite.write_text(suite.read_text().replace(old, new, 1))
    done = harness("run", "suites")
    assert done.code == 2
    assert done.err == snapshot


def test_debug_shows_the_traceback(project: Project) -> None:
    project()
    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", "nothing", "--debug"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_reports_in_a_place_that_is_a_file(harness: Harness, project: Project) -> None:
    project()
    Path("reports").write_text("in the way")
    done = harness("run", "suites")
    assert done.code == 2
    assert "reports" in done.err
    assert "→" in done.err


def test_compare_prints_one_object(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, color in (("a.png", "red"), ("b.png", "#fe0000")):
        image = Image.new("RGB", (64, 64), "white")
        image.paste(color, (10, 10, 40, 40))
        image.save(name)
    done = harness("compare", "a.png", "b.png", "--json", "--heat-map", "heat.png")
    reported = json.loads(done.out)
    assert (done.code, reported["verdict"]) == (1, "drift")
    assert list(reported["measurements"]) == [
        "bytes_equal", "pixels_equal", "max_abs", "changed", "mae", "psnr", "ssim", "ssim_block_min", "delta_e",
        "delta_e_block_max", "spectrum_peak",
        "phash", "dhash", "whash", "colorhash",
    ]  # fmt: skip
    assert reported["measurements"]["max_abs"] == {"value": 1}
    assert set(reported["measurements"]["phash"]["detail"]) == {"a", "b"}
    assert Path("heat.png").stat().st_size > 100
    assert harness("compare", "a.png", "b.png", "--limit", "max_abs=<= 1").code == 0
    assert harness("compare", "a.png", "a.png").code == 0


@pytest.mark.parametrize("box", ["0,0,0,0", "0,0,8", "0,0,8,-1", "left"])
def test_an_invalid_box_is_refused_before_anything_is_recorded(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for side in ("old", "new"):
        Path(side).mkdir()
        Image.new("RGB", (40, 30), "white").save(f"{side}/same.png")
    assert harness("compare", "old", "new", "--ignore", box).code == 2
    assert not Path("reports").exists()


def test_compare_of_equal_pixels_says_what_they_do_not_show(harness: Harness) -> None:
    for name, code in (("profile-swaps-red-blue", Code.PROFILE_DIFFERS), ("16bit-low-bytes", Code.DEPTH_REDUCED)):
        pair = [str(IMAGES / f"{name}-{side}.png") for side in "ab"]
        done = harness("compare", *pair)
        assert done.code == 0
        assert done.out.splitlines()[-1].startswith("identical: ")
        reported = json.loads(harness("compare", *pair, "--json").out)
        assert (reported["verdict"], [reason["code"] for reason in reported["reasons"]]) == ("identical", [code])


def test_compare_names_the_option_for_a_rule(harness: Harness) -> None:
    done = harness("compare", "suites", "suites", "--drift", "exact")
    assert (done.code, "--limit" in done.err) == (2, True)
    assert "--drift" not in harness("compare", "--help").out


def test_compare_folders_leaves_out_what_is_skipped(harness: Harness, tmp_path: Path) -> None:
    reports = ("--reports", str(tmp_path))
    assert harness("compare", str(OLD), str(NEW), *reports).code == 1
    done = harness("compare", str(OLD), str(NEW), *reports, "--skip", "*.gif", "--skip", "[de].*", "--json")
    assert (done.code, json.loads(done.out)["run"]["totals"]) == (0, {"identical": 1})


def test_compare_folders_makes_a_report(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for side, color in (("old", "red"), ("new", "green")):
        Path(side).mkdir()
        same = Image.new("RGB", (40, 30), "white")
        same.paste("blue", (5, 5, 20, 20))
        same.save(f"{side}/same.png")
        same.paste(color, (8, 8, 16, 16))
        same.save(f"{side}/changed.png")
    same.save("new/added.png")
    Path("old/text.png").write_text("no image")
    Path("new/text.png").write_text("no image either")
    same.save("old/gone.png")
    done = harness("compare", "old", "new", "--json")
    reported = json.loads(done.out)
    assert done.code == 1
    assert reported["run"]["totals"] == {"drift": 1, "failed": 2, "identical": 1, "new": 1}
    assert Path(reported["reports"]["html"].replace("<run of run>", Path(reported["folder"]).name)).name == "index.html"


def test_init_makes_a_project_that_runs(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    assert harness("init").code == 0
    suite = Path("suites/first.yaml")
    suite.write_text(
        suite.read_text().replace("quality: standard ", "quality: draft    ").replace("seeds: [0, 1]", "seeds: [0]")
    )
    assert "exists  suites/first.yaml" in harness("init").out
    assert harness("run").code == 1
    done = harness("accept", "--reason", "first look")
    assert "generated again the same" in done.out
    assert harness("run").code == 0
    assert Path(".gitignore").read_text() == "reports/\n"


def test_generate_writes_an_image_and_a_contact_sheet(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = harness(
        "generate", "two red circles left of a blue square, and a zeppelin", "--seed", "7", "--quality", "draft"
    )
    assert done.code == 0
    assert "not understood: 'zeppelin'" in done.err
    with Image.open("two-red-circles-left-of-a-blue-square-an.png") as image:
        assert image.size == (256, 256)
    assert (
        harness("generate", "a house", "--seed", "0..3", "--quality", "draft", "--size", "64x64", "-o", "s.png").code
        == 0
    )
    with Image.open("s.png") as sheet:
        assert sheet.width > 2 * 64
        assert sheet.height > 2 * 64


HEAVY = {"numpy", "PIL", "scipy", "skimage", "httpx", "pydantic", "rich", "imagehash", "yaml", "pytest"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom harness.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))


def test_version_says_which_kernel_compares() -> None:
    done = subprocess.run([sys.executable, "-m", "harness", "--version"], capture_output=True, text=True, check=True)
    assert "comparing with the" in done.stdout


def test_json_of_a_run_holds_every_trial_and_accept_says_how_they_repeat(harness: Harness, project: Project) -> None:
    project()
    done = harness("run", "suites", "--repeats", "2", "--json")
    printed = json.loads(done.out)
    assert printed["exit_code"] == done.code == 1
    assert [trial["outcome"]["verdict"] for trial in printed["trials"]] == ["new"] * 8
    accepted = harness("accept", "--reason", "right")
    assert "1 image in 2 generations of each of 4 trials" in accepted.out
