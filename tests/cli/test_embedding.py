"""Runs with an encoder of images: its metric in limits, floors, sets and audits; paired checks; other judges."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.ledger import find_run, iter_results
from harness.records import TrialResult
from tests.provider.servers.base import Loopback, Received
from tests.provider.servers.chat import chat
from tests.vision.tiny_encoder import tiny

Harness = Callable[..., Any]

SUITE = """\
suite: near
provider: painter
viewers:
  clip: {{kind: embedding, backend: onnx, model: weights}}{viewers}
defaults: {{size: 64x64, quality: draft, seeds: [3]{defaults}}}
cases:
  - id: circle
    prompt: a red circle
{case}"""


def write(case: str, defaults: str = "", viewers: str = "") -> None:
    lines = "".join(f"    {line}\n" for line in case.splitlines())
    Path("near.yaml").write_text(SUITE.format(case=lines, defaults=defaults, viewers=viewers))


def results() -> list[TrialResult]:
    return sorted(iter_results(find_run(Path("reports"), "latest")), key=lambda result: str(result.key))


def only() -> TrialResult:
    (result,) = results()
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    tiny(tmp_path / "weights")
    return tmp_path


@pytest.fixture
def accepted(here: Path, harness: Harness) -> Callable[..., None]:
    def make(*written: str, **more: str) -> None:
        write(*written, **more)
        harness("run", "near.yaml")
        assert harness("accept", "--reason", "looked at").code == 0

    return make


@pytest.mark.parametrize(("limit", "verdict"), [("<= 2", "benign"), ("<= 0.0000001", "drift")])
def test_a_limit_on_the_distance_decides(
    accepted: Callable[..., None], harness: Harness, limit: str, verdict: str
) -> None:
    accepted(f'drift: {{embedding: "{limit}"}}')
    assert harness("run", "near.yaml").code == 0
    assert only().outcome.verdict == "identical"
    harness("run", "near.yaml", "--set", "style=outline")
    result = only()
    assert result.outcome.verdict == verdict
    assert result.comparison is not None
    measured = result.comparison.measurements["embedding"]
    assert measured.value is not None
    assert 0 < float(measured.value) <= 2
    assert measured.detail is not None
    assert len(measured.detail["judge"]) == 64


def test_what_gives_no_vector_is_missing_and_never_zero(accepted: Callable[..., None], harness: Harness) -> None:
    accepted('drift: {embedding: "<= 2"}')
    tiny(Path("weights"), nan=True)
    assert harness("run", "near.yaml", "--set", "style=outline").code == 1
    result = only()
    assert (result.outcome.verdict, result.outcome.reasons[0].code) == ("inconclusive", "rule.not-measured")
    assert result.comparison is not None
    assert result.comparison.value("embedding") is None


def test_ignored_places_do_not_count(accepted: Callable[..., None], harness: Harness) -> None:
    accepted('drift: {embedding: "<= 2"}\nignore: [{box: [0, 0, 64, 60]}]')
    harness("run", "near.yaml", "--set", "style=outline")
    most = only()
    write('drift: {embedding: "<= 2"}')
    harness("run", "near.yaml", "--set", "style=outline")
    whole = only()
    assert whole.comparison is not None
    assert most.comparison is not None
    assert most.comparison.value("embedding") != whole.comparison.value("embedding")


SECOND = "\n  other: {kind: embedding, backend: onnx, model: weights}\n  ocr: {kind: shapes}"


@pytest.mark.parametrize(
    ("defaults", "code", "said"),
    [
        ("", 2, "several viewers measure `embedding`: `clip`, `other`"),
        (", embedding: other", 1, ""),
        (", embedding: nothing", 2, "unknown viewer `nothing`"),
        (", embedding: ocr", 2, "viewer `ocr` is no encoder of images"),
    ],
)
@pytest.mark.usefixtures("here")
def test_one_viewer_measures(harness: Harness, defaults: str, code: int, said: str) -> None:
    write('drift: {embedding: "<= 0.1"}', defaults, SECOND)
    done = harness("run", "near.yaml")
    assert (done.code, said in done.err) == (code, True)


@pytest.mark.usefixtures("here")
def test_a_limit_without_a_viewer_is_refused(harness: Harness) -> None:
    write('drift: {embedding: "<= 0.1"}')
    Path("near.yaml").write_text(
        Path("near.yaml").read_text().replace("  clip: {kind: embedding", "  clip: {kind: ocr")
    )
    done = harness("run", "near.yaml")
    assert (done.code, "no viewer measures `embedding`" in done.err) == (2, True)


@pytest.mark.usefixtures("here")
def test_weights_that_are_no_model_end_the_run_before_it_generates(harness: Harness) -> None:
    write('checks: [{alignment: ">= 0.2"}]')
    Path("weights/vision_model.onnx").write_bytes(b"no model")
    done = harness("run", "near.yaml")
    assert done.code == 2
    assert "vision_model.onnx is not a model" in done.err
    assert not list(Path("reports").glob("*/images/*"))


def test_checks_of_an_encoder_are_findings(accepted: Callable[..., None], harness: Harness) -> None:
    accepted('checks: [{alignment: ">= -1"}, {similar_to_baseline: ">= 0.999"}]')
    assert [finding.outcome for finding in only().findings] == ["pass", "inconclusive"]
    assert harness("run", "near.yaml").code == 0
    assert [finding.outcome for finding in only().findings] == ["pass", "pass"]
    assert {finding.viewer for finding in only().findings} == {"clip"}
    harness("run", "near.yaml", "--set", "style=outline", "--set", "size=32x32")
    assert all(finding.judge for finding in only().findings)


def test_a_floor_of_other_weights_is_incomparable(accepted: Callable[..., None], harness: Harness) -> None:
    accepted("drift: calibrated", ", embedding: clip")
    assert harness("calibrate", "near.yaml", "--repeats", "3").code == 0
    assert harness("run", "near.yaml").code == 0
    harness("run", "near.yaml", "--set", "style=outline")
    same = only()
    assert same.floor is not None
    assert same.outcome.verdict != "incomparable"
    tiny(Path("weights"), seed=1)
    harness("run", "near.yaml", "--set", "style=outline")
    other = only()
    assert (other.outcome.verdict, other.outcome.reasons[0].code) == ("incomparable", "floor.other-judge")
    write("drift: calibrated")
    harness("run", "near.yaml", "--set", "style=outline")
    assert only().outcome.reasons[0].code == "floor.other-judge"


def test_the_distance_is_part_of_a_floor(accepted: Callable[..., None], harness: Harness) -> None:
    accepted("drift: calibrated")
    assert harness("calibrate", "near.yaml", "--repeats", "3").code == 0
    harness("run", "near.yaml", "--set", "style=outline")
    without = only().floor
    write("drift: calibrated", ", embedding: clip")
    assert harness("calibrate", "near.yaml", "--repeats", "3").code == 0
    harness("run", "near.yaml", "--set", "style=outline")
    result = only()
    assert without is not None
    assert result.floor is not None
    assert result.comparison is not None
    distance = result.comparison.value("embedding")
    assert distance is not None
    assert result.floor.score == pytest.approx(max(without.score or 0, distance / 0.05))
    tiny(Path("weights"), nan=True)
    harness("calibrate", "near.yaml", "--repeats", "3")
    harness("run", "near.yaml", "--set", "style=outline")
    assert only().floor is not None
    assert only().floor.score is None
    assert only().outcome.verdict == "inconclusive"


def test_an_audit_has_the_distance(here: Path, harness: Harness) -> None:
    write('drift: {embedding: "<= 2"}')
    done = harness("audit", "near.yaml", "--a", "style=flat", "--b", "style=outline", "--repeats", "1")
    assert done.code == 1
    (folder,) = Path("reports").glob("*audit*")
    pair = json.loads((folder / "audit.json").read_text())["prompts"][0]["pairs"][0]
    assert 0 < pair["metrics"]["embedding"] <= 2
    runs = [str(folder / arm) for arm in "ab"]
    harness("audit", *runs)
    latest = sorted(Path("reports").glob("*audit*"))[-1] / "audit.json"
    stored = json.loads(latest.read_text())
    assert "embedding" not in stored["prompts"][0]["pairs"][0]["metrics"]
    assert stored["prompts"][0]["pairs"][0]["kind"] == "unmeasured"
    assert "audit.no-viewer" in {note["code"] for note in stored["notes"]}
    (here / "harness.toml").write_text('[viewers.clip]\nkind = "embedding"\nbackend = "onnx"\nmodel = "weights"\n')
    harness("audit", *runs)
    latest = max(Path("reports").glob("*audit*/audit.json"), key=lambda path: path.stat().st_mtime_ns)
    stored = json.loads(latest.read_text())
    assert stored["prompts"][0]["pairs"][0]["metrics"]["embedding"] == pair["metrics"]["embedding"]


PAIRED = """\
checks:
  - {question: How many circles?, answer: 1, viewer: gpt, paired: true}"""


@pytest.fixture
def says(here: Path) -> Iterator[tuple[Loopback, list[str], str]]:
    """A chat model that gives the answers of a list, the last one again and again."""
    answers = ["1"]

    def answer(_: Received) -> Any:
        return chat({"seen": "discs", "answer": answers.pop(0) if len(answers) > 1 else answers[0]}, cost=None)

    with Loopback(answer) as server:
        vlm = f'\n  gpt: {{kind: vlm, model: m, base_url: "{server.url}/v1", retries: 0, price: 0, votes: 1}}'
        yield server, answers, vlm


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [("1", "1", "pass"), ("2", "2", "pass"), ("1", "2", "fail"), ("2", "3", "fail"), ("unsure", "1", "inconclusive"),
     ("1", "unsure", "inconclusive"), ("2", "1", "fail")],
)  # fmt: skip
def test_only_a_changed_answer_is_a_finding(
    says: tuple[Loopback, list[str], str], harness: Harness, before: str, now: str, outcome: str
) -> None:
    server, answers, vlm = says
    write(PAIRED + '\ndrift: {embedding: "<= 2"}', viewers=vlm)
    harness("run", "near.yaml")
    [first] = only().findings
    assert (first.outcome, "no image is accepted" in first.seen) == ("pass", True)
    harness("accept", "--reason", "looked at")
    # the candidate is asked about first
    answers[:] = [now, before]
    asked = len(server.requests)
    harness("run", "near.yaml", "--set", "style=outline")
    [finding] = only().findings
    assert finding.outcome == outcome
    assert finding.evidence is not None
    votes = [finding.evidence[side]["votes"][0]["answer"] for side in ("accepted", "candidate")]
    assert votes == [before, now]
    assert len(server.requests) == asked + 2
    assert "paired: true" in finding.check


def test_equal_images_are_asked_about_once(says: tuple[Loopback, list[str], str], harness: Harness) -> None:
    server, answers, vlm = says
    write(PAIRED, viewers=vlm)
    harness("run", "near.yaml")
    harness("accept", "--reason", "looked at")
    answers[:] = ["7"]
    asked = len(server.requests)
    assert harness("run", "near.yaml").code == 0
    assert len(server.requests) == asked + 1


def test_a_paired_question_is_estimated_twice(says: tuple[Loopback, list[str], str], harness: Harness) -> None:
    _, _, vlm = says
    write(PAIRED, viewers=vlm)
    rows = json.loads(harness("run", "near.yaml", "--dry-run", "--json").out)["providers"]
    assert [row["answers"] for row in rows if row["provider"] == "gpt"] == [2]


def test_another_served_model_is_another_judge(here: Path, harness: Harness) -> None:
    served = ["m-2026"]

    def answer(_: Received) -> Any:
        return chat({"seen": "a disc", "answer": "1"}, cost=None, model=served.pop(0) if len(served) > 1 else served[0])

    with Loopback(answer) as server:
        vlm = f'\n  gpt: {{kind: vlm, model: m, base_url: "{server.url}/v1", retries: 0, price: 0, votes: 1}}'
        write(PAIRED + '\ndrift: {embedding: "<= 2"}', viewers=vlm)
        harness("run", "near.yaml")
        harness("accept", "--reason", "looked at")
        served[:] = ["m-2026", "m-2027"]
        harness("run", "near.yaml", "--set", "style=outline")
    [finding] = only().findings
    assert finding.outcome == "incomparable"


def test_a_set_has_no_paired_checks(here: Path, harness: Harness) -> None:
    write("checks: [{present: red circle, paired: true}]\ndrift: set")
    done = harness("run", "near.yaml")
    assert (done.code, "`paired` does not go with `drift: set`" in done.err) == (2, True)


FREE = """\
  - {id: free, prompt: free dots, provider: free, drift: set, samples: 8, embedding: clip}
