"""Runs whose checks are answered by a chat model, over a real server on loopback: approval, budget, cost, cache,
recording, and what needs what."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.ledger import find_run, iter_results, read_run
from tests.provider.servers.base import Loopback, Received, html, status
from tests.provider.servers.chat import chat

Harness = Callable[..., Any]

SUITE = """\
suite: seen
provider: painter
viewers:
  gpt: {{kind: vlm, model: judge-1, base_url: "{url}/v1", api_key_env: JUDGE_KEY, retries: 0, price: {price}, votes: 3}}
defaults: {{size: 64x64, quality: draft, seeds: [3]}}
cases:
  - id: circle
    prompt: a red circle
    checks:
      - {{shows: a red circle, name: circle}}
      - {{question: Is the circle red?, answer: yes, needs: circle}}
"""


def answering(yes: Callable[[str], str]) -> Callable[[Received], Any]:
    """Answer each question by its text."""

    def answer(received: Received) -> Any:
        text = received.json()["messages"][1]["content"][0]["text"]
        return chat({"seen": "a disc", "answer": yes(text)}, cost=None)

    return answer


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("JUDGE_KEY", "jk-secret-0815")
    monkeypatch.chdir(tmp_path)
    with Loopback(answering(lambda _: "yes")) as running:
        write(running)
        yield running


def write(server: Loopback, price: str = "0.001", more: str = "") -> None:
    Path("seen.yaml").write_text(SUITE.format(url=server.url, price=price) + more)


def only() -> Any:
    (result,) = iter_results(find_run(Path("reports"), "latest"))
    return result


def lines() -> str:
    return (find_run(Path("reports"), "latest") / "trials.jsonl").read_text()


def test_a_run_that_asks_a_paid_viewer_needs_approval(server: Loopback, harness: Harness) -> None:
    done = harness("run", "seen.yaml")
    assert done.code == 2
    assert not server.requests


def test_answers_are_findings_with_votes_and_cost(server: Loopback, harness: Harness) -> None:
    harness("run", "--live", "seen.yaml")
    result = only()
    assert [finding.outcome for finding in result.findings] == ["pass", "pass"]
    assert [finding.viewer for finding in result.findings] == ["gpt", "gpt"]
    assert [finding.name for finding in result.findings] == ["circle", None]
    assert [finding.cost for finding in result.findings] == [0.003, 0.003]
    assert result.cost == 0.006
    assert len(result.findings[0].evidence["votes"]) == 3
    assert lines().count('"intent":') == len(server.requests) == 6
    assert "jk-secret-0815" not in lines()


def test_what_will_be_asked_is_estimated(server: Loopback, harness: Harness) -> None:
    done = harness("run", "seen.yaml", "--dry-run", "--json")
    estimated = json.loads(done.out)
    assert (estimated["trials"], estimated["cost"]) == (1, pytest.approx(0.006))
    [row] = [row for row in estimated["providers"] if row["provider"] == "gpt"]
    assert (row["answers"], row["trials"], row["price"]) == (6, 0, 0.001)
    assert not server.requests


def test_a_budget_without_a_price_is_refused(server: Loopback, harness: Harness) -> None:
    write(server, "null")
    Path("seen.yaml").write_text(Path("seen.yaml").read_text().replace(", price: null", ""))
    done = harness("run", "seen.yaml", "--budget", "1")
    assert done.code == 2
    assert "viewers.gpt" in done.err
    assert not server.requests


def test_the_budget_ends_the_asking(server: Loopback, harness: Harness) -> None:
    harness("run", "--live", "seen.yaml", "--budget", "0.004")
    assert len(server.requests) == 4
    assert [finding.outcome for finding in only().findings] == ["pass", "inconclusive"]
    assert read_run(find_run(Path("reports"), "latest")).stopped == "budget"


def test_an_answer_that_may_have_been_billed_counts_by_its_price(server: Loopback, harness: Harness) -> None:
    server.script(html(200))
    harness("run", "--live", "seen.yaml")
    first = only().findings[0]
    assert (first.outcome, first.cost, only().cost) == ("inconclusive", 0.003, 0.003)
    assert len(server.requests) == 3


def test_a_free_viewer_needs_no_approval_and_writes_no_intent(server: Loopback, harness: Harness) -> None:
    write(server, "0")
    harness("run", "seen.yaml")
    assert len(server.requests) == 6
    assert '"intent":' not in lines()


def test_a_check_whose_need_failed_is_not_asked(server: Loopback, harness: Harness) -> None:
    server.answer = answering(lambda _: "no")
    harness("run", "--live", "seen.yaml")
    assert [finding.outcome for finding in only().findings] == ["fail", "inconclusive"]
    assert "`circle`" in only().findings[1].seen
    assert len(server.requests) == 3


def test_an_equal_question_about_an_equal_image_is_asked_once(server: Loopback, harness: Harness) -> None:
    harness("run", "--live", "seen.yaml", "--repeats", "3")
    results = list(iter_results(find_run(Path("reports"), "latest")))
    assert len(results) == 3
    assert len(server.requests) == 6
    assert sum(result.cost for result in results) == pytest.approx(0.006)
    assert all(finding.outcome == "pass" for result in results for finding in result.findings)


def test_an_unchanged_run_asks_nothing_where_there_is_a_cache(server: Loopback, harness: Harness) -> None:
    harness("run", "--live", "seen.yaml", "--cache", "cache")
    harness("run", "--live", "seen.yaml", "--cache", "cache")
    assert len(server.requests) == 6
    assert only().cost == 0
    assert {vote["source"] for vote in only().findings[0].evidence["votes"]} == {"cache"}


def test_an_answer_that_is_none_is_not_cached(server: Loopback, harness: Harness) -> None:
    server.answer = answering(lambda _: "maybe")
    harness("run", "--live", "seen.yaml", "--cache", "cache")
    server.answer = answering(lambda _: "yes")
    harness("run", "--live", "seen.yaml", "--cache", "cache")
    assert [finding.outcome for finding in only().findings] == ["pass", "pass"]


def test_a_recording_answers_without_key_and_server(
    server: Loopback, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script(chat({"seen": "", "answer": "yes"}), status(500))
    harness("run", "--live", "seen.yaml", "--record", "tape")
    recorded = [(finding.outcome, finding.seen) for finding in only().findings]
    asked = len(server.requests)
    monkeypatch.delenv("JUDGE_KEY")
    seen = Path("seen.yaml")
    seen.write_text(seen.read_text().replace(server.url, "http://127.0.0.1:9"))
    harness("run", "seen.yaml", "--replay", "tape")
    assert [(finding.outcome, finding.seen) for finding in only().findings] == recorded
    assert (recorded[0][0], len(server.requests)) == ("inconclusive", asked)
    assert only().cost == 0
    notes = read_run(find_run(Path("reports"), "latest")).notes or ()
    assert any("recorded at" in note and "http://127.0.0.1:9" in note for note in notes)


def test_a_missing_key_is_found_before_an_image_is_generated(
    server: Loopback, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUDGE_KEY")
    done = harness("run", "--live", "seen.yaml")
    assert done.code == 2
    assert "JUDGE_KEY" in done.err
    assert not server.requests


def test_a_missing_extra_ends_the_command_with_the_install_line(
    server: Loopback, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.vision.kinds.find_spec", lambda name: None if name == "rapidocr" else object())
    write(server, more="  - {id: sign, prompt: a red circle, checks: [{text: OPEN}]}\n")
    done = harness("run", "--live", "seen.yaml")
    assert done.code == 2
    assert "image-harness[ocr]" in done.err


def test_an_audit_asks_through_the_same_gate(server: Loopback, harness: Harness) -> None:
    refused = harness("audit", "seen.yaml", "--b", "quality=standard")
    assert (refused.code, server.requests) == (2, [])
    harness("audit", "seen.yaml", "--b", "quality=standard", "--live")
    assert len(server.requests) >= 6
