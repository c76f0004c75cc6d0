"""Deciding in a real Chromium: by keyboard alone, by two reviewers and a command at once, and under attack."""

import json
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.baseline import Baselines, read_log
from harness.records import TrialKey
from harness.report import write_report
from tests.review.conftest import Served, harness, listing, process, serving

pytestmark = pytest.mark.browser


@contextmanager
def page_of(chromium: Any, address: str) -> Iterator[Any]:
    """Yield a page of a browser profile of its own; a script error fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, problems = context.new_page(), list[str]()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
    page.goto(address)
    page.locator("#decide-bar").wait_for()
    yield page
    context.close()
    assert problems == []


def text(page: Any, expected: str, where: str = "#toast") -> None:
    """Wait until a text is shown."""
    page.locator(where, has_text=expected).wait_for()


def progress(page: Any) -> str:
    return str(page.locator(".progress-text").inner_text())


def decided(page: Any) -> list[str]:
    """What is marked of the open trial, or of all cards."""
    return [word.split()[-1] for word in page.locator(".marked:visible").all_inner_texts()]


def log_of(root: Path) -> list[tuple[str, str]]:
    return [
        (line.trial, line.action) for line in read_log(root / "baselines/small/log.jsonl") if line.reason != "first"
    ]


def test_by_keyboard_alone(chromium: Any, project: Path) -> None:
    press = lambda *keys: [page.keyboard.press(key) for key in keys]  # noqa: E731
    with process("latest", "--who", "Kim") as served, page_of(chromium, served.address) as page:
        assert "token" not in page.url, "it leaves the address"
        assert progress(page) == "0 of 6 decided"
        page.wait_for_timeout(300)
        press("j", "Enter")
        first = page.locator("#position").inner_text()
        press("ArrowLeft")
        assert page.locator("figcaption").inner_text() == "accepted"
        place = page.locator(".world").first.evaluate("world => world.style.transform")
        press("ArrowRight")
        assert page.locator("figcaption").inner_text() == "candidate"
        assert page.locator(".world").first.evaluate("world => world.style.transform") == place
        press("a")
        assert page.locator("#position").inner_text() != first, "the next one comes by itself"
        text(page, "1 of 6 decided. Next:")
        press("r", "s", "z", "z")
        assert progress(page) == "1 of 6 decided"
        press("Control+Shift+Z")
        assert progress(page) == "2 of 6 decided"
        page.reload()
        page.locator("#decide-bar").wait_for()
        assert progress(page) == "2 of 6 decided", "the draft is kept"
        page.wait_for_timeout(300)
        press("u", "i", "E")
        text(page, "6 of 6 decided")
        assert page.evaluate("document.activeElement.id") == "submit-marks"
        press("Enter")
        text(page, "In the manifest", "#submit-found")
        assert page.evaluate("document.activeElement.id") == "submit-reason"
        press("Enter")
        text(page, "A reason is needed")
        page.keyboard.type("looked at all")
        press("Enter")
        text(page, "6 decisions written")
        assert page.evaluate("document.activeElement.id") == "history"
        assert sorted(action for _, action in log_of(project)) == ["accept", *["ignore"] * 4, "reject"]
        press("Enter")
        page.locator("#log").wait_for()
        assert page.evaluate("document.querySelector('#log').contains(document.activeElement)")
        page.locator("[data-undo]").first.focus()
        press("Enter")
        text(page, "0 of 6 decided", ".progress-text")
        assert log_of(project)[-1][1] == "undo"
        assert (
            Baselines("baselines").ignored(TrialKey("small", "plain", "base", 1), __import__("datetime").date.today())
            is None
        )


def test_a_group_is_decided_as_one_and_hostile_words_stay_words(chromium: Any, project: Path) -> None:
    with serving() as served, page_of(chromium, f"{served.address}&group=alike") as page:
        heads = page.locator(".alike-group")
        assert 1 <= heads.count() < 6
        before = heads.first.locator("h2").inner_text()
        assert "quality standard → draft" in before
        assert "· ΔE " in before, "two groups may differ in the size of the difference alone"
        button = heads.first.locator("[data-group-act^=accept]")
        count = int(button.inner_text().split()[-1])
        button.click()
        assert progress(page) == f"{count} of 6 decided"
        assert set(decided(page)) == {"accept"}
        page.locator("#undo-mark").click()
        assert progress(page) == "0 of 6 decided", "one step"
        page.evaluate("location.hash = '#q=no-such-trial'")
        page.locator(".card").first.wait_for(state="detached")
        page.keyboard.press("u")
        text(page, "No other one shown is undecided: 0 of 6 decided")
        page.evaluate("location.hash = '#group=alike'")
        page.locator(".card", has_text="third").first.click()
        assert "<b onmouseover=alert(1)>" in page.locator("#panel blockquote").inner_text()
        assert page.locator("b[onmouseover]").count() == 0


def test_two_reviewers_and_a_command_at_once(chromium: Any, project: Path) -> None:
    """Each decides of the same trial; what was written first stays, and the others see both sides."""
    where = "#trial=small/plain/base-s0"
    with (
        process("latest", "--who", "Ann") as one,
        process("latest", "--who", "Bob") as two,
        page_of(chromium, one.address) as ann,
        page_of(chromium, two.address) as bob,
    ):
        for page in (ann, bob):
            page.wait_for_timeout(300)
            page.evaluate(f"location.hash = '{where}'")
            page.locator("#panel [data-act=accept]").click()
            page.keyboard.press("a")
        with threading_command("accept", "--key", "small/plain/base-s0", "--reason", "by command") as done:
            pass
        assert done == [0]
        before = listing(project)
        submit(ann, "as Ann sees it")
        text(ann, "outdated", "#submit-found")
        shown = ann.locator("[data-conflict='small/plain/base-s0']").inner_text()
        assert "by command" in shown
        assert listing(project) == before, "nothing of the submit is written"
        ann.locator("[data-drop='small/plain/base-s0']").click()
        text(ann, "In the manifest", "#submit-found")
        ann.locator("#submit-reason").fill("the other one")
        ann.locator("#submit-reason").press("Enter")
        text(ann, "1 decision written")
        submit(bob, "as Bob sees it")
        text(bob, "2 decisions are outdated", "#submit-found")
        assert "by Ann" in bob.locator("#submit-found").inner_text()
        bob.locator("[data-keep]").first.click()
        bob.locator("[data-drop]").last.click()
        text(bob, "In the manifest", "#submit-found")
    actions = [action for _, action in log_of(project)]
    assert actions == ["accept", "accept"]
    assert harness("baselines", "verify").returncode == 0


def submit(page: Any, reason: str) -> None:
    page.keyboard.press("S")
    page.locator("#submit-reason").fill(reason)
    page.locator("#submit-reason").press("Enter")


@contextmanager
def threading_command(*arguments: str) -> Iterator[list[int]]:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(harness(*arguments).returncode))
    thread.start()
    yield codes
    thread.join()


def test_a_page_on_another_port_gets_nothing_and_changes_nothing(chromium: Any, project: Path, marks: Any) -> None:
    """It knows the port, the room and even the token: no request that a browser lets it send is answered."""
    document = json.dumps(marks({"small/plain/base-s0": "accept"}))
    with serving() as served, attacker(served, document) as address:
        before = listing(project)
        context = chromium.new_context()
        page = context.new_page()
        page.goto(address)
        for _ in range(100):
            if page.title() == "done":
                break
            page.wait_for_timeout(100)
        found = page.evaluate("window.found")
        context.close()
        assert listing(project) == before
        log = served.end()
    assert set(found.values()) <= {"refused", "unread"}, found
    assert len(found) == 11
    refused = [line for line in log.splitlines() if line.startswith("refused ")]
    print(log)
    assert len(refused) >= 10
    assert all("403" in line or "405" in line for line in refused)


@contextmanager
def attacker(served: Served, marks: str) -> Iterator[str]:
    """Serve a page of another origin that tries all it can."""
    page = Path(__file__).with_name("attack.html").read_text() % json.dumps(
        [served.port, served.room, served.token, marks]
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_static_page_exports_what_a_command_writes(chromium: Any, project: Path, run: Path, tmp_path: Path) -> None:
    address = write_report(run, baselines=project / "baselines", formats=("html",))["html"].as_uri()
    with page_of(chromium, f"{address}#trial=small/other/base-s0") as page:
        for key in "ari":
            page.keyboard.press(key)
        page.keyboard.press("S")
        page.locator("#submit-reason").fill("it's 'right'; $HOME")
        page.locator("#submit-until").fill("2999-12-31")
        with page.expect_download() as download:
            page.locator("#save-file").click()
        file = tmp_path / "decisions.json"
        download.value.save_as(file)
        page.locator("#copy-command").click()
        text(page, "Command copied")
        command = page.evaluate("navigator.clipboard.readText()")
    document = json.loads(file.read_text())
    head, body, _ = command.split("\n", 2)
    assert json.loads(body) == document
    assert shlex.split(head.partition(" <<")[0])[-2:] == ["--from", "-"]
    done = harness("accept", "--from", str(file), "--json")
    assert done.returncode == 0
    assert sorted(one["action"] for one in json.loads(done.stdout)["decided"]) == ["ignored", "rejected", "replaced"]
    before = listing(project)
    assert harness("accept", "--from", str(file)).returncode == 0, "written once, answered twice"
    assert listing(project) == before
    document["id"] = "ffffffffffff"
    file.write_text(json.dumps(document))
    assert harness("accept", "--from", str(file)).returncode == 2, "the baseline is not the one that was looked at"
    assert listing(project) == before
