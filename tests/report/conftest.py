"""A generated run to report, and its page opened in a real Chromium."""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.report import write_report


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"report_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that makes run folders."""
    return load("sample")


@pytest.fixture(scope="session")
def generated(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a run with every verdict; read only."""
    root = tmp_path_factory.mktemp("generated")
    sample.quickstart(root)
    return root


@pytest.fixture
def folder(generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that run's folder, seen from its root as a person would."""
    shutil.copytree(generated, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return next(Path("reports").iterdir())


@pytest.fixture(scope="session")
def page_address(generated: Path) -> str:
    """The page of the generated run, as a file."""
    folder = next((generated / "reports").iterdir())
    return write_report(folder, baselines=generated / "baselines", formats=("html",))["html"].as_uri()


@pytest.fixture
def opened(chromium: Any) -> Iterator[Any]:
    """Opens addresses; any script error, console error or request to a network fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="no-preference")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    problems: list[str] = []
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else problems.append(r.url))
    yield page
    context.close()
    assert problems == []
