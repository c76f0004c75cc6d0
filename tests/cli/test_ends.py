"""How a command ends when something goes wrong: a line, a hint and an exit code, never a traceback nobody asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.cli import config
from harness.errors import EXIT_INTERNAL, EXIT_USAGE
from harness.ledger import read_run
from tests.cli.conftest import Harness

CALL = (sys.executable, "-m", "harness")


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``harness config`` with a fault of its own."""

    def fail(**_: Any) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(config.command, "callback", fail)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("faulty")
def test_an_internal_error_has_its_own_exit_code(harness: Harness) -> None:
    done = harness("config")
    assert done.code == EXIT_INTERNAL
    assert "KeyError" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in harness("config", "--debug").err


@pytest.mark.usefixtures("faulty")
def test_it_is_a_document_too(harness: Harness) -> None:
    fault = json.loads(harness("config", "--json").out)["error"]
    assert (fault["code"], fault["exit_code"]) == ("internal", EXIT_INTERNAL)


def test_debug_changes_no_exit_code(harness: Harness) -> None:
    done = harness("run", "nothing.yaml", "--debug")
    assert done.code == EXIT_USAGE
    assert "Traceback" in done.err


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run ``harness …`` in a shell that closes its streams."""
    line = command.replace("harness", " ".join(CALL), 1)
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name != "posix", reason="closes streams by a shell")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("harness run suite.yaml >&-", 1),
        ("harness run suite.yaml --json >&-", 1),
        ("harness run suite.yaml <&- >&- 2>&-", 1),
        ("harness nothing 2>/dev/full", EXIT_USAGE),
        ("harness run no.yaml --json >/dev/full 2>/dev/full", EXIT_USAGE),
    ],
)
def test_a_closed_or_full_stream_is_no_traceback(
    command: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("suite.yaml").write_text("suite: s\nprovider: painter\ncases: [{id: a, prompt: a red circle}]\n", "utf-8")
    done = shell(command)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if " suite.yaml" in command:
        [folder] = Path("reports").iterdir()
        assert read_run(folder).complete
        assert (folder / "index.html").is_file()
