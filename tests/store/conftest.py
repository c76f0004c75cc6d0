"""A project whose accepted images are in a folder."""

from pathlib import Path

import pytest

from tests.store.project import StoreProject


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreProject:
    monkeypatch.setenv("HARNESS_USER", "Test Person")
    (tmp_path / "store").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return StoreProject(tmp_path / "project", '[store]\nurl = "../store"\n')


@pytest.fixture
def pushed(project: StoreProject) -> StoreProject:
    """Accepted and pushed; neither the images nor a cache are on the disk."""
    project.accept()
    assert project.harness("store", "push").code == 0
    project.forget_images()
    return project
