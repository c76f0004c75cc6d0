"""``harness calibrate --viewer``: a served chat model is measured, and what it is measured as decides what it fails."""

import base64
import hashlib
import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.baseline import read_judges
from harness.judge import is_reliable
from harness.ledger import find_run, iter_results, read_audit, read_run
from harness.records import JudgeQuality
from tests.provider.servers.base import Act, Loopback, Received, reply, status

Harness = Callable[..., Any]
Truth = Callable[[Image.Image, str], str]

SUITE = """\
suite: seen
provider: painter
viewers:
  gpt: {{kind: vlm, model: judge-1, base_url: "{url}/v1", retries: 0, price: {price}, votes: {votes}}}
defaults: {{size: 64x64, quality: draft, seeds: [1, 2]}}
cases:
  - id: circle
    prompt: a red circle
    checks: [{{question: Is it blue?, answer: yes}}]
"""
YES_NO = "question/yes-no"


def is_red(image: Image.Image, question: str) -> str:
    red, _, blue = image.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return "yes" if (red > blue) == ("red" in question) else "no"


class Judge:
    """A chat model that answers by ``truth``, but for a share of the images, always the same ones."""

    def __init__(self, wrong: float = 0.0, model: str = "reader-1", truth: Truth = is_red) -> None:
        self.wrong, self.model, self.truth = wrong, model, truth

    def __call__(self, received: Received) -> Act:
        question, image = received.json()["messages"][1]["content"]
        png = base64.b64decode(image["image_url"]["url"].partition(",")[2])
        answer = self.truth(Image.open(io.BytesIO(png)), question["text"].splitlines()[0])
        if random.Random(hashlib.sha256(png).hexdigest()).random() < self.wrong:
            answer = {"yes": "no", "no": "yes"}[answer]
        content = json.dumps({"seen": "a color", "answer": answer})
        message = {"role": "assistant", "content": content}
        choices = [{"index": 0, "finish_reason": "stop", "message": message}]
        return reply({"id": "1", "object": "chat.completion", "model": self.model, "choices": choices})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    with Loopback(Judge()) as running:
        write(running)
        yield running


def write(server: Loopback, price: float = 0, votes: int = 1) -> None:
    Path("seen.yaml").write_text(SUITE.format(url=server.url, price=price, votes=votes))


