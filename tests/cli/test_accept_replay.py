"""``harness accept`` of a run that was made with --replay, where nothing of the provider is there any more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.baseline import Baselines, read_log
from harness.records import TrialKey

Harness = Callable[..., Any]

PROGRAM = """\
import random
from pathlib import Path
from PIL import Image

HERE = Path(__file__).parent


def generate(prompt, seed):
    with (HERE / "calls").open("a") as calls:
        calls.write(".")
        own = random.Random(calls.tell() if "dice" in prompt else f"{prompt}{seed}")
    image = Image.new("RGB", (32, 32), tuple(own.randrange(60, 200) for _ in range(3)))
    image.paste((250, 240, 20), (4, 4, 14, 14))
    return image
"""
SUITE = """\
suite: far
provider: far
providers:
  far: {kind: python, function: "far.py:generate", price: 0.1, promise: exact-per-environment}
  free: {kind: python, function: "far.py:generate", price: 0, promise: exact-per-environment}
defaults: {size: 32x32, seeds: [0]}
cases:
  - {id: exact, prompt: waves, drift: exact}
  - {id: near, prompt: hills, drift: {ssim: ">= 0.9"}}
  - {id: dice, prompt: dice, drift: exact}
  - {id: free, prompt: clouds, provider: free, drift: exact}
  - {id: set, prompt: dice again, drift: set, samples: 4}
"""


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("far.py").write_text(PROGRAM)
    Path("far.yaml").write_text(SUITE)
    return tmp_path


def replayed(harness: Harness, *recording: str, case: str = "*") -> int:
    """Record, take the provider away, replay; returns how often it generated."""
    harness("run", "--live", "far.yaml", "--record", "tape", "--case", case, *recording)
    calls = len(Path("calls").read_text())
    Path("far.py").unlink()
    harness("run", "far.yaml", "--replay", "tape", "--case", case)
    return calls


def test_nothing_is_needed_where_no_second_generation_is(far: Path, harness: Harness) -> None:
    replayed(harness)
    for case in ("near", "set"):
        done = harness("accept", "--case", case, "--reason", "looked at")
        assert done.code == 0, done.err
    assert len(Baselines("baselines").manifest("far").accepted(TrialKey("far", "set"))) == 4


def test_a_second_generation_in_the_recording_is_proof(far: Path, harness: Harness) -> None:
    calls = replayed(harness, "--repeats", "2", case="exact")
    assert calls == 2
    done = harness("accept", "--reason", "looked at")
    assert (done.code, done.err) == (0, "")
    [decision] = read_log(Path("baselines/far/log.jsonl"))
    assert decision.proven == "generated twice the same when it was recorded"


def test_two_recorded_generations_that_differ_are_the_contrary(far: Path, harness: Harness) -> None:
    replayed(harness, "--repeats", "2", case="dice")
    done = harness("accept", "--reason", "looked at")
    assert done.code == 2
    assert "recorded twice, it differs" in done.err
    assert not Path("baselines/far/manifest.json").exists()


def test_without_one_the_hint_is_reported(far: Path, harness: Harness, snapshot: SnapshotAssertion) -> None:
    replayed(harness, case="exact")
    done = harness("accept", "--reason", "looked at")
    assert (done.code, done.err) == (2, snapshot(name="paid"))
    Path("far.py").write_text(PROGRAM)
    replayed(harness, case="free")
    done = harness("accept", "--reason", "looked at")
    assert (done.code, done.err) == (2, snapshot(name="free"))
    # where it is there again, and costs nothing, it is generated now
    Path("far.py").write_text(PROGRAM)
    assert harness("accept", "--reason", "looked at").code == 0
    assert harness("accept", "--unproven", "--reason", "seen").code == 0
