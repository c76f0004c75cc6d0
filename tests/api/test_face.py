"""The names of ``import harness``: there at once, imported late, never replaced by a room."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).resolve().parent
LIGHT = """
import sys
before = set(sys.modules)
import harness
names = dir(harness)
print(sorted(name for name in set(sys.modules) - before if not name.startswith("harness")))
print(sorted(name for name in sys.modules if name.startswith("harness.")))
assert set(names) == set(harness.__all__) and "run" in names
"""
TWICE = """
import pkgutil, importlib
import numpy as np
import harness
image = np.zeros((8, 8, 3), np.uint8)
def call():
    assert harness.compare(image, image).ok
    assert harness.Image(image).width == 8
    assert harness.Suite("s", [harness.Case("a", "a red circle")], provider="painter").name == "s"
    for public in (harness.run, harness.load_suite):
        try:
            public("nowhere.yaml")
        except harness.errors.HarnessError:
            continue
        raise AssertionError(public)
call()
call()
for room in pkgutil.iter_modules(harness.__path__):
    if room.name != "__main__":
        importlib.import_module(f"harness.{room.name}")
call()
call()
"""


def python(code: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    ).stdout


def test_importing_the_package_imports_nothing_else(tmp_path: Path) -> None:
    others, rooms = python(LIGHT, tmp_path).splitlines()
    heavy = {"numpy", "PIL", "pydantic", "yaml", "click", "rich", "httpx", "asyncio", "dataclasses"}
    assert not heavy & set(ast.literal_eval(others))
    assert ast.literal_eval(rooms) == []


def test_a_public_function_stays_itself_whatever_is_imported(tmp_path: Path) -> None:
    python(TWICE, tmp_path)


@pytest.mark.parametrize("name", harness.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(harness, name) is getattr(harness, name)


def test_an_unknown_name_is_none() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = harness.nonsense


@pytest.mark.checkout
def test_a_type_checker_sees_every_name() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text("utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported | {"__version__"} == set(harness.__all__)
    assert (ROOT / "py.typed").is_file()
    data = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert "py.typed" in data["harness"]
