"""``harness ci`` against servers of GitHub's and GitLab's shape on loopback: one comment, edited in place; a status."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.errors import EXIT_OK, EXIT_USAGE
from harness.image import read_file
from harness.ledger import find_run
from tests.cli.conftest import Done
from tests.provider.servers.base import Act, Loopback, Received, reply

Project = Callable[..., Path]
Command = Callable[..., Done]
TOKEN = "token-of-a-test-4711"


class Service:
    """Comments and statuses as both services keep them: pages of at most ``per_page``, ids, edits by id."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.uploads: list[bytes] = []
        self.forbidden = False

    def __call__(self, received: Received) -> Act:
        headers = received.headers
        if TOKEN not in (headers.get("authorization", "").removeprefix("Bearer "), headers.get("private-token")):
            return reply({"message": "Bad credentials"}, status=401)
        if self.forbidden and received.method != "GET":
            return reply({"message": "Resource not accessible by integration"}, status=403)
        if received.path.endswith("/uploads"):
            self.uploads.append(received.form()[0].data)
            return reply({"markdown": "![sheet](/uploads/1/contact-sheet.png)"}, status=201)
        if "/statuses/" in received.path:
            self.statuses.append(received.json() | {"sha": received.path.rpartition("/")[2]})
            return reply({"id": 1}, status=201)
        if received.method == "GET":
            size, page = int(received.query["per_page"]), int(received.query["page"])
            return reply(self.comments[(page - 1) * size : page * size])
        if received.method == "POST":
            return reply(self.add(received.json()["body"]), status=201)
        found = next(one for one in self.comments if str(one["id"]) == received.path.rpartition("/")[2])
        found["body"] = received.json()["body"]
        return reply(found)

    def add(self, body: str) -> dict[str, Any]:
        self.comments.append({"id": 100 + len(self.comments), "body": body, "html_url": "http://host/comment"})
        return self.comments[-1]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(params=["github", "gitlab"])
def job(
    request: pytest.FixtureRequest,
    service: Service,
    project: Project,
    harness: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """A job of each service with a run that has findings: two drifts and two trials that are fine."""
    project()
    harness("run", "suites/small.yaml")
    harness("accept", "--reason", "first")
    suite = Path("suites/small.yaml")
    suite.write_text(suite.read_text().replace("prompt: another image", "prompt: another image, quality: draft"))
    harness("run", "suites/small.yaml")
    with Loopback(service) as server, environment(str(request.param), server.url, monkeypatch):
        yield str(request.param)


@contextmanager
def environment(kind: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if kind == "github":
        Path("event.json").write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "abc123"}}}))
        variables = {
            "GITHUB_ACTIONS": "true", "GITHUB_API_URL": url, "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "me/images",
            "GITHUB_EVENT_PATH": "event.json", "GITHUB_SHA": "merge",
        }  # fmt: skip
    else:
        variables = {
            "GITLAB_CI": "true", "CI_API_V4_URL": url, "GITLAB_TOKEN": TOKEN, "CI_PROJECT_ID": "me/images",
            "CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_SHA": "abc123",
        }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield


def test_one_comment_is_edited_in_place(job: str, service: Service, harness: Command) -> None:
    for number in range(130):
        service.add(f"a word of somebody, {number}")
    service.add("> <!-- image-harness: suites/small.yaml -->\nquoted by somebody")
    assert harness("ci", "comment", "--link", "https://ci.example/report (1)").code == EXIT_OK
    assert len(service.comments) == 132
    first = service.comments[-1]["body"]
    assert first.startswith("<!-- image-harness: ")
    assert "small/other" in first
    run = find_run(Path("reports"), "latest").name
    commands = [line for line in first.splitlines() if line.startswith("harness ")]
    assert commands[0] == "harness review artifact.zip"
    assert not any(run in one for one in commands), "the run's folder is not where the comment is read"
    assert "(https://ci.example/report%20%281%29)" in first
    state = {"github": "failure", "gitlab": "failed"}[job]
    assert [(one["state"], one["sha"], one["target_url"]) for one in service.statuses] == [
        (state, "abc123", "https://ci.example/report (1)")
    ]
    harness("accept", "--reason", "as meant")
    harness("run", "suites/small.yaml")
    assert harness("ci", "comment").code == EXIT_OK
    assert len(service.comments) == 132
    assert service.comments[-1]["body"] != first
    assert service.statuses[-1]["state"] == "success"
    assert harness("ci", "comment", "--name", "nightly").code == EXIT_OK
    assert len(service.comments) == 133