def label(images: int = 80) -> None:
    """Label plain images: half of them red, and half of the checks of each color hold."""
    Path("photos").mkdir()
    lines = []
    for number in range(images):
        color = (200 + number % 50, number // 50, 0) if number % 2 else (0, number // 50, 200 + number % 50)
        Image.new("RGB", (8, 8), color).save(f"photos/{number}.png")
        answer = "yes" if (number % 2 == 1) == (number % 4 < 2) else "no"
        check = f"{{question: Is it red?, answer: {answer}}}"
        lines.append(f"- {{image: photos/{number}.png, check: {check}, holds: {str(number % 4 < 2).lower()}}}")
    Path("labels.yaml").write_text("\n".join(lines))


def calibrate(harness: Harness, *more: str) -> Any:
    return harness("calibrate", "seen.yaml", "--viewer", "gpt", *more)


def stored() -> JudgeQuality:
    (found,) = read_judges(Path("baselines"))
    return found


def accept(harness: Harness) -> None:
    harness("run", "seen.yaml")
    assert harness("accept", "--reason", "a test").code == 0


def last() -> Any:
    return list(iter_results(find_run(Path("reports"), "latest")))


def test_a_judge_that_is_wrong_one_time_in_five_is_measured_as_such_and_only_warns(
    server: Loopback, harness: Harness
) -> None:
    label()
    server.answer = Judge(0.2)
    assert calibrate(harness, "--labels", "labels.yaml").code == 1
    found = stored()
    assert (found.kind, found.viewer, found.images, found.labels) == (YES_NO, "gpt", 80, "labels.yaml")
    for share in (found.sensitivity, found.specificity):
        assert share.n == 40
        assert share.low is not None
        assert share.high is not None
        assert share.low <= 0.8 <= share.high
    assert (found.inconclusive.count, found.repeatability.count, found.repeatability.n) == (0, 80, 80)
    assert not is_reliable(found)
    server.answer = Judge()
    accept(harness)
    done = harness("run", "seen.yaml")
    assert done.code == 0, done.out
    results = last()
    assert {one.outcome.status for one in results} == {"ok"}
    assert {one.findings[0].outcome for one in results} == {"fail"}
    assert {one.findings[0].judge_quality for one in results} == {found}
    assert all("check.unreliable-judge" in [note.code for note in one.outcome.warnings] for one in results)
    (note,) = read_run(find_run(Path("reports"), "latest")).notes or ()
    assert YES_NO in note
    assert note in done.out
    folder = find_run(Path("reports"), "latest")
    assert "unreliable" in (folder / "junit.xml").read_text()
    assert "unreliable" in (folder / "data.js").read_text()


def test_a_judge_that_is_right_fails_what_it_fails(server: Loopback, harness: Harness) -> None:
    label()
    assert calibrate(harness, "--labels", "labels.yaml").code == 0
    assert is_reliable(stored())
    accept(harness)
    assert harness("run", "seen.yaml").code == 1
    assert {one.outcome.status for one in last()} == {"finding"}
    assert read_run(find_run(Path("reports"), "latest")).notes is None


def test_another_model_behind_the_name_is_not_the_judge_that_was_calibrated(server: Loopback, harness: Harness) -> None:
    label()
    server.answer = Judge(0.2)
    calibrate(harness, "--labels", "labels.yaml")
    server.answer = Judge(model="reader-2")
    accept(harness)
    assert harness("run", "seen.yaml").code == 1
    assert {one.findings[0].judge_quality for one in last()} == {None}
    (note,) = read_run(find_run(Path("reports"), "latest")).notes or ()
    assert "gpt" in note
    assert "harness calibrate seen.yaml --viewer gpt" in note


def test_a_judge_that_was_never_calibrated_decides_and_that_is_noted_once(server: Loopback, harness: Harness) -> None:
    accept(harness)
    assert harness("run", "seen.yaml").code == 1
    (note,) = read_run(find_run(Path("reports"), "latest")).notes or ()
    assert "harness calibrate seen.yaml --viewer gpt" in note


def test_answers_that_vary_are_not_repeatable(server: Loopback, harness: Harness) -> None:
    label(8)
    answers = iter(["yes", "no"] * 8)
    server.answer = Judge(truth=lambda *_: next(answers))
    calibrate(harness, "--labels", "labels.yaml")
    assert (stored().repeatability.count, stored().repeatability.n) == (0, 8)


def test_a_check_is_asked_as_often_as_requested(server: Loopback, harness: Harness) -> None:
    label(4)
    write(server, votes=3)
    calibrate(harness, "--labels", "labels.yaml", "--repeats", "3")
    assert len(server.requests) == 4 * 3 * 3


def test_splits_are_inconclusive_and_neither_right_nor_wrong(server: Loopback, harness: Harness) -> None:
    label(4)
    write(server, votes=3)
    answers = iter(["yes", "no", "no"] * 8)
    server.answer = Judge(truth=lambda *_: next(answers))
    calibrate(harness, "--labels", "labels.yaml")
    assert (stored().inconclusive.count, stored().inconclusive.n) == (4, 4)
    assert stored().sensitivity.n == stored().specificity.n == 0


def test_faults_are_no_answers(server: Loopback, harness: Harness) -> None:
    label(4)
    server.answer = lambda _: status(500)
    done = calibrate(harness, "--labels", "labels.yaml", "--json")
    assert done.code == 1
    assert (json.loads(done.out)["judges"], json.loads(done.out)["unanswered"], json.loads(done.out)["stored"]) == (
        [],
        4,
        None,
    )
    assert read_judges(Path("baselines")) == ()


def test_a_paid_judge_is_estimated_and_needs_approval(server: Loopback, harness: Harness) -> None:
    label(4)
    write(server, price=0.01)
    estimated = json.loads(calibrate(harness, "--labels", "labels.yaml", "--dry-run", "--json").out)
    assert (estimated["images"], estimated["checks"], estimated["questions"]) == (4, 8, 8)
    assert estimated["cost"] == pytest.approx(0.08)
    assert calibrate(harness, "--labels", "labels.yaml").code == 2
    assert not server.requests
    done = calibrate(harness, "--labels", "labels.yaml", "--live", "--json")
    assert json.loads(done.out)["cost"] == pytest.approx(0.08)


def test_a_calibration_that_the_budget_ended_goes_on(server: Loopback, harness: Harness) -> None:
    label(4)
    write(server, price=0.01)
    done = calibrate(harness, "--labels", "labels.yaml", "--budget", "0.05", "--json")
    assert json.loads(done.out)["stopped"] == "budget"
    assert len(server.requests) == 4
    calibrate(harness, "--labels", "labels.yaml", "--budget", "0.08", "--resume")
    assert len(server.requests) == 8
    assert stored().images == 4


def test_scenes_of_the_painter_are_labels_for_every_kind_of_check(server: Loopback, harness: Harness) -> None:
    done = calibrate(harness, "--each", "1", "--repeats", "1", "--json")
    found = {one["kind"]: one for one in json.loads(done.out)["judges"]}
    assert set(found) == {"shows", YES_NO, "question/number", "question/word"}
    # it says yes or no to everything
    assert {kind for kind, one in found.items() if one["inconclusive"]["count"]} == {"question/number", "question/word"}
    assert json.loads(done.out)["failed"] == 0
    questions = [one.json()["messages"][1]["content"][0]["text"] for one in server.requests]
    assert len(questions) == 2 * 4


def test_scenes_show_what_their_labels_say(server: Loopback, harness: Harness) -> None:
    done = harness("calibrate", "--viewer", "shapes", "--each", "2", "--repeats", "1", "--json")
    found = {one["kind"]: one for one in json.loads(done.out)["judges"]}
    assert set(found) == {"count", "color", "left_of", "right_of", "above", "below", "present", "absent"}
    assert {one[name]["count"] for one in found.values() for name in ("sensitivity", "specificity")} == {2}


def test_kinds_of_checks_are_chosen(server: Loopback, harness: Harness) -> None:
    more = ("--each", "5", "--repeats", "1", "--dry-run", "--json")
    planned = json.loads(harness("calibrate", "--viewer", "shapes", "--kind", "count", *more).out)
    assert (planned["images"], planned["checks"]) == (10, 10)
    assert calibrate(harness, "--kind", "count", *more).code == 2


@pytest.mark.parametrize(
    ("viewer", "named"), [("gpd", "gpt"), ("shape", "shapes")],
)  # fmt: skip
def test_an_unknown_viewer_is_refused(server: Loopback, harness: Harness, viewer: str, named: str) -> None:
    done = harness("calibrate", "seen.yaml", "--viewer", viewer)
    assert done.code == 2
    assert named in done.err


@pytest.mark.parametrize(
    "text",
    [
        "image: a.png", "[]", "- 3", "- {image: a.png, check: {shows: a fox}}",
        "- {image: a.png, check: {shows: a fox}, holds: true, more: 1}",
        "- {image: b.png, check: {shows: a fox}, holds: true}",
        "- {image: a.png, check: {count: fox, equals: 1}, holds: true}",
        "- {image: a.png, check: {shows: a fox, needs: b}, holds: true}",
        "- {image: a.png, check: {shows: a fox}, holds: 1}",
        "- [",
    ],
)  # fmt: skip
def test_labels_that_are_not_right_are_refused_by_line(server: Loopback, harness: Harness, text: str) -> None:
    Image.new("RGB", (8, 8)).save("a.png")
    Path("labels.yaml").write_text(text)
    done = calibrate(harness, "--labels", "labels.yaml")
    assert done.code == 2
    assert "labels.yaml" in done.err
    assert not server.requests


@pytest.mark.parametrize(
    "more",
    [("--viewer", "gpt", "--all"), ("--viewer", "gpt", "--case", "a"), ("--each", "3"), ("--labels", "seen.yaml"),
     ("--viewer", "gpt", "--labels", "seen.yaml", "--each", "3"), ("--kind", "count")],
)  # fmt: skip
def test_options_without_effect_are_refused(server: Loopback, harness: Harness, more: tuple[str, ...]) -> None:
    assert harness("calibrate", "seen.yaml", *more).code == 2


def test_a_benchmark_and_an_audit_correct_the_rate_of_a_calibrated_judge(server: Loopback, harness: Harness) -> None:
    label()
    server.answer = Judge(0.2)
    calibrate(harness, "--labels", "labels.yaml")
    server.answer = Judge()
    done = harness("bench", "seen.yaml", "--quality", "draft", "--repeats", "1", "--json")
    (rate,) = json.loads(done.out)["bench"]["arms"][0]["corrected"]
    assert (rate["kind"], rate["raw"]["count"], rate["raw"]["n"]) == (YES_NO, 0, 2)
    assert rate["rate"] == 0
    assert rate["low"] == 0 < rate["high"]
    folder = next(Path("reports").glob("*-bench-*"))
    assert YES_NO in (folder / "summary.md").read_text()
    harness("audit", "seen.yaml", "--a", "quality=draft", "--b", "quality=standard", "--repeats", "1")
    audit = read_audit(next(Path("reports").glob("*-audit-*")))
    for arm in (audit.a, audit.b):
        assert [(one.kind, one.raw.n) for one in arm.corrected] == [(YES_NO, 2)]


def test_without_a_calibration_no_rate_is_corrected(server: Loopback, harness: Harness) -> None:
    done = harness("bench", "seen.yaml", "--quality", "draft", "--repeats", "1", "--json")
    assert json.loads(done.out)["bench"]["arms"][0]["corrected"] == []
