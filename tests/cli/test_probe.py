"""What a person reads of a probe."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

Harness = Callable[..., object]

GENERATION = """
import random
from pathlib import Path
from PIL import Image

HERE = Path(__file__).parent


def image(seed, moved=0):
    own = random.Random(seed)
    image = Image.new("RGB", (32, 32), tuple(own.randrange(60, 200) for _ in range(3)))
    image.paste((250, 240, 20), (4, 4 + moved, 14, 14 + moved))
    return image


def steady(prompt, seed):
    return image(f"{prompt}{seed}")


def two_modes(prompt, seed):
    with (HERE / "calls").open("ab") as file:
        file.write(b".")
        return image(f"{prompt}{seed}", 8 if file.tell() % 6 == 4 else 0)


def fails(prompt, seed):
    raise ConnectionError("no service")
"""
SUITE = """\
suite: probed
provider: mine
providers:
  mine: {{kind: python, function: "generation.py:{function}", {options}}}
defaults: {{size: 32x32, seeds: [0], drift: exact}}
cases:
  - {{id: one, prompt: some waves}}
  - {{id: two, prompt: other waves}}
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    # every processor is one that none other can be had on
    monkeypatch.setattr("platform.machine", lambda: "quantum")
    (tmp_path / "generation.py").write_text(GENERATION)

    def write(function: str, options: str = "price: 0") -> str:
        (tmp_path / "probed.yaml").write_text(SUITE.format(function=function, options=options))
        return "probed.yaml"

    return write


def test_a_provider_that_may_use_exact(
    harness: Harness, suite: Callable[..., str], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = suite("steady")
    assert harness("run", path, "--dry-run") == snapshot(name="refused before")
    assert harness("probe", path, "--dry-run") == snapshot(name="dry run")
    assert harness("probe", path, "--span", "0") == snapshot(name="found")
    assert harness("run", path, "--dry-run") == snapshot(name="allowed after")
    monkeypatch.setenv("CI", "1")
    done = harness("probe", path, "--trials", "1", "--span", "0")
    assert done.code == 0
    assert "not stored: baselines are not written where CI is set" in done.out


def test_a_provider_with_two_modes(harness: Harness, suite: Callable[..., str], snapshot: SnapshotAssertion) -> None:
    path = suite("two_modes")
    assert harness("probe", path, "--case", "one", "--span", "0") == snapshot(name="found")
    done = harness("run", path, "--case", "one")
    reported = re.sub(r"\(\d{4}-\d\d-\d\d\)", "(<day>)", done.err)
    assert (done.code, reported) == (2, snapshot(name="refused after"))


def test_nothing_can_be_generated(harness: Harness, suite: Callable[..., str], snapshot: SnapshotAssertion) -> None:
    assert harness("probe", suite("fails"), "--span", "0") == snapshot


def test_bad_input(harness: Harness, suite: Callable[..., str], snapshot: SnapshotAssertion) -> None:
    assert harness("probe", suite("steady"), "--repeats", "1") == snapshot(name="one repeat")
    assert harness("probe", suite("steady", "price: 0.04")) == snapshot(name="money")
    assert harness("probe", suite("steady", "concurrency: 2")) == snapshot(name="unknown price")
    assert harness("probe", suite("steady"), "--case", "none") == snapshot(name="no case")


def test_json(harness: Harness, suite: Callable[..., str]) -> None:
    done = harness("probe", suite("two_modes"), "--case", "one", "--json", "--no-store", "--span", "0")
    (reported,) = json.loads(done.out)["probes"]
    assert done.code == 1
    assert reported["diagnosis"]["level"] == "none"
    assert reported["diagnosis"]["trials"][0]["kind"] == "several"
    assert reported["diagnosis"]["seed"]["outcome"] == "honored"
    assert len(reported["observations"][0]["observations"]) == reported["generated"]
    plan = json.loads(harness("probe", suite("two_modes"), "--dry-run", "--json").out)
    assert plan["probes"][0]["trials"] == ["probed/one/base-s0", "probed/two/base-s0"]
    assert plan["cost"] == 0


def test_what_was_found_is_reported_where_it_cannot_be_kept(harness: Harness, suite: Callable[..., str]) -> None:
    path = suite("steady")
    Path("baselines").write_text("a file where the folder should be")
    done = harness("probe", path, "--case", "one", "--span", "0")
    assert done.code == 2
    assert "exact to the byte" in done.out
    assert "not stored" in done.out
    assert done.err.startswith("harness: ")
