"""Providers of every kind, set up for real: programs that run, folders that hold images, functions that generate."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.provider import Job, Provider, create
from harness.records import Attempt, InputImage, Recipe, Request, Subject, TrialKey

PROGRAM = """\
import struct, sys, zlib

def png(width, height, seed):
    row = b"\\0" + bytes([seed % 256, len(sys.argv[1]) % 256, 7]) * width
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    return b"\\x89PNG\\r\\n\\x1a\\n" + body

prompt, seed, width, height, out = sys.argv[1:]
open(out, "wb").write(png(int(width), int(height), int(seed)))
"""

FUNCTION = """\
import numpy as np

def generate(prompt, seed, width, height):
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :, 0] = seed % 256
    image[:, :, 1] = len(prompt) % 256
    return image
"""


@dataclass(frozen=True)
class Made:
    """A provider of a kind with what its conformance needs: the options it was made from, and its folder."""

    kind: str
    options: dict[str, Any]
    root: Path

    def create(self, name: str = "mine") -> Provider:
        return create(name, self.kind, self.options, self.root)


@pytest.fixture
def job() -> Callable[..., Job]:
    def job(
        prompt: str = "two red circles",
        seed: int | None = 0,
        *,
        repeat: int = 0,
        timeout: float = 60.0,
        model: str | None = None,
        image: Path | None = None,
        mask: Path | None = None,
        **more: Any,
    ) -> Job:
        asked = {name: more.pop(name) for name in ("negative_prompt", "strength", "ask") if name in more}
        size = {"width": more.pop("width", 64), "height": more.pop("height", 64)}
        images = {
            name: InputImage(str(path), f"{path.name:0<64}")
            for name, path in (("input_image", image), ("mask", mask))
            if path
        }
        request = Request(prompt, seed=seed, **asked, **size, **images)
        recipe = Recipe(request, Subject("mine", "kind", model, more))
        return Job(recipe, TrialKey("suite", "case", "base", seed), Attempt(index=repeat), timeout)

    return job


def _command(root: Path) -> dict[str, Any]:
    (root / "generate.py").write_text(PROGRAM)
    return {"argv": [sys.executable, "generate.py", "{prompt}", "{seed}", "{width}", "{height}", "{out}"], "price": 0}


def _python(root: Path) -> dict[str, Any]:
    (root / "generation.py").write_text(FUNCTION)
    return {"function": "generation.py:generate", "promise": "exact"}


def _folder(root: Path) -> dict[str, Any]:
    from PIL import Image

    folder = root / "images" / "case"
    folder.mkdir(parents=True)
    for seed in range(4):
        Image.new("RGB", (64, 64), (seed, 5, 9)).save(folder / f"base-s{seed}.png")
    return {"folder": "images", "promise": "exact"}


def _painter(_root: Path) -> dict[str, Any]:
    return {"quality": "draft"}


MAKERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "painter": _painter,
    "folder": _folder,
    "command": _command,
    "python": _python,
}


@pytest.fixture(params=sorted(MAKERS))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    """One provider of every built-in kind."""
    return Made(request.param, MAKERS[request.param](tmp_path), tmp_path)


@pytest.fixture
def provider(made: Made) -> Iterator[Provider]:
    provider = made.create()
    yield provider
    provider.close()
