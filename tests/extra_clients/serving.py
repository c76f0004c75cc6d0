"""A process of ``harness serve``."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP = 60.0
"""Seconds that it has to end."""


@dataclass(frozen=True)
class Addresses:
    """Where it listens."""

    rest: str
    """Base URL, without a path."""
    grpc: str
    """``host:port``."""


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Addresses]:
    """Run ``harness serve`` in a folder on free ports of 127.0.0.1; at the end stop it as Ctrl-C does."""
    words = ["serve", "--port", "0", "--grpc-port", "0", "--json", *options]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "harness", *words],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield _addresses(process, folder)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP) == 0, (folder / "log.txt").read_text()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _addresses(process: "subprocess.Popen[str]", folder: Path) -> Addresses:
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        try:
            printed = json.loads(text)
        except ValueError:
            continue
        return Addresses(printed["rest"], printed["grpc"])
    raise AssertionError(text + (folder / "log.txt").read_text())
