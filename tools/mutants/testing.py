"""Tests in a copy of the checkout, each time in a new process that begins with the libraries already imported."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import imagehash  # noqa: F401
import pydantic  # noqa: F401
import pytest
import rich.console  # noqa: F401
import scipy.stats  # noqa: F401
import skimage.metrics  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:rerunfailures", "-W", "ignore:Module already imported")
FORK = multiprocessing.get_context("fork")
SLACK = 20.0
"""Seconds that a process may take beside the tests."""


class Recorder:
    """Writes which test executes which line, and how long each takes."""

    def __init__(self, measured: coverage.Coverage | None) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Give the lines executed from here to this test."""
        if self.measured:
            self.measured.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up setup, call and teardown."""
        self.seconds[report.nodeid] += report.duration


def copy(tree: Path) -> None:
    """Copy the checkout with its built extensions, compiled by content: a change of a file is seen."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    built = [str(path.relative_to(ROOT)) for path in (ROOT / "harness").rglob("*.so")]
    for name in [*listed.stdout.decode().split("\0"), *built]:
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", tree / "harness"]
    subprocess.run(command, check=True)  # noqa: S603


def measure(tree: Path, room: str) -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    """Run the tests of a room.

    Returns:
        By file the tests that execute each line ("" stands for the import), and the seconds of each test.

    Raises:
        SystemExit: if a test fails.
    """
    found = tree / "measured.json"
    found.unlink(missing_ok=True)
    process = FORK.Process(target=_measure, args=(tree, room, found))
    process.start()
    process.join()
    if process.exitcode or not found.exists():
        raise SystemExit(f"the tests of {room} fail without a change: see {tree / 'output.txt'}")
    lines, seconds = json.loads(found.read_text())
    return {path: {int(k): v for k, v in x.items()} for path, x in lines.items()}, seconds


def _measure(tree: Path, room: str, found: Path) -> None:
    _enter(tree)
    measured = coverage.Coverage(data_file=None, source=[str(tree / "harness" / room)])
    measured.start()
    recorder = Recorder(measured)
    code = pytest.main([*OPTIONS, f"tests/{room}"], plugins=[recorder])
    measured.stop()
    data = measured.get_data()
    lines = {str(Path(path).relative_to(tree)): data.contexts_by_lineno(path) for path in data.measured_files()}
    if not code:
        found.write_text(json.dumps([lines, recorder.seconds]))
    os._exit(int(code))


class Trial:
    """A process that runs tests in a tree until one fails."""

    def __init__(self, tree: Path, tests: Iterable[str], limit: float) -> None:
        self.tree, self.begun, self.limit = tree, time.monotonic(), limit
        self.process: BaseProcess = FORK.Process(target=_run, args=(tree, list(tests)))
        self.process.start()

    def outcome(self) -> str | None:
        """Return ``survived``, ``killed`` or ``timeout``; None as long as it goes on."""
        if self.process.is_alive():
            if time.monotonic() - self.begun < self.limit:
                return None
            os.killpg(self.process.pid or 0, signal.SIGKILL)
            self.process.join()
            return "timeout"
        self.process.join()
        return "killed" if self.process.exitcode else "survived"


def _run(tree: Path, tests: list[str]) -> None:
    _enter(tree)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=phases, derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    os._exit(int(pytest.main([*OPTIONS, *tests])))


def _enter(tree: Path) -> None:
    """Become a process of that tree, in a group of its own, with its output in a file."""
    os.setsid()
    os.chdir(tree)
    output = os.open(tree / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.environ["PYTHONPATH"] = str(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if Path(path or ".").resolve() != ROOT)]
    assert "harness" not in sys.modules


def finished(running: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Wait a moment, then give those that have ended with their outcome."""
    running = list(running)
    wait([trial.process.sentinel for trial in running], timeout=1)
    for trial in running:
        if outcome := trial.outcome():
            yield trial, outcome
