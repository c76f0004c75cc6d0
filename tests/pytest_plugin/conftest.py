"""Projects whose images were accepted, made once for the tests of a module."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import project_in


@contextmanager
def made_in(folder: Path) -> Iterator[Callable[..., Path]]:
    """Yield what writes a project into a folder, which is the working folder meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        yield project_in(folder, patch)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """``copied(made)`` → a copy of a project, as the working folder."""

    def copy(made: Path) -> Path:
        shutil.copytree(made, tmp_path, dirs_exist_ok=True)
        for name in ("CI", "GITHUB_ACTIONS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Test Person")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return copy
