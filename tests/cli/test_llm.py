"""Suites and ``harness interpret`` with a chat model as interpreter, over a real server on loopback."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.ledger import find_run, iter_results
from tests.provider.servers.base import Loopback, status
from tests.provider.servers.chat import SCENE, chat

Harness = Callable[..., Any]

SUITE = """\
suite: read
provider: reader
providers:
  reader:
    kind: painter
    interpreter: {{kind: llm, model: reader-1, base_url: "{url}/v1", api_key_env: READER_KEY, retries: 0, price: 0.001}}
defaults: {{size: 64x64, quality: draft, seeds: 3, drift: {{ssim: ">= 0.9"}}}}
cases:
  - {{id: circles, prompt: two scarlet disks}}
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A chat server, and a suite that is read by it in the working folder."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("READER_KEY", "rk-secret-0815")
    monkeypatch.chdir(tmp_path)
    with Loopback(lambda _: chat(SCENE)) as running:
        Path("read.yaml").write_text(SUITE.format(url=running.url))
        yield running


def only() -> Any:
    (result,) = iter_results(find_run(Path("reports"), "latest"))
    return result


def test_a_painted_image_tells_who_read_its_prompt(server: Loopback, harness: Harness) -> None:
    harness("run", "--live", "read.yaml")
    result = only()
    assert result.environment["interpreter"]["served_model"] == "reader-1-2026"
    assert result.environment["scene"]["things"] == [{"shape": "circle", "color": "red", "count": 2}]
    story = result.environment["interpretation"]
    assert story["steps"][0]["effect"] == "things += 2 red circles"
    assert (story["seed"], story["temperature"], len(story["calls"])) == (3, 0.0, 1)
    assert result.cost == 0.0004
    assert result.recipe.subject.settings["interpreter"] == {
        "kind": "llm", "model": "reader-1", "base_url": f"{server.url}/v1",
    }  # fmt: skip
    lines = (find_run(Path("reports"), "latest") / "trials.jsonl").read_text()
    assert lines.count('"intent":') == len(server.requests) == 1
    assert "rk-secret-0815" not in lines


def test_it_is_best_effort_and_may_not_be_asked_for_exact(server: Loopback, harness: Harness) -> None:
    suite = Path("read.yaml")
    suite.write_text(suite.read_text().replace('{ssim: ">= 0.9"}', "exact"))
    done = harness("run", "--live", "read.yaml")
    assert done.code == 2
    assert "promises of its seed: best-effort" in done.err
    assert not server.requests


def test_its_runs_are_recorded_replayed_and_cached(
    server: Loopback, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness("run", "--live", "read.yaml", "--record", "tape")
    first = only()
    harness("run", "--live", "read.yaml", "--cache")
    harness("run", "--live", "read.yaml", "--cache")
    assert (only().source, len(server.requests)) == ("cache", 2)
    monkeypatch.delenv("READER_KEY")
    assert harness("run", "--live", "read.yaml").code == 2
    harness("run", "read.yaml", "--replay", "tape")
    again = only()
    assert (again.source, again.image, again.environment) == ("replay", first.image, first.environment)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("script", "verdict", "reported"),
    [
        ([chat("", refusal="not this")], "refused", "refused to interpret the prompt: not this"),
        ([chat("no"), chat("no")], "failed", "gave no usable scene"),
        ([status(500)], "failed", "interpreter reader-1"),
    ],
)
def test_what_cannot_be_read_is_the_verdict_of_its_trial(
    server: Loopback, harness: Harness, script: list[Any], verdict: str, reported: str
) -> None:
    server.script(*script)
    assert harness("run", "--live", "read.yaml").code == 3
    assert only().outcome.verdict == verdict
    assert reported in only().outcome.reasons[0].data["problem"]


def test_a_budget_counts_the_reading(server: Loopback, harness: Harness) -> None:
    reported = json.loads(harness("run", "read.yaml", "--dry-run", "--json").out)
    assert reported["cost"] == 0.001
    suite = Path("read.yaml")
    suite.write_text(suite.read_text().replace(", price: 0.001", ""))
    assert json.loads(harness("run", "read.yaml", "--dry-run", "--json").out)["cost"] is None
    assert harness("run", "read.yaml", "--budget", "1").code == 2


@pytest.mark.parametrize(
    "option",
    [
        "gramar",
        "{kind: llm, model: reader-1}",
        "{kind: llm, model: reader-1, base_url: 'localhost:80'}",
        "{kind: llm, model: reader-1, base_url: 'http://u:p@127.0.0.1/v1'}",
        "{kind: llm, model: m, base_url: 'http://127.0.0.1/v1', api_key: abc}",
    ],
)
def test_wrong_options(server: Loopback, harness: Harness, snapshot: SnapshotAssertion, option: str) -> None:
    text = f"suite: s\nprovider: p\nproviders: {{p: {{kind: painter, interpreter: {option}}}}}\n"
    Path("wrong.yaml").write_text(text + "cases: [{id: a, prompt: a circle}]\n")
    done = harness("run", "--live", "wrong.yaml")
    assert (done.code, done.err) == (2, snapshot)


def test_interpret(server: Loopback, harness: Harness, snapshot: SnapshotAssertion) -> None:
    asked = ("interpret", "two scarlet disks", "--interpreter", "llm", "--model", "reader-1", "--base-url")
    keyed = (f"{server.url}/v1", "--api-key-env", "READER_KEY", "--live")
    assert harness(*asked, *keyed) == snapshot(name="once")
    server.script(chat({**SCENE, "style": "crayon"}))
    assert harness(*asked, *keyed) == snapshot(name="repaired")
    reported = json.loads(harness(*asked, *keyed, "--json").out)
    assert reported["interpreter"]["fingerprint"] == "fp_7"
    assert reported["interpretation"]["sent_seed"] == 0
    assert reported["things"][0]["count"] == 2
    server.script(chat("no"), chat("no"))
    failed = harness(*asked, *keyed)
    assert (failed.code, failed.err) == (3, snapshot(name="failed"))


@pytest.mark.parametrize(
    "more",
    [
        ("--interpreter", "llm"),
        ("--model", "reader-1"),
        ("--interpreter", "llm", "--model", "m", "--base-url", "http://127.0.0.1:9", "--api-key-env", "NOT_SET_KEY"),
        ("--interpreter", "llm", "--model", "m", "--base-url", "ftp://example.org"),
    ],
)
def test_wrong_calls_of_interpret(harness: Harness, snapshot: SnapshotAssertion, more: tuple[str, ...]) -> None:
    done = harness("interpret", "a circle", *more)
    assert (done.code, done.err) == (2, snapshot)
