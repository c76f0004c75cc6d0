"""Runs whose checks are derived from the prompt: by rules, and by a chat model over a real server on loopback."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.ledger import find_run, iter_results
from harness.records import TrialResult
from harness.vocabulary import Code
from tests.prompt.test_llm_questions import asked
from tests.provider.servers.base import Act, Loopback, Received, status
from tests.provider.servers.chat import chat

Harness = Callable[..., Any]

SUITE = """\
suite: seen
provider: painter
viewers:
  gpt: {{kind: vlm, model: judge-1, base_url: "{url}/v1", retries: 0, price: 0.001, votes: 3}}
defaults: {{size: 64x64, quality: draft, seeds: "1..2", viewer: gpt}}
cases:
  - id: fox
    prompt: a red circle
    checks:
      - auto:
          interpreter: {{kind: llm, model: reader-1, base_url: "{url}/v1", retries: 0, price: 0.01}}
      - {{count: red circle, equals: 1, viewer: shapes}}
"""
FOX = {
    "questions": [
        asked("fox", "Does the image show a fox?"),
        asked("hat", "Does the fox wear a hat?", needs=["fox"]),
    ],
    "unread": ["cinematic"],
}


def is_derivation(received: Received) -> bool:
    return bool(received.json()["response_format"]["json_schema"]["name"] == "questions")


def answer(received: Received) -> Act:
    return chat(FOX if is_derivation(received) else {"seen": "a fox", "answer": "yes"}, cost=None)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    with Loopback(answer) as running:
        Path("seen.yaml").write_text(SUITE.format(url=running.url))
        yield running


def calls(server: Loopback) -> Counter[str]:
    return Counter("derived" if is_derivation(received) else "asked" for received in server.requests)


def results() -> list[TrialResult]:
    found = iter_results(find_run(Path("reports"), "latest"))
    return sorted(found, key=lambda result: result.key.seed or 0)


def as_if_killed() -> None:
    """Take the results out of the last run: what a kill leaves while the first image is looked at."""
    folder = find_run(Path("reports"), "latest")
    lines = (folder / "trials.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "trials.jsonl").write_bytes(b"".join(line for line in lines if b'"outcome":' not in line))
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "complete": False}))


def unchecked(result: TrialResult) -> list[str]:
    return [
        word for reason in result.outcome.warnings if reason.code == Code.UNCHECKED for word in reason.data["words"]
    ]


def test_the_rules_derive_checks_that_are_recorded_as_derived(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("seen.yaml").write_text(
        "suite: seen\nprovider: painter\ndefaults: {size: 64x64, quality: draft}\ncases:\n"
        "  - {id: a, prompt: a red circle and a wombat, checks: [auto, {absent: green}]}\n"
    )
    with pytest.warns(Warning, match="wombat"):
        harness("run", "seen.yaml")
    [result] = results()
    assert [(finding.check, finding.derived) for finding in result.findings] == [
        ("{present: circle}", True),
        ("{present: red circle}", True),
        ("{count: red circle, equals: 1}", True),
        ("{count: things, equals: 1}", True),
        ("{absent: green}", None),
    ]
    assert unchecked(result) == ["wombat"]


def test_a_chat_model_derives_once_for_each_prompt(server: Loopback, harness: Harness) -> None:
    harness("run", "seen.yaml", "--live")
    assert calls(server) == {"derived": 1, "asked": 12}
    first, second = results()
    for result in (first, second):
        assert [(finding.check, finding.outcome) for finding in result.findings] == [
            ("{question: Does the image show a fox?, answer: yes}", "pass"),
            ("{question: Does the fox wear a hat?, answer: yes}", "pass"),
            ("{count: red circle, equals: 1, viewer: shapes}", "pass"),
        ]
        assert unchecked(result) == ["cinematic"]
    assert first.cost is not None
    assert second.cost is not None
    assert first.cost + second.cost == pytest.approx(0.01 + 12 * 0.001)
    lines = (find_run(Path("reports"), "latest") / "trials.jsonl").read_text()
    assert lines.count('"intent":') == len(server.requests)


def test_what_is_derived_needs_approval_and_is_estimated(server: Loopback, harness: Harness) -> None:
    assert harness("run", "seen.yaml").code == 2
    estimated = json.loads(harness("run", "seen.yaml", "--dry-run", "--json").out)
    rows = {row["provider"]: (row.get("answers"), row["price"]) for row in estimated["providers"]}
    assert rows["interpreter"] == (1, 0.01)
    assert rows["gpt"] == (2 * 20 * 3, 0.001)
    assert not server.requests


def test_a_resumed_run_pays_for_no_answer_twice(server: Loopback, harness: Harness) -> None:
    harness("run", "seen.yaml", "--live")
    before, sent = results(), len(server.requests)
    as_if_killed()
    harness("run", "seen.yaml", "--live", "--resume")
    after = results()
    assert len(server.requests) == sent
    assert [(f.check, f.outcome, f.seen) for r in after for f in r.findings] == [
        (f.check, f.outcome, f.seen) for r in before for f in r.findings
    ]
    sources = {vote["source"] for result in after for vote in (result.findings[0].evidence or {})["votes"]}
    assert sources == {"cache"}


def test_an_answer_that_is_none_is_asked_again_by_a_resumed_run(server: Loopback, harness: Harness) -> None:
    server.answer = lambda received: (
        answer(received) if is_derivation(received) else chat({"seen": "", "answer": "perhaps"}, cost=None)
    )
    harness("run", "seen.yaml", "--live")
    as_if_killed()
    server.answer = answer
    harness("run", "seen.yaml", "--live", "--resume")
    assert all(finding.outcome == "pass" for result in results() for finding in result.findings)
    assert calls(server)["derived"] == 1


def test_a_recording_has_what_was_derived(server: Loopback, harness: Harness) -> None:
    harness("run", "seen.yaml", "--live", "--record", "tape")
    before = [[(f.check, f.outcome) for f in result.findings] for result in results()]
    sent = len(server.requests)
    seen = Path("seen.yaml")
    seen.write_text(seen.read_text().replace(server.url, "http://127.0.0.1:9"))
    harness("run", "seen.yaml", "--replay", "tape")
    assert [[(f.check, f.outcome) for f in result.findings] for result in results()] == before
    assert len(server.requests) == sent
    assert {result.cost for result in results()} == {0.0}


def test_a_model_that_fails_makes_every_image_inconclusive_and_is_asked_once(
    server: Loopback, harness: Harness
) -> None:
    server.answer = lambda received: status(500) if is_derivation(received) else answer(received)
    assert harness("run", "seen.yaml", "--live").code == 1
    assert calls(server) == {"derived": 1}
    for result in results():
        assert [(finding.check, finding.outcome) for finding in result.findings] == [
            ("{count: red circle, equals: 1, viewer: shapes}", "pass"), ("auto", "inconclusive"),
        ]  # fmt: skip


def test_the_budget_keeps_what_is_derived_from_being_asked(server: Loopback, harness: Harness) -> None:
    harness("run", "seen.yaml", "--live", "--budget", "0.005")
    assert not server.requests
    assert results()[0].findings[-1].outcome == "inconclusive"


def test_questions_are_shown_as_a_tree_that_can_be_pasted(harness: Harness) -> None:
    prompt = "a small red circle above a house and a wombat"
    done = harness("interpret", prompt, "--questions")
    tree, _, pasted = done.out.partition("\n\n")
    lines = tree.splitlines()
    assert [len(line) - len(line.lstrip()) for line in lines[:3]] == [0, 2, 4]
    checks = yaml.safe_load(pasted)["checks"]
    assert checks[1] == {"present": "red circle", "name": "red circle", "needs": ["circle"]}
    assert pasted.count("# no check for") == 2
    document = json.loads(harness("interpret", prompt, "--questions", "--json").out)
    assert document["checks"] == checks
    assert document["unchecked"] == ["red circle small", "wombat"]


def test_what_is_pasted_is_what_auto_derives(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    prompt = "two red circles left of a house, no stars"
    pasted = harness("interpret", prompt, "--questions").out.partition("\n\n")[2]
    head = (
        "suite: {}\nprovider: painter\ndefaults: {{size: 64x64, quality: draft}}\ncases:\n  - id: a\n    prompt: {}\n"
    )
    indented = "".join(f"    {line}\n" for line in pasted.splitlines())
    Path("pasted.yaml").write_text(head.format("pasted", prompt) + indented)
    Path("derived.yaml").write_text(head.format("derived", prompt) + "    checks: auto\n")
    found = {}
    for name in ("pasted", "derived"):
        harness("run", f"{name}.yaml")
        [result] = results()
        found[name] = [(finding.check, finding.outcome) for finding in result.findings]
    assert found["pasted"] == found["derived"]


def test_questions_of_a_chat_model_are_shown_and_paid_for(server: Loopback, harness: Harness) -> None:
    given = ("--interpreter", "llm", "--model", "reader-1", "--base-url", f"{server.url}/v1", "--questions")
    refused = harness("interpret", "a fox", *given, "--price", "0.01")
    assert (refused.code, server.requests) == (2, [])
    done = harness("interpret", "a fox", *given, "--price", "0.01", "--live")
    checks = yaml.safe_load(done.out.partition("\n\n")[2])["checks"]
    assert [check["question"] for check in checks] == ["Does the image show a fox?", "Does the fox wear a hat?"]
    assert checks[1]["needs"] == ["fox"]
    [run] = Path("reports").glob("*interpret*")
    [result] = iter_results(run / "generated")
    assert result.cost == 0.01


@pytest.mark.parametrize("option", [("--seed", "3"), ("--base", "a circle")])
def test_options_without_effect_are_refused(harness: Harness, option: tuple[str, str]) -> None:
    assert harness("interpret", "a circle", "--questions", *option).code == 2
    assert harness("interpret", "a circle", "--viewer", "shapes").code == 2
