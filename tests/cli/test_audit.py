"""``harness audit``: whole output, exit codes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

Harness = Callable[..., Any]
Project = Callable[..., Path]


def steady(text: str) -> str:
    """Without what is said of times, which are other ones in every run."""
    text = re.sub(r"; (about )?[\d.]+× (faster|slower)( \([^)]*\))?|; no difference in time shown", "", text)
    return re.sub(r" {2,}", "  ", text.replace("< <time>", "<time>"))


def test_audit(harness: Harness, project: Project, snapshot: SnapshotAssertion) -> None:
    project(seeds="[0]")
    assert harness("audit", "--help") == snapshot(name="help")
    assert harness("audit", "suites", "--b", "quality=draft", "--dry-run") == snapshot(name="dry run")
    done = harness("audit", "suites", "--a", "quality=standard", "--b", "quality=draft")
    assert done.code == 1
    assert steady(done.out) == snapshot(name="changed")
    (folder,) = Path("reports").glob("*-audit-suites-*")
    assert {path.name for path in folder.iterdir()} >= {"a", "b", "audit.json", "index.html", "data.js", "summary.md"}


def test_nothing_changed(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--a", "quality=draft", "--b", "quality=draft")
    assert done.code == 0
    assert "B changes none of 2 prompts (95 % interval 0–66 %; A against itself: 0 of 2)" in done.out


def test_settings_of_both_arms(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--set", "size=32x32", "--a", "quality=standard", "--b", "quality=draft")
    assert done.code == 1
    assert re.search(r"^A +quality=standard +bit-equal", done.out, re.MULTILINE)
    (folder,) = Path("reports").glob("*-audit-suites-*")
    reported = json.loads((folder / "audit.json").read_text())
    assert reported["a"]["settings"] == {"size": "32x32", "quality": "standard"}
    twice = harness("audit", "suites", "--set", "size=32x32", "--a", "size=64x64", "--b", "quality=draft")
    assert (twice.code, "size is set twice: 32x32 and 64x64" in twice.err) == (2, True)


def test_only_missing(harness: Harness, project: Project) -> None:
    project(cases="  - {id: bad, prompt: crash}\n", seeds="[0]")
    done = harness("audit", "suites", "--b", "quality=draft")
    assert done.code == 3
    assert "Nothing could be compared" in done.out


def test_noise_alone_is_no_change(harness: Harness, project: Project) -> None:
    project(cases="  - {id: one, prompt: unsteady}\n", seeds="[3]")
    done = harness("audit", "suites", "--b", "quality=standard")
    assert done.code == 0
    assert "differ (1 pair)" in done.out


def test_json(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--b", "quality=draft", "--json")
    reported = json.loads(done.out)
    assert (done.code, reported["audit"]["changed"]["count"]) == (1, 2)
    assert reported["reports"]["html"].endswith("/index.html")
    assert json.loads(harness("audit", "suites", "--b", "quality=draft", "--dry-run", "--json").out)["images"] == 8


def test_settings_with_commas(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    done = harness("audit", "suites", "--b", "quality=draft,prompt=one, two, three", "--case", "plain", "--json")
    audit = json.loads(done.out)["audit"]
    assert audit["b"]["settings"] == {"quality": "draft", "prompt": "one, two, three"}
    assert any(note["code"] == "audit.other-prompts" for note in audit["notes"])


def test_two_stored_runs(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    for quality in ("standard", "draft"):
        harness("run", "suites", "--set", f"quality={quality}", "--repeats", "2")
    runs = sorted(path.name for path in Path("reports").iterdir())
    done = harness("audit", *runs)
    assert done.code == 1
    assert "A  quality=standard" in done.out
    assert "bit-equal (2 pairs)" in done.out


def test_the_report_of_an_audit_is_made_again(harness: Harness, project: Project) -> None:
    project(seeds="[0]")
    harness("audit", "suites", "--b", "quality=draft")
    (folder,) = Path("reports").glob("*-audit-*")
    for name in ("index.html", "data.js", "summary.md"):
        (folder / name).unlink()
    done = harness("report", folder.name)
    assert done.code == 1
    assert (folder / "index.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("suites",), "an audit needs two arms"),
        (("suites", "--b", "quality"), "is not KEY=VALUE"),
        (("suites", "--b", "quality=draft", "--b", "quality=hd"), "quality is set twice"),
        (("suites", "--b", "seeds=[1]"), "--b seeds=[1]: `seeds` is part of the key"),
        (("suites", "--b", "quality=draft", "--resume"), "no unfinished audit"),
        (("one", "two"), "there is no run 'one'"),
    ],
)
def test_wrong_calls(harness: Harness, project: Project, arguments: tuple[str, ...], said: str) -> None:
    project(seeds="[0]")
    done = harness("audit", *arguments)
    assert done.code == 2
    assert said in done.err
