"""A project with a run to decide, and `harness review` as a process of its own."""

import contextlib
import http.client
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.cli import main

CASES = """\
  - {id: plain, prompt: an image}
  - {id: other, prompt: another image}
  - {id: third, prompt: "a third <b onmouseover=alert(1)>image</b> & more"}
"""


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str


def harness(*arguments: str) -> Done:
    """Run the command line in this process."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended, contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main(list(arguments))
    return Done(int(ended.value.code or 0), out.getvalue())


@dataclass
class Served:
    """A running review. ``address`` is what it printed."""

    address: str
    end: Callable[[], str]
    """Ends it, and returns what it logged."""
    wait: Callable[[], bool] = lambda: False
    """Returns whether it ended by itself, within 20 seconds."""

    @property
    def port(self) -> int:
        return int(urlsplit(self.address).port or 0)

    @property
    def room(self) -> str:
        return urlsplit(self.address).path

    @property
    def token(self) -> str:
        return self.address.partition("#token=")[2]

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request; ``headers`` with ``_`` for ``-`` replace those of the page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        own = {"Content-Type": "application/json", "X-Review-Token": self.token} if body is not None else {}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, own)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def ask(self, name: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Call the server as the page does."""
        status, _, data = self.send("POST", f"{self.room}api/{name}", json.dumps(body).encode())
        return status, json.loads(data)


@contextlib.contextmanager
def serving(run: Path | None = None, who: str = "Kim", idle: float = 0) -> Iterator[Served]:
    """Serve a run, by default the latest, in a thread until the block ends."""
    from harness.report import served_page
    from harness.review import Desk, ReviewServer

    folder = run or max(Path("reports").glob("*/run.json"), key=lambda path: path.parent.name).parent
    baselines, log = Path("baselines").resolve(), list[str]()
    desk = Desk(folder.resolve(), baselines, who)
    server = ReviewServer(desk, served_page(folder.resolve(), baselines), idle=idle, log=log.append)
    thread = threading.Thread(target=server.serve)
    thread.start()

    def end() -> str:
        if thread.is_alive():
            server.close()
        thread.join()
        return "\n".join(log)

    try:
        yield Served(server.address, end, lambda: thread.join(20) is None and not thread.is_alive())
    finally:
        end()


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[Served]:
    """Run `harness review` as a process of its own until the block ends."""
    command = [sys.executable, "-m", "harness", "review", "--no-open", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        _, address = started.stdout.readline(), started.stdout.readline().strip()

        def end() -> str:
            started.terminate()
            return started.communicate(timeout=20)[1]

        try:
            yield Served(address, end)
        finally:
            if started.poll() is None:
                started.terminate()


@pytest.fixture(scope="session")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a project whose latest run drifted in all six trials; read only."""
    from tests.conftest import GENERATION, SUITE

    root = tmp_path_factory.mktemp("drifted")
    (root / "suites").mkdir()
    (root / "generation.py").write_text(GENERATION)
    (root / "suites" / "small.yaml").write_text(SUITE.format(cases=CASES, seeds="[0, 1]", defaults="", options=""))
    with contextlib.chdir(root):
        assert harness("run", "suites").returncode == 1
        assert harness("accept", "--reason", "first").returncode == 0
        assert harness("run", "suites", "--set", "quality=draft", "--repeats", "2").returncode == 1
    return root


@pytest.fixture
def project(drifted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that project, as the working folder."""
    import shutil

    for name in ("CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(drifted, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(project: Path) -> Path:
    """The folder of the run to decide."""
    return max((project / "reports").glob("*/run.json"), key=lambda path: path.parent.name).parent


Marks = Callable[..., dict[str, Any]]


@pytest.fixture
def marks(run: Path) -> Marks:
    """``marks({"small/plain/base-s0": "accept"}, id=…)`` → the document that the page makes."""
    from harness.ledger import iter_results

    images = {
        str(r.key): r.image.pixel_digest for r in iter_results(run) if r.image is not None and not r.attempt.index
    }

    def make(actions: dict[str, str], **more: Any) -> dict[str, Any]:
        own = [
            {"key": key, "action": action, "image": images.get(key, "")[:16]}
            | ({"until": "2999-01-01"} if action == "ignore" else {})
            for key, action in actions.items()
        ]
        return {"format": 1, "id": "0123456789ab", "run": run.name, "reason": "looked at", "marks": own} | more

    return make


def listing(root: Path) -> dict[str, bytes]:
    """All files of the baselines by name, without what is kept of former decisions."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / "baselines").rglob("*"))
        if path.is_file() and ".replaced" not in path.parts
    }
