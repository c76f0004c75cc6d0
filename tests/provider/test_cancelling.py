"""Cancelling a generation: it ends, the server's job too, and nothing else is tried."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationCancelledError, GenerationError
from harness.http import Cancellation
from harness.provider import Fault, IsolatedProvider, Job, Provider, create
from harness.provider.fault import FaultKind
from harness.provider.route import may_go_on
from tests.http.waiting import Pauses, until
from tests.provider.hosting import KEY_ENV, ROWS, Row
from tests.provider.servers.base import drip, hang
from tests.provider.servers.comfyui import SLOTS, TEXT_TO_IMAGE, Comfy
from tests.provider.servers.webui import WebUI

Make = Callable[..., Job]
LIMIT = 60.0


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's environment says of proxies is not what is tested."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@contextmanager
def cancelling(job: Job, when: Callable[[], object]) -> Iterator[Job]:
    """The job, which another thread cancels when this is true; the block must end by that, not by the time."""
    cancellation = Cancellation()
    end = time.monotonic() + LIMIT

    def cancel() -> None:
        until(when)
        cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        yield replace(job, timeout=LIMIT, cancellation=cancellation)
    finally:
        thread.join()
    # a fifth of it is for cancelling what was begun
    assert time.monotonic() < end - LIMIT / 5, "it ended by its time"


def cancelled(provider: Provider, job: Job, when: Callable[[], object]) -> GenerationCancelledError:
    with cancelling(job, when) as asked, pytest.raises(GenerationCancelledError) as caught:
        provider.generate(asked)
    assert caught.value.code == "generation-cancelled"
    assert not may_go_on(provider, caught.value)
    return caught.value


HOSTED = sorted(name for name, row in ROWS.items() if row.paid)


@pytest.mark.parametrize("name", HOSTED)
@pytest.mark.parametrize("act", [hang(), drip(b'{"data": [' + b" " * 10**6)])
def test_a_paid_call_in_progress_ends_and_may_have_been_paid(
    name: str, act: Any, job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row: Row = ROWS[name]
    if row.key:
        monkeypatch.setenv(KEY_ENV, row.key)
    with row.server() as server:
        provider = create("mine", row.kind, row.settings(server, price=0.02), tmp_path)
        server.script(act)
        fault = cancelled(provider, job(), lambda: server.requests)
        assert fault.possibly_billed
        assert len(server.requests) == 1
        assert provider.generate(job()).data, "the next one is generated"
        provider.close()


def test_a_streamed_image_ends(job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ROWS["openrouter"]
    monkeypatch.setenv(KEY_ENV, str(row.key))
    with row.server() as server:
        provider = create("mine", row.kind, row.settings(server, stream=True, price=0.02), tmp_path)

        def endless(connection: Any) -> None:
            connection.head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
            connection.chunk(b": PROCESSING\n\n")
            connection.loopback.stopping.wait(LIMIT)

        server.script(endless)
        assert cancelled(provider, job(), lambda: server.requests).possibly_billed
        provider.close()


@pytest.fixture
def comfy() -> Iterator[Comfy]:
    with Comfy() as server:
        yield server
        server.gate.set()


@pytest.fixture
def workflow(comfy: Comfy, tmp_path: Path) -> Iterator[Provider]:
    (tmp_path / "flow.json").write_text(json.dumps(TEXT_TO_IMAGE))
    # between two looks it waits for longer than the test lasts
    options = {"base_url": comfy.url, "workflow": "flow.json", "slots": SLOTS, "poll": 600.0, "price": 0.02}
    provider = create("mine", "comfyui", options, tmp_path)
    yield provider
    provider.close()


def posted(comfy: Comfy, path: str) -> list[Any]:
    return [one.json() for one in comfy.others if one.path == path and one.method == "POST"]


def test_a_running_job_of_a_server_is_interrupted_there(workflow: Provider, comfy: Comfy, job: Make) -> None:
    comfy.gate.clear()
    pause = Pauses()

    def is_waited_for() -> bool:
        return any("history" in one.path for one in list(comfy.others)) and pause()

    fault = cancelled(workflow, job(), lambda: comfy.running and is_waited_for())
    assert fault.possibly_billed
    assert posted(comfy, "/interrupt") == [{"prompt_id": comfy.requests[0].json()["prompt_id"]}]


def test_a_waiting_job_of_a_server_is_taken_off_its_queue(workflow: Provider, comfy: Comfy, job: Make) -> None:
    comfy.gate.clear()
    first = Cancellation()

    def generate() -> None:
        with pytest.raises(GenerationCancelledError):
            workflow.generate(replace(job(seed=1), cancellation=first))

    thread = threading.Thread(target=generate)
    thread.start()
    until(lambda: comfy.running)
    cancelled(workflow, job(seed=2), lambda: comfy.pending)
    assert posted(comfy, "/queue") == [{"delete": [comfy.requests[1].json()["prompt_id"]]}]
    assert not comfy.interrupts
    first.cancel()
    thread.join()
    assert comfy.interrupts == [comfy.requests[0].json()["prompt_id"]]


def test_a_submission_that_is_not_answered_is_cancelled_all_the_same(
    workflow: Provider, comfy: Comfy, job: Make
) -> None:
    def silent(connection: Any) -> None:
        comfy.submit(connection.received.json())
        comfy.stopping.wait(LIMIT)

    comfy.gate.clear()
    comfy.script(silent)
    assert cancelled(workflow, job(), lambda: comfy.running).possibly_billed
    assert comfy.interrupts == [comfy.requests[0].json()["prompt_id"]]


def test_an_image_of_a_web_ui_is_interrupted_there(job: Make, tmp_path: Path) -> None:
    with WebUI() as server:
        provider = create("mine", "automatic1111", {"base_url": server.url, "price": 0.02}, tmp_path)
        server.gate.clear()
        fault = cancelled(provider, job(), server.generation.is_set)
        assert fault.possibly_billed
        assert [one.path for one in server.others] == ["/internal/progress", "/sdapi/v1/interrupt"]
        assert server.interrupts == [server.requests[-1].json()["force_task_id"]]
        provider.close()


def test_what_is_cancelled_before_it_begins_is_not_sent(workflow: Provider, comfy: Comfy, job: Make) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(GenerationCancelledError) as caught:
        workflow.generate(replace(job(), cancellation=cancellation))
    assert not caught.value.possibly_billed
    assert (comfy.requests, comfy.others) == ([], [])


SLOW = (
    "import os, subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open('new', 'w').write(str(child.pid))\n"
    "os.rename('new', 'pid')\n"
    "time.sleep(600)\n"
)


def ends(pid: int) -> bool:
    """Whether a process ends soon."""

    def gone() -> bool:
        try:
            os.kill(pid, 0)
            return b"\nState:\tZ" in Path(f"/proc/{pid}/status").read_bytes()
        except (ProcessLookupError, FileNotFoundError):
            return True

    until(gone)
    return True


@pytest.mark.skipif(os.name != "posix", reason="looks at processes")
@pytest.mark.parametrize("price", [0, 0.25])
def test_a_program_and_its_children_are_ended(price: float, job: Make, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    provider = create("mine", "command", {"argv": [sys.executable, "slow.py"], "price": price}, tmp_path)
    fault = cancelled(provider, job(), (tmp_path / "pid").exists)
    assert fault.possibly_billed == (price != 0)
    assert ends(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(os.name != "posix", reason="looks at processes")
def test_a_fresh_process_is_ended(job: Make, tmp_path: Path) -> None:
    code = "import os, time\ndef generate(prompt):\n    open('pid', 'w').write(str(os.getpid()))\n    time.sleep(600)\n"
    (tmp_path / "slow.py").write_text(code.replace("'pid'", repr(str(tmp_path / "pid"))))
    provider = create("mine", "python", {"function": "slow.py:generate"}, tmp_path)
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated() as apart:
        pid = tmp_path / "pid"
        cancelled(apart, job(), lambda: pid.exists() and pid.read_text())
        assert ends(int(pid.read_text()))
        with pytest.raises(GenerationError, match="its process has ended"):
            apart.generate(job())


def test_a_fresh_process_generates_after_a_cancellation_that_came_late(job: Make, tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text("def generate(prompt):\n    return prompt.encode()\n")
    provider = create("mine", "python", {"function": "fine.py:generate"}, tmp_path)
    assert isinstance(provider, IsolatedProvider)
    cancellation = Cancellation()
    with provider.isolated() as apart:
        assert apart.generate(replace(job("one"), cancellation=cancellation, progress=lambda *_: None)).data == b"one"
        cancellation.cancel()
        assert apart.generate(job("two")).data == b"two"


@pytest.mark.parametrize("kind", ["command", "python"])
def test_a_local_provider_does_not_begin_what_is_cancelled(kind: str, job: Make, tmp_path: Path) -> None:
    (tmp_path / "mark.py").write_text("def generate():\n    open('ran', 'w')\ngenerate()\n")
    options = {"command": {"argv": [sys.executable, "mark.py"]}, "python": {"function": "mark.py:generate"}}[kind]
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(GenerationCancelledError):
        create("mine", kind, options, tmp_path).generate(replace(job(), cancellation=cancellation))
    assert not (tmp_path / "ran").exists()


def test_a_route_asks_nobody_else(job: Make, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "mark.py").write_text("open('ran', 'w')\n")
    members = {
        name: {"kind": "command", "options": {"argv": [sys.executable, f"{name}.py"], "price": 0}}
        for name in ("slow", "mark")
    }
    options = {"over": ["slow", "mark"], "members": members}
    provider = create("mine", "route", options, tmp_path)
    fault = cancelled(provider, job(), (tmp_path / "pid").exists)
    assert fault.provider == "slow"
    assert not (tmp_path / "ran").exists()


def test_a_cancellation_that_is_written_down_comes_back() -> None:
    fault = Fault.of(GenerationCancelledError("mine", possibly_billed=True))
    again = fault.error("mine")
    assert fault.kind is FaultKind.CANCELLED
    assert isinstance(again, GenerationCancelledError)
    assert again.possibly_billed
    assert not fault.error("mine", again=True).possibly_billed