viewers: {clip: {kind: embedding, backend: onnx, model: ../weights}}
"""


def test_a_set_is_tested_by_its_vectors_too(chance: Callable[..., Path], harness: Harness) -> None:
    folder = chance(FREE)
    tiny(folder / "weights")
    suite = "suites/chance.yaml"
    harness("run", "--live", suite)
    assert harness("accept", "--reason", "looked at").code == 0
    assert harness("run", "--live", suite).code == 0
    reading = results()[0].set
    assert reading is not None
    assert [question.name for question in reading.tests] == ["images", "layout", "embedding"]
    assert all(question.adjusted is not None and question.adjusted > 0.05 for question in reading.tests)
    Path("changed").touch()
    harness("run", "--live", suite)
    assert results()[0].outcome.verdict == "drift"
    Path("changed").unlink()
    tiny(folder / "weights", nan=True)
    harness("run", "--live", suite)
    assert (results()[0].outcome.verdict, results()[0].outcome.reasons[0].code) == ("inconclusive", "set.no-vectors")


def test_a_stored_run_of_other_judges_has_undecided_checks(here: Path, harness: Harness) -> None:
    write('checks: [{alignment: ">= -1"}]')
    runs = []
    for seed in (0, 1):
        tiny(here / "weights", seed=seed)
        harness("run", "near.yaml", "--set", f"quality={('draft', 'standard')[seed]}")
        runs.append(str(find_run(Path("reports"), "latest")))
    harness("audit", *runs)
    (stored,) = (json.loads(path.read_text()) for path in Path("reports").glob("*audit*/audit.json"))
    assert stored["checks"][0]["undecided"] == 1
    assert stored["checks"][0]["kept"] == 0
    assert {note["code"]: note["data"] for note in stored["notes"]}["audit.other-judge"] == {"count": 1}


CHECKED = """\
  - id: free
    prompt: free dots
    provider: free
    drift: set
    samples: 6
    checks: [{alignment: ">= -1"}]
viewers: {clip: {kind: embedding, backend: onnx, model: ../weights}}
"""


def test_a_set_whose_checks_another_judge_answered_is_incomparable(
    chance: Callable[..., Path], harness: Harness
) -> None:
    folder = chance(CHECKED)
    tiny(folder / "weights")
    harness("run", "--live", "suites/chance.yaml")
    assert harness("accept", "--reason", "looked at").code == 0
    assert harness("run", "--live", "suites/chance.yaml").code == 0
    tiny(folder / "weights", seed=1)
    harness("run", "--live", "suites/chance.yaml")
    outcome = results()[0].outcome
    assert (outcome.verdict, outcome.reasons[0].code) == ("incomparable", "set.other-judge")
