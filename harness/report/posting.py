"""Comments and statuses of pull requests: GitHub's REST API, and GitLab's."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from harness.errors import HarnessError, UsageError
from harness.http import Call, Deadline, HttpError, Settings, Transport, checked_url, secret_from

SECONDS = 60.0
"""For one call, with its retries."""
PAGE = 100
PAGES = 50
"""Most pages of comments that are looked through."""
CONTEXT = "image-harness"
_GITHUB_HINT = "in the step: env: {GITHUB_TOKEN: ${{ github.token }}} (docs/ci.md)"
_GITLAB_HINT = "a variable of the project: a token with the scope api (docs/ci.md)"


_ANSWERS = (
    "see what answers at GITHUB_API_URL or CI_API_V4_URL, and run it again: a comment is never written twice; --print "
    "shows it"
)
_RIGHTS = "the token must be allowed to write comments and statuses (docs/ci.md); --print shows the comment"
_HINTS = {401: _RIGHTS, 403: _RIGHTS, 404: _RIGHTS}


@dataclass(eq=False, repr=False)
class PostingError(HarnessError):
    """A comment or status was not written: ``service`` refused it, or did not answer."""

    service: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.service}: nothing more was written to the pull request: {self.problem}"


class Host(Protocol):
    """A pull request on one service."""

    def comment(self, marker: str, body: str) -> str:
        """Write the comment that has the marker again, or a new one; returns its address."""

    def status(self, *, fine: bool, text: str, link: str) -> None:
        """Set the status of the commit."""

    def upload(self, image: Path) -> str | None:
        """Store an image beside the comment; returns Markdown that shows it, None where the service stores none."""


@contextmanager
def host_of(environment: Mapping[str, str]) -> Iterator[Host]:
    """Yield the pull request that the variables of GitHub Actions or GitLab CI name. Raises UsageError where they name
    none, MissingKeyError without a token, PostingError where the service does not take what is written."""
    if environment.get("GITHUB_ACTIONS") == "true":
        host: GitHub | GitLab = GitHub.of(environment)
    elif environment.get("GITLAB_CI") == "true":
        host = GitLab.of(environment)
    else:
        raise UsageError("this is no job of GitHub Actions or GitLab CI", "see the comment: --print")
    try:
        yield host
    except HttpError as fault:
        raise PostingError(host.transport.name, str(fault), _HINTS.get(fault.status or 0, _ANSWERS)) from fault
    finally:
        host.transport.close()


@dataclass(frozen=True)
class GitHub:
    """``GITHUB_TOKEN`` must be allowed to write pull requests and statuses."""

    transport: Transport
    repository: str
    number: int
    sha: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "GitHub":
        """Return the pull request of a job. Raises UsageError."""
        event = _event(environment.get("GITHUB_EVENT_PATH", ""))
        pull = event.get("pull_request") or event.get("issue") or {}
        number = pull.get("number") or event.get("number")
        if not isinstance(number, int):
            raise UsageError("the event of this job is of no pull request", "run it on: pull_request")
        sha = str(pull.get("head", {}).get("sha") or environment.get("GITHUB_SHA", ""))
        address = environment.get("GITHUB_API_URL", "https://api.github.com")
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        settings = Settings(checked_url(address), secret_from("GITHUB_TOKEN", _GITHUB_HINT), headers=headers)
        return cls(Transport("GitHub", settings), _named(environment, "GITHUB_REPOSITORY"), number, sha)

    def comment(self, marker: str, body: str) -> str:
        path = f"repos/{self.repository}/issues"
        existing = _marked(_pages(self.transport, f"{path}/{self.number}/comments"), marker)
        if existing is not None:
            reply = _send(self.transport, "PATCH", f"{path}/comments/{existing['id']}", {"body": body})
        else:
            reply = _send(self.transport, "POST", f"{path}/{self.number}/comments", {"body": body})
        return str(reply.get("html_url", ""))

    def status(self, *, fine: bool, text: str, link: str) -> None:
        given = {"state": "success" if fine else "failure", "context": CONTEXT, "description": text}
        given |= {"target_url": link} if link else {}
        _send(self.transport, "POST", f"repos/{self.repository}/statuses/{self.sha}", given)

    def upload(self, image: Path) -> str | None:  # noqa: ARG002 - GitHub's API stores no image of a comment
        return None


@dataclass(frozen=True)
class GitLab:
    """``GITLAB_TOKEN`` is a token of the project with the scope ``api``: a job's own token may write no notes."""

    transport: Transport
    project: str
    number: str
    sha: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "GitLab":
        """Return the merge request of a job. Raises UsageError."""
        number = environment.get("CI_MERGE_REQUEST_IID", "")
        if not number:
            raise UsageError("this pipeline is of no merge request", "run it on: merge_request_event")
        sha = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or _named(environment, "CI_COMMIT_SHA")
        address = checked_url(_named(environment, "CI_API_V4_URL"))
        settings = Settings(address, secret_from("GITLAB_TOKEN", _GITLAB_HINT), auth="PRIVATE-TOKEN")
        return cls(Transport("GitLab", settings), quote(_named(environment, "CI_PROJECT_ID"), safe=""), number, sha)

    def comment(self, marker: str, body: str) -> str:
        path = f"projects/{self.project}/merge_requests/{self.number}/notes"
        existing = _marked(_pages(self.transport, path), marker)
        method, where = ("POST", path) if existing is None else ("PUT", f"{path}/{existing['id']}")
        reply = _send(self.transport, method, where, {"body": body})
        return f"note {reply.get('id')}"

    def status(self, *, fine: bool, text: str, link: str) -> None:
        given = {"state": "success" if fine else "failed", "name": CONTEXT, "description": text}
        given |= {"target_url": link} if link else {}
        _send(self.transport, "POST", f"projects/{self.project}/statuses/{self.sha}", given)

    def upload(self, image: Path) -> str | None:
        files = [("file", (image.name, image.read_bytes(), "image/png"))]
        call = Call("POST", f"projects/{self.project}/uploads", files=files, resend=False)
        markdown = self.transport.request(call, Deadline.after(SECONDS)).json().get("markdown")
        return markdown if isinstance(markdown, str) else None


def _send(transport: Transport, method: str, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
    call = Call(method, path, json=document, resend=method != "POST")
    reply: dict[str, Any] = transport.request(call, Deadline.after(SECONDS)).json()
    return reply


def _pages(transport: Transport, path: str) -> Iterator[dict[str, Any]]:
    for page in range(1, PAGES + 1):
        call = Call("GET", path, params={"per_page": PAGE, "page": page})
        found = transport.request(call, Deadline.after(SECONDS)).json()
        yield from found
        if len(found) < PAGE:
            return


def _marked(comments: Iterator[dict[str, Any]], marker: str) -> dict[str, Any] | None:
    """Return the comment that begins with the marker: what quotes it further down is somebody else's."""
    return next((one for one in comments if str(one.get("body", "")).startswith(marker)), None)


def _event(path: str) -> dict[str, Any]:
    try:
        event = json.loads(Path(path).read_text("utf-8")) if path else {}
    except (OSError, ValueError) as fault:
        raise UsageError(f"the event of this job cannot be read: {fault}") from fault
    return event if isinstance(event, dict) else {}


def _named(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise UsageError(f"the variable {name} is not set", "run it in a job of the service")
    return value
