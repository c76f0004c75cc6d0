"""What ``harness store gc`` would delete, in a repository with branches."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from harness.errors import EXIT_OK, EXIT_USAGE
from tests.store.project import StoreProject

OLD = 100 * 86400


def git(folder: Path, *arguments: str, days: float = 0.0) -> str:
    when = f"{time.time() - days * 86400:.0f} +0000"
    who = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@t"}
    environment = {**os.environ, **who, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def committed(project: StoreProject, number: int, *, branch: str, days: float) -> str:
    """Accept and push another image of a case on a branch, as it was ``days`` ago; returns its key."""
    folder = project.folder
    git(folder, "checkout", "-q", "-B", branch)
    project.generate("owl", number)
    project.accept()
    assert project.harness("store", "push").code == EXIT_OK
    git(folder, "add", "harness.toml", "animals.yaml", "baselines/animals/manifest.json")
    git(folder, "commit", "-q", "-m", branch, days=days)
    aged(project)
    return project.keys()["owl"]


def aged(project: StoreProject, seconds: float = OLD) -> None:
    for path in (project.folder.parent / "store").rglob("*.png"):
        os.utime(path, (time.time() - seconds,) * 2)


@pytest.fixture
def repository(project: StoreProject) -> StoreProject:
    git(project.folder, "init", "-q", "-b", "main")
    return project


def unnamed(project: StoreProject, *more: str) -> set[str]:
    done = project.harness("store", "gc", "--json", *more)
    assert done.code == EXIT_OK, done.err
    return {one["key"] for one in done.data["unnamed"]}


def stored(project: StoreProject) -> set[str]:
    folder = project.folder.parent / "store"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")}


def test_what_any_branch_names_stays(repository: StoreProject) -> None:
    first = committed(repository, 3, branch="main", days=90)
    second = committed(repository, 4, branch="other", days=80)
    third = committed(repository, 5, branch="main", days=70)
    assert len({first, second, third}) == 3
    # `first` is in the history of both, and in the tree of none; the other cases are in all
    assert unnamed(repository) == {first}
    before = stored(repository)
    assert first in before  # a dry run
    git(repository.folder, "branch", "-q", "-D", "other")
    assert unnamed(repository) == {first, second}
    done = repository.harness("store", "gc", "--delete", "--json")
    assert done.data["deleted"] == 2
    assert before - stored(repository) == {first, second}
    assert repository.harness("store", "verify").code == EXIT_OK


def test_tags_stashes_working_trees_and_uncommitted_manifests_count(repository: StoreProject) -> None:
    folder = repository.folder
    first = committed(repository, 3, branch="main", days=90)
    git(folder, "tag", "-a", "-m", "kept", "v1")
    second = committed(repository, 4, branch="main", days=80)
    repository.generate("owl", 5)
    repository.accept()
    repository.harness("store", "push")
    third = repository.keys()["owl"]
    aged(repository)
    git(folder, "stash", days=70)
    git(folder, "worktree", "add", "-q", "--detach", str(folder.parent / "tree"), "HEAD")
    repository.generate("owl", 6)
    repository.accept()
    repository.harness("store", "push")
    fourth = repository.keys()["owl"]
    aged(repository)
    assert {first, second, third, fourth} <= stored(repository)
    assert unnamed(repository) == set()
    git(folder, "tag", "-d", "v1")
    git(folder, "stash", "drop")
    assert unnamed(repository) == {first, third}


def test_the_young_and_what_was_named_lately_stay(repository: StoreProject) -> None:
    first = committed(repository, 3, branch="main", days=90)
    committed(repository, 4, branch="main", days=3)
    # named until three days ago
    assert unnamed(repository) == set()
    assert unnamed(repository, "--older-than", "2") == {first}
    aged(repository, 86400.0)
    assert unnamed(repository, "--older-than", "2") == set()


def test_other_objects_are_left_alone(repository: StoreProject) -> None:
    committed(repository, 3, branch="main", days=90)
    other = repository.folder.parent / "store" / "images" / "notes.txt"
    other.write_text("mine")
    os.utime(other, (0, 0))
    assert unnamed(repository) == set()
    assert repository.harness("store", "gc", "--json").data["foreign"] == 1


def test_a_broken_manifest_of_a_branch_protects_its_images(repository: StoreProject) -> None:
    first = committed(repository, 3, branch="other", days=90)
    manifest = repository.folder / "baselines" / "animals" / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(f"<<<<<<< ours\n{text}")
    git(repository.folder, "commit", "-q", "-a", "-m", "broken", days=85)
    git(repository.folder, "checkout", "-q", "--orphan", "main")
    manifest.write_text(text)
    committed(repository, 4, branch="main", days=80)
    assert first not in unnamed(repository)


def test_a_clone_that_lacks_branches_deletes_nothing(repository: StoreProject) -> None:
    folder = repository.folder
    first = committed(repository, 3, branch="main", days=90)
    git(folder.parent, "init", "-q", "--bare", "origin.git")
    git(folder, "remote", "add", "origin", str(folder.parent / "origin.git"))
    git(folder, "push", "-q", "origin", "main")
    gone = committed(repository, 4, branch="main", days=80)
    committed(repository, 5, branch="main", days=70)
    git(folder, "push", "-q", "-f", "origin", "main")
    assert unnamed(repository) == {first, gone}
    # somebody else pushes a branch that this clone has not fetched
    git(folder.parent, "clone", "-q", str(folder.parent / "origin.git"), "clone")
    git(folder.parent / "clone", "commit", "-q", "--allow-empty", "-m", "elsewhere")
    git(folder.parent / "clone", "push", "-q", "origin", "HEAD:refs/heads/elsewhere")
    before = stored(repository)
    done = repository.harness("store", "gc", "--delete", "--json")
    assert done.code == EXIT_USAGE
    assert stored(repository) == before
    git(folder, "fetch", "-q", "origin")
    assert repository.harness("store", "gc", "--delete", "--json").data["deleted"] == 2
    # a remote that does not answer, and a shallow clone
    (folder.parent / "origin.git").rename(folder.parent / "moved.git")
    assert repository.harness("store", "gc", "--delete", "--json").code == EXIT_USAGE


def test_a_shallow_clone_deletes_nothing(repository: StoreProject) -> None:
    folder = repository.folder
    committed(repository, 3, branch="main", days=90)
    committed(repository, 4, branch="main", days=80)
    before = stored(repository)
    git(folder.parent, "clone", "-q", "--depth", "1", f"file://{folder}", "shallow")
    os.chdir(folder.parent / "shallow")
    done = repository.harness("store", "gc", "--delete", "--json")
    assert done.code == EXIT_USAGE
    assert stored(repository) == before


def test_outside_a_repository_nothing_is_judged(project: StoreProject) -> None:
    project.accept()
    project.harness("store", "push")
    aged(project)
    assert project.harness("store", "gc", "--delete").code == EXIT_USAGE
    assert len(stored(project)) == 3
