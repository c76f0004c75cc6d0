import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

Harness = Callable[..., Any]
Project = Callable[..., Path]


def undated(done: Any) -> Any:
    return replace(done, out=re.sub(r"\d{4}-\d\d-\d\d", "<day>", done.out))


@pytest.fixture
def runs(harness: Harness, project: Project) -> Path:
    """Five runs: new, as accepted, with another setting, as accepted, and one that cannot be read."""
    root = project()
    harness("run", "suites")
    harness("accept", "latest", "--reason", "first look")
    harness("run", "suites")
    harness("run", "suites", "--set", "quality=draft", "--case", "plain")
    harness("run", "suites")
    broken = root / "reports/broken"
    shutil.copytree(min((root / "reports").iterdir()), broken)
    (broken / "trials.jsonl").write_text("no json\n")
    return root


def test_a_case_over_runs(harness: Harness, runs: Path, snapshot: SnapshotAssertion) -> None:
    assert undated(harness("history", "plain")) == snapshot(name="a case that changed")
    assert undated(harness("history", "small/other")) == snapshot(name="a steady case")
    assert undated(harness("history", "small/plain/base-s0", "--runs")) == snapshot(name="every run")


def test_on_a_narrow_terminal_that_has_ascii_only(
    harness: Harness, runs: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("harness.report.terminal.SIGNS", {"identical": "\udcff"})
    assert undated(harness("history", "small/plain/base-s0")) == snapshot


def test_as_json(harness: Harness, runs: Path) -> None:
    reported = json.loads(harness("history", "small/plain/base-s0", "--json").out)
    (trial,) = reported["trials"]
    assert reported["runs"] == 4
    assert [run["verdict"] for run in trial["runs"]] == ["new", "identical", "drift", "identical"]
    assert [run["distance"] for run in trial["runs"]][:2] == [None, 0.0]
    assert trial["modes"]["shares"] == [0.75, 0.25]
    assert trial["modes"]["images"][0] == trial["runs"][0]["images"][0]
    assert trial["flips"] == {"count": 0, "of": 1}
    assert trial["changes"][0]["differences"] == [
        {"part": "subject", "path": "settings.quality", "before": "standard", "after": "draft"}
    ]
    assert reported["unreadable"][0]["path"] == "reports/broken/trials.jsonl"


def test_what_is_not_there(harness: Harness, runs: Path, snapshot: SnapshotAssertion) -> None:
    for arguments in (("plian",), ("plain", "--reports", "nowhere")):
        done = harness("history", *arguments)
        assert done.code == 2
        assert done == snapshot(name=" ".join(arguments))
