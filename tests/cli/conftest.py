"""Running the command line in this process, and snapshots that hold on every machine."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Harness = Callable[..., Done]


@pytest.fixture
def harness(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Harness:
    """``harness("run", "suites")`` → exit code and what was printed, with what changes from run to run made plain."""
    from harness.cli import main

    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("HARNESS_USER", "Test Person")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: str | Path) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        code = exit_.value.code
        return Done(code if isinstance(code, int) else 0, plain(printed.out), plain(printed.err))

    return call


def plain(text: str) -> str:
    """Times, run names, digests and folders of this machine replaced."""
    text = re.sub(r"\d{8}T\d{6}\.\d{3}Z-([a-z]+(-[a-z]+)*)-[0-9a-f]{4}", r"<run of \1>", text)
    text = re.sub(r"\b\d+(\.\d+)? m?s\b", "<time>", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<digest>", text)
    text = re.sub(r"\b[0-9a-f]{12}\*", "<digest>*", text)
    text = text.replace(str(Path.cwd()), "<here>")
    return "\n".join(line.rstrip() for line in text.splitlines())
