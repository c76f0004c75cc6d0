"""``harness init --template``: each is a working start, and nothing that exists is overwritten."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from harness.cli.templates import FILE, TEMPLATES
from harness.ledger import find_run, iter_results
from harness.vocabulary import Verdict

Harness = Callable[..., Any]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)


def made(harness: Harness, name: str) -> Any:
    """What was written for a template, here, as data."""
    done = harness("init", "--template", name, "--json")
    assert done.code == 0
    return json.loads(done.out)


def printed(command: str) -> subprocess.CompletedProcess[str]:
    """The result of a command as it was printed, in a shell of its own."""
    binaries, root = Path(sys.executable).parent, Path(__file__).resolve().parents[2]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    plain |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "harness.pytest_plugin"}
    env = {**plain, "PATH": f"{binaries}{os.pathsep}{plain['PATH']}", "PYTHONPATH": str(root)}
    return subprocess.run(command, shell=True, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_suites_are_valid_and_its_files_are_kept(name: str, harness: Harness) -> None:
    written = made(harness, name)
    assert {FILE, *TEMPLATES[name].files.values()} <= set(written["written"])
    assert not written["existing"]
    assert written["next"]
    planned = harness("run", "--dry-run", "--json")
    assert planned.code == 0, planned.err
    assert json.loads(planned.out)["trials"] > 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert set(made(harness, name)["existing"]) == {FILE, *TEMPLATES[name].files.values()}
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_each_file_of_the_package_is_in_a_template() -> None:
    used = {FILE} | {file for template in TEMPLATES.values() for file in template.files}
    assert used == {file.name for file in (files("harness.cli") / "scaffold").iterdir() if file.is_file()}


def test_a_file_that_exists_stays_and_another_template_adds_to_it(harness: Harness) -> None:
    Path("suites").mkdir()
    Path("suites/server.yaml").write_text("mine")
    assert "suites/server.yaml" in made(harness, "server")["existing"]
    assert Path("suites/server.yaml").read_text() == "mine"
    assert "suites/hosted.yaml" in made(harness, "hosted")["written"]


@pytest.mark.parametrize("more", [("--template", "none"), ("--template", "ci", "--from", "fox.txt")])
def test_what_has_no_meaning_writes_nothing(more: tuple[str, ...], harness: Harness) -> None:
    Path("fox.txt").write_text("a fox\n")
    assert harness("init", *more).code == 2
    assert [path.name for path in Path().iterdir()] == ["fox.txt"]


def test_the_server_is_started_and_its_commands_work_as_printed(harness: Harness) -> None:
    commands = made(harness, "server")["next"]
    assert [printed(command).returncode for command in commands] == [1, 0, 0]
    results = list(iter_results(find_run(Path("reports"), "latest")))
    assert {result.outcome.verdict for result in results} == {Verdict.IDENTICAL}
    assert len({result.image.pixel_digest for result in results}) == len(results) == 4
    assert all("stand_in_server.py" in result.environment["server"]["command"] for result in results)


def test_pytest_tests_the_suite_and_an_image_of_a_test(harness: Harness) -> None:
    commands = made(harness, "pytest")["next"]
    suite = Path("suites/first.yaml")
    suite.write_text(suite.read_text().replace("quality: standard", "quality: draft").replace("[0, 1]", "[0]"))
    for command in commands:
        done = printed(command)
        assert done.returncode == 0, done.stdout
        assert "3 passed" in done.stdout
    test = Path("tests/test_images.py")
    test.write_text(test.read_text().replace("(60 + seed", "(50 + seed"))
    assert printed("pytest tests").returncode == 1


def test_a_missing_extra_is_named(harness: Harness) -> None:
    if importlib.util.find_spec("diffusers"):
        pytest.skip("diffusers is installed here")
    made(harness, "diffusers")
    done = harness("run")
    assert done.code == 2
    assert "pip install 'image-harness[diffusers]'" in done.err
