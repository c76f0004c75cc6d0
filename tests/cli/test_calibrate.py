"""Whole outputs of ``harness calibrate``, and of runs judged by chance."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.assertion import SnapshotAssertion

if TYPE_CHECKING:
    from tests.cli.conftest import Harness

QUIET = """\
  - {id: quiet, prompt: quiet dots, seeds: [0, 1], drift: calibrated}
  - {id: modes, prompt: two modes, seeds: [3], drift: calibrated}
  - {id: free, prompt: free dots, provider: free, drift: set, samples: 5}
"""


@pytest.fixture
def accepted(chance: Callable[..., Path], harness: "Harness") -> Path:
    folder = chance(QUIET)
    assert harness("run", "--live", "suites/chance.yaml").code == 1
    assert harness("accept", "--reason", "looked at").code == 0
    return folder


def test_calibrating_shows_each_floor(accepted: Path, harness: "Harness", snapshot: SnapshotAssertion) -> None:
    assert harness("calibrate", "suites/chance.yaml", "--repeats", "6") == snapshot
    assert (accepted / "baselines/chance/log.jsonl").read_text().count('"calibrate"') == 3


def test_a_dry_run_generates_and_stores_nothing(
    accepted: Path, harness: "Harness", snapshot: SnapshotAssertion
) -> None:
    before = (accepted / "baselines/chance/manifest.json").read_bytes()
    counts = {path: path.stat().st_size for path in accepted.glob("*.count")}
    assert harness("calibrate", "suites/chance.yaml", "--dry-run") == snapshot
    assert (accepted / "baselines/chance/manifest.json").read_bytes() == before
    assert {path: path.stat().st_size for path in counts} == counts


def test_json_holds_every_score(accepted: Path, harness: "Harness") -> None:
    done = harness("calibrate", "suites/chance.yaml", "--repeats", "4", "--case", "quiet", "--json")
    data = json.loads(done.out)
    assert done.code == 0
    assert [(one["key"], one["method"], one["scores"]) for one in data["floors"]] == [
        ("chance/quiet/base-s0", "identical", [0.0] * 4),
        ("chance/quiet/base-s1", "identical", [0.0] * 4),
    ]
    assert data["stored"] == ["chance/quiet/base-s0", "chance/quiet/base-s1"]
    assert data["floors"][0]["spread_over"] == {"processes": 4, "orders": 4, "batches": 0}


def test_nothing_is_stored_in_ci(accepted: Path, harness: "Harness", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    done = harness("calibrate", "suites/chance.yaml", "--repeats", "2")
    assert done.code == 2
    assert "baselines are not written where CI is set" in done.err
    assert harness("calibrate", "suites/chance.yaml", "--dry-run").code == 0


def test_what_cannot_be_calibrated_says_what_to_do(
    chance: Callable[..., Path], harness: "Harness", snapshot: SnapshotAssertion
) -> None:
    chance("  - {id: near, prompt: dots, seeds: [0], drift: {ssim: '>= 0.9'}}\n")
    assert harness("calibrate", "suites/chance.yaml") == snapshot


def test_a_run_names_what_drifted_from_its_noise_floor_and_set(
    accepted: Path, harness: "Harness", snapshot: SnapshotAssertion
) -> None:
    harness("calibrate", "suites/chance.yaml", "--repeats", "4")
    (accepted / "changed").touch()
    done = harness("run", "--live", "suites/chance.yaml", "--json")
    sets = json.loads(done.out)["run"]["sets"]
    assert [pooled["suite"] for pooled in sets] == ["chance"]
    assert harness("run", "--live", "suites/chance.yaml", "--case", "quiet") == snapshot


def test_a_dry_run_tells_what_the_sets_can_show(
    accepted: Path, harness: "Harness", snapshot: SnapshotAssertion
) -> None:
    assert harness("run", "suites/chance.yaml", "--dry-run") == snapshot
    reported = json.loads(harness("run", "suites/chance.yaml", "--dry-run", "--effect", "9", "--json").out)["sets"]
    assert [(one["generated"], one["accepted"], one["effect"]) for one in reported] == [(5, 5, 9.0)]


def test_a_dry_run_tells_what_confirmations_may_add(
    chance: Callable[..., Path], harness: "Harness", snapshot: SnapshotAssertion
) -> None:
    def plan(*options: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(harness("run", "suites/chance.yaml", "--dry-run", "--json", *options).out)
        return data

    chance(QUIET, price=0.02)
    assert plan()["confirmations"] == {"trials": 0, "most": 0, "cost": 0.0}
    harness("run", "--live", "suites/chance.yaml", "--record", "tape")
    harness("accept", "--reason", "looked at")
    harness("calibrate", "suites/chance.yaml", "--repeats", "4", "--case", "quiet", "--live")
    # the other calibrated case has no floor yet: nothing of it can be confirmed
    assert plan()["confirmations"] == {"trials": 2, "most": 4, "cost": 0.08}
    assert plan("--repeats", "3")["confirmations"] == {"trials": 6, "most": 12, "cost": 0.24}
    halves = [plan("--shard", f"{part}/2")["confirmations"]["most"] for part in (1, 2)]
    assert sum(halves) == 4
    assert plan("--replay", "tape")["confirmations"] == {"trials": 2, "most": 4, "cost": 0.0}
    assert harness("run", "suites/chance.yaml", "--dry-run") == snapshot