def test_the_findings_are_shown(job: str, service: Service, harness: Command) -> None:
    assert harness("ci", "comment", "--no-status").code == EXIT_OK
    sheet = find_run(Path("reports"), "latest") / "contact-sheet.png"
    image = read_file(sheet)
    assert image.width > 600
    assert image.height > 400
    assert not service.statuses
    body = service.comments[-1]["body"]
    if job == "gitlab":
        assert service.uploads == [sheet.read_bytes()]
        assert "![sheet](/uploads/1/contact-sheet.png)" in body
    else:
        assert "![" not in body
        harness("ci", "comment", "--image", "https://pages.example/contact-sheet.png")
        assert "(https://pages.example/contact-sheet.png)" in service.comments[-1]["body"]


def test_a_token_that_may_not_write_is_reported(job: str, service: Service, harness: Command) -> None:
    service.forbidden = True
    done = harness("ci", "comment")
    assert done.code == EXIT_USAGE
    assert TOKEN not in done.out + done.err
    assert not service.comments


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH"])
def test_what_a_job_must_know(
    missing: str, project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    project()
    harness("run", "suites/small.yaml")
    with environment("github", "http://127.0.0.1:9", monkeypatch):
        monkeypatch.delenv(missing)
        done = harness("ci", "comment")
        assert done.code == EXIT_USAGE
        assert "api_key_env" not in done.err, "an option of providers"


def test_a_service_that_does_not_answer(project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    project()
    harness("run", "suites/small.yaml")
    with environment("github", "http://127.0.0.1:9", monkeypatch):
        done = harness("ci", "comment")
    assert done.code == EXIT_USAGE
    assert "GITHUB_API_URL" in done.err
    assert "base_url" not in done.err, "an option of providers"


def test_outside_a_job(project: Project, harness: Command) -> None:
    project()
    harness("run", "suites/small.yaml")
    assert harness("ci", "comment").code == EXIT_USAGE
    printed = harness("ci", "comment", "--print", "--name", "a --> b")
    assert printed.code == EXIT_OK
    assert printed.out.splitlines()[0].count("-->") == 1


def test_code_quality_names_file_and_line(project: Project, harness: Command) -> None:
    project()
    harness("run", "suites/small.yaml")
    assert harness("ci", "code-quality", "--output", "quality.json").code == EXIT_OK
    entries = json.loads(Path("quality.json").read_text())
    suite = Path("suites/small.yaml").read_text().splitlines()
    assert len(entries) == 4
    assert len({one["fingerprint"] for one in entries}) == 4
    for one in entries:
        assert one["location"]["path"] == "suites/small.yaml"
        case = re.search(r"small/(\w+)", one["description"])
        assert case is not None
        assert f"id: {case[1]}" in suite[one["location"]["lines"]["begin"] - 1]
        assert one["severity"] == "minor"
    Path("suites/small.yaml").unlink()
    with pytest.warns(match="not known"):
        assert harness("ci", "code-quality", "--output", "quality.json").code == EXIT_OK
    assert {one["location"]["lines"]["begin"] for one in json.loads(Path("quality.json").read_text())} == {1}


def test_annotations_name_file_and_line(project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root.parent))
    done = harness("run", "suites/small.yaml")
    errors = [line for line in done.err.splitlines() if line.startswith("::error ")]
    assert errors
    assert all(f"file={root.name}/suites/small.yaml,line=" in line for line in errors)
