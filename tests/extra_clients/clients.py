"""The clients that the tests drive, and which test is whose."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.extra_clients.serving import ROOT

HERE = Path(__file__).parent
NOT_INSTALLED = "not installed"


@dataclass(frozen=True)
class Client:
    """A client, by the packages that it consists of."""

    name: str
    packages: tuple[str, ...] = ()
    """Empty: the client is a part of this project."""
    file: str = ""
    """Of the tests that drive it, relative to the root; empty: those of ``tests/gateway`` whose code names it."""
    code: str = ""
    """A regular expression for the code of a test that drives it."""
    modules: Path | None = None
    """The node_modules of npm packages; None: Python packages."""

    @property
    def versions(self) -> str:
        """The versions that are installed."""
        return " + ".join(self._version(package) for package in self.packages) or "this project"

    def _version(self, package: str) -> str:
        if package == "buf":
            from tests.extra_clients.test_buf import BUF

            return subprocess.run([BUF, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        if self.modules is not None:
            file = self.modules / package / "package.json"
            return str(json.loads(file.read_text())["version"]) if file.exists() else NOT_INSTALLED
        try:
            return version(package)
        except PackageNotFoundError:
            return NOT_INSTALLED

    def tests(self) -> Iterator[str]:
        """Yield the node ids of its tests."""
        if self.file:
            yield self.file
            return
        for path in sorted((ROOT / "tests" / "gateway").rglob("test_*.py")):
            place = path.relative_to(ROOT).as_posix()
            if place in OWN_FILES:
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
                if is_test and re.search(self.code, ast.unparse(node)):
                    yield f"{place}::{node.name}"


NODE = HERE / "node_modules"
PROMPTFOO = HERE / "promptfoo"
ADAPTERS = "tests/gateway/test_own_adapters.py"
FOLDER = "tests/extra_clients"
CLIENTS = (
    Client("openai (npm)", ("openai",), f"{FOLDER}/test_openai.py", modules=NODE),
    Client("@openrouter/sdk (npm)", ("@openrouter/sdk",), f"{FOLDER}/test_openrouter.py", modules=NODE),
    Client(
        "ai + @ai-sdk/openai + @ai-sdk/openai-compatible (npm)",
        ("ai", "@ai-sdk/openai", "@ai-sdk/openai-compatible"),
        f"{FOLDER}/test_ai_sdk.py",
        modules=NODE,
    ),
    Client("promptfoo (npm)", ("promptfoo",), f"{FOLDER}/promptfoo/test_eval.py", modules=PROMPTFOO / "node_modules"),
    Client("buf curl", ("buf",), f"{FOLDER}/test_buf.py"),
    Client("openai (Python)", ("openai",), code=r"\bOpenAI\b"),
    Client("openrouter (Python)", ("openrouter",), code=r"\bOpenRouter\b"),
    Client("litellm (Python)", ("litellm",), code="litellm"),
    Client("langchain-openai (Python)", ("langchain-openai",), code="langchain_openai"),
    Client("standardwebhooks (Python)", ("standardwebhooks",), code=r"\bWebhook\("),
    Client("harness: openai-compatible and openrouter", file=ADAPTERS),
)
OWN_FILES = frozenset(client.file for client in CLIENTS)
