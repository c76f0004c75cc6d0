"""docs/gallery: the commands of each page, in a copy of its folder; no key, and nothing of them listens."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.ledger import find_run, iter_results
from tools.gallery import EXTRA, GALLERY, commands, environment, names

pytestmark = pytest.mark.checkout

SMALL = 1_500_000
"""Bytes of the whole gallery."""


@pytest.mark.parametrize("name", [name for name in names() if name not in EXTRA])
def test_the_commands_of_a_page(name: str, tmp_path: Path) -> None:
    told(name, tmp_path)


def told(name: str, folder: Path) -> None:
    """Run the commands of a page in a copy, and compare exit codes and verdicts with what it says."""
    place = shutil.copytree(GALLERY / name, folder / name, ignore=shutil.ignore_patterns("reports", "__pycache__"))
    env = environment() | {"PYTHONPATH": str(GALLERY.parents[1])}
    found = list(commands(name))
    assert {command.code for command in found} >= {0, 1}
    for command in found:
        done = subprocess.run(command.text, shell=True, cwd=place, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == command.code, command.text + done.stdout + done.stderr
        if command.verdict:
            verdicts = {result.outcome.verdict for result in iter_results(find_run(place / "reports", "latest"))}
            assert command.verdict in verdicts, (command, verdicts)


def test_the_index_names_every_page_and_its_picture_is_there() -> None:
    linked = re.findall(r"^\| \[([\w-]+)\]\(\1\.md\)", (GALLERY / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(linked) == names()
    assert all((GALLERY / f"{name}.webp").is_file() for name in names())


def test_it_is_small() -> None:
    root = GALLERY.parents[1]
    listed = subprocess.run(
        ["git", "ls-files", str(GALLERY)], cwd=root, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert 0 < sum((root / file).stat().st_size for file in listed) < SMALL
