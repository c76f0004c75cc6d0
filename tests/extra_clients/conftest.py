"""A gateway process that the painter answers for, and calls of npm clients in processes of Node.

``make test-clients`` installs the npm packages; without them these tests fail.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.extra_clients.serving import Addresses, serving
from tests.gateway.pixels import alpha_mask, png

SCRIPTS = Path(__file__).parent / "scripts"
SECONDS = 120.0
"""That one call of a client has."""
Call = Callable[..., Any]
"""``call(name, **what it needs)`` → what the client received."""


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """Yield where a gateway listens."""
    with serving(tmp_path_factory.mktemp("gateway")) as addresses:
        yield addresses


def caller(script: str, base: str) -> Call:
    """Return a function that makes a call of a script of ``scripts``."""

    def call(name: str, **asked: Any) -> Any:
        ended = subprocess.run(
            ["node", str(SCRIPTS / f"{script}.mjs")],
            input=json.dumps({"base": base, "call": name, **asked}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return call


@pytest.fixture
def white(tmp_path: Path) -> Path:
    """Return a white PNG file of 64 x 64 pixels."""
    path = tmp_path / "white.png"
    path.write_bytes(png(Image.new("RGB", (64, 64), "white")))
    return path


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """Return a mask that is transparent in its right half, as OpenAI's clients send it."""
    path = tmp_path / "mask.png"
    path.write_bytes(alpha_mask((64, 64), (32, 0, 64, 64)))
    return path
