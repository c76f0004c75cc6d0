"""A suite against a hosted system from end to end: generated, accepted, generated again, and the day the service
changes."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.cli import main
from harness.errors import HarnessWarning
from harness.provider.ending import VENDORS
from tests.provider.servers.openrouter import KEY, PRICE, OpenRouter


class Done(NamedTuple):
    """The end of a command: its exit code and all that it printed."""

    code: int
    output: str


Harness = Callable[..., Done]
SUITE = """\
suite: hosted
provider: gem
providers:
  gem: {{kind: openrouter, model: google/gemini-3.1-flash-image, only: [openai], base_url: "{url}"}}
  mini: {{kind: openrouter, base_url: "{url}"}}
defaults: {{size: 64x64, seeds: [0, 1], drift: {{max_abs: "<= 0"}}}}
cases:
  - {{id: circles, prompt: two red circles}}
  - {{id: squares, prompt: two blue squares}}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenRouter]:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    with OpenRouter() as server:
        (tmp_path / "hosted.yaml").write_text(SUITE.format(url=server.base_url))
        yield server


@pytest.fixture
def harness(capsys: pytest.CaptureFixture[str]) -> Harness:
    def call(*arguments: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        printed = capsys.readouterr()
        return Done(end.value.code if isinstance(end.value.code, int) else 0, printed.out + printed.err)

    return call


def results(folder: Path) -> list[Any]:
    latest = max(folder.glob("reports/*/trials.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    lines = [json.loads(line) for line in latest.read_text().splitlines()]
    return [line.get("result", line) for line in lines if "outcome" in line.get("result", line)]


def verdicts(folder: Path) -> list[str]:
    return sorted(result["outcome"]["verdict"] for result in results(folder))


def test_from_the_first_image_to_a_drift(server: OpenRouter, harness: Harness, tmp_path: Path) -> None:
    assert harness("run", "--live", "hosted.yaml").code == 1
    assert verdicts(tmp_path) == ["new"] * 4
    accepted = harness("accept", "--reason", "looked right")
    assert accepted.code == 0, accepted.output

    assert harness("run", "--live", "hosted.yaml").code == 0
    assert verdicts(tmp_path) == ["identical"] * 4
    first = results(tmp_path)[0]
    assert first["cost"] == PRICE
    assert first["environment"]["served_by"] == "OpenAI"

    server.drift = 1
    server.extra = {"provider": "Google Vertex"}
    changed = harness("run", "--live", "hosted.yaml")
    assert changed.code == 1
    assert verdicts(tmp_path) == ["drift"] * 4
    assert all(any(one["path"] == "served_by" for one in result["differences"]) for result in results(tmp_path))
    assert not any("reply" in one["path"] for result in results(tmp_path) for one in result["differences"])

    kept = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert not kept, "the key is in no file"
    assert KEY not in changed.output


def test_what_cannot_be_generated_ends_in_one_line(server: OpenRouter, harness: Harness, tmp_path: Path) -> None:
    done = harness("run", "--live", "hosted.yaml", "--set", "model=no/such")
    assert done.code == 3
    assert verdicts(tmp_path) == ["failed"] * 4
    [why] = results(tmp_path)[0]["outcome"]["reasons"]
    assert why["code"] == "generation.failed"
    assert why["data"]["problem"] == "status 400: no/such is not a valid model ID"
    assert why["data"]["hint"] == "check `model: no/such`: the service lists its models"


def test_no_key_ends_before_the_first_call(
    server: OpenRouter, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENROUTER_API_KEY")
    done = harness("run", "--live", "hosted.yaml")
    assert done.code == 2
    assert "OPENROUTER_API_KEY, which is not set" in done.output
    assert not server.requests


def test_exact_images_may_not_be_asked_for(server: OpenRouter, harness: Harness, tmp_path: Path) -> None:
    suite = (tmp_path / "hosted.yaml").read_text().replace('{max_abs: "<= 0"}', "exact")
    (tmp_path / "hosted.yaml").write_text(suite)
    done = harness("run", "--live", "hosted.yaml", "--set", "provider=mini")
    assert done.code == 2
    assert "promises of its seed: none" in done.output
    assert not server.requests


def test_the_cost_is_reported_before(server: OpenRouter, harness: Harness) -> None:
    parsed = harness("run", "hosted.yaml", "--dry-run", "--json", "--set", "provider=mini", "--set", "quality=draft")
    assert parsed.code == 0, parsed.output
    assert json.loads(parsed.output)["cost"] == pytest.approx(4 * 0.005)
    assert not server.requests


def test_a_model_that_ends_is_warned_of_before_and_after(
    server: OpenRouter, harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VENDORS, "127.0.0.1", "openrouter")
    monkeypatch.setattr("harness.provider.ending._today", lambda: date(2026, 11, 27))
    with pytest.warns(HarnessWarning, match="provider `mini`: openai/gpt-5-image-mini ends in 4 days"):
        parsed = json.loads(harness("run", "hosted.yaml", "--dry-run", "--set", "provider=mini", "--json").output)
    assert len(parsed["warnings"]) == 1
    assert parsed["price_table"]["days"] == 1
    server.listed = {"google/gemini-3.1-flash-image": "2026-12-24"}
    with pytest.warns(HarnessWarning, match="ends in 27 days"):
        parsed = json.loads(harness("run", "hosted.yaml", "--dry-run", "--json").output)
    assert len(parsed["warnings"]) == 1
    for provider, days in (("gem", 27), ("mini", 4)):
        with pytest.warns(HarnessWarning, match=f"ends in {days} days"):
            harness("run", "--live", "hosted.yaml", "--set", f"provider={provider}")
        latest = max(tmp_path.glob("reports/*/run.json"), key=lambda path: path.stat().st_mtime_ns)
        [note] = json.loads(latest.read_text())["notes"]
        assert f"ends in {days} days" in note
        assert f"ends in {days} days" in latest.with_name("summary.md").read_text()
