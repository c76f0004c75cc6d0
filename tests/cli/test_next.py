"""What a command proposes can be pasted into a shell, and does what it says."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import EXIT_PIPE

SUITE = """
suite: pasted
provider: {provider}
defaults: {{size: 64x64, quality: draft}}
{more}
cases:
  - {{id: circle, prompt: a red circle, seeds: [1, 2]}}
"""
FLAKY = """
import io, itertools
from PIL import Image

count = itertools.count()

def generate(prompt, seed):
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), (10 + 7 * next(count), 20, 30)).save(stream, "PNG")
    return stream.getvalue()
"""


class Shell:
    """A shell in a folder, with ``harness`` and a browser that notes what it opens."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.opened = folder, folder / "opened"
        programs = folder / "bin"
        programs.mkdir()
        here = str(Path(__file__).parents[2])
        run = f'#!/bin/sh\nPYTHONPATH={shlex.quote(here)}:. exec {shlex.quote(sys.executable)} -m harness "$@"\n'
        browse = f'#!/bin/sh\necho "$1" >> {shlex.quote(str(self.opened))}\n'
        for name, text in (("harness", run), ("xdg-open", browse), ("open", browse)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS", "DISPLAY")}
        self.environment = kept | {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8"}

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, shell=True, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
            encoding="utf-8",
        )  # fmt: skip

    def next(self, command: str) -> list[str]:
        """The commands that a command proposes."""
        lines = self.run(command).stdout.splitlines()
        first = next(index for index, line in enumerate(lines) if line.startswith("next:"))
        return [line[8:] for line in lines[first:] if line[:8] in ("next:   ", "or:     ", " " * 8)]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="the shell of the test is a POSIX one")
def test_every_proposed_command_can_be_pasted(shell: Shell) -> None:
    (shell.folder / "other").mkdir()
    (shell.folder / "other" / "harness.toml").write_text('baselines = "goldens"\n')
    (shell.folder / "my suite.yaml").write_text(SUITE.format(provider="painter", more=""))
    steps = shell.next("harness run 'my suite.yaml' --config other/harness.toml --timeout 60")
    assert [step.split()[1] for step in steps] == ["review", "accept", "reject"]
    codes = [shell.run(f"{step} --idle 0.02" if " review " in step else step).returncode for step in steps]
    assert codes == [0, 0, 0]
    decisions = json.loads(shell.run("harness log --json --config other/harness.toml").stdout)["decisions"]
    assert [one["action"] for one in decisions] == ["reject", "accept"]
    assert len({one["reason"] for one in decisions if any(map(str.isalpha, one["reason"]))}) == 2
    assert shell.opened.read_text().strip().endswith("/review.html")
    assert (shell.folder / "other" / "goldens" / "pasted").is_dir()
    assert shell.run("harness run 'my suite.yaml' --config other/harness.toml").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the shell of the test is a POSIX one")
def test_a_run_that_stopped_goes_on_as_proposed(shell: Shell) -> None:
    (shell.folder / "fake.py").write_text(FLAKY)
    provider = "providers: {fake: {kind: python, function: 'fake:generate', price: 0.25, promise: exact}}"
    (shell.folder / "suite.yaml").write_text(SUITE.format(provider="fake", more=provider))
    look, resume = shell.next("harness run suite.yaml --budget 0.25 --repeats 2")
    assert "--budget 1 " in resume
    assert shell.run(look).returncode == 0
    done = shell.run(resume)
    assert done.returncode == 1, done.stdout + done.stderr
    repeats = [line for line in done.stdout.splitlines() if line.startswith("repeats: fake")]
    assert len(repeats) == 1
    assert "2 images in 2 generations" in repeats[0]
    assert "`drift: calibrated`" in repeats[0]
    assert not [line for line in done.stdout.splitlines() if " accept " in line], "it is refused: they differ"


@pytest.mark.parametrize("command", ["--help", "--version", "schema", "providers", "interpret 'a red circle'"])
def test_a_closed_output_ends_a_command_quietly(command: str) -> None:
    here, there = os.pipe()
    os.close(here)
    words = [sys.executable, "-m", "harness", *shlex.split(command)]
    done = subprocess.run(words, stdout=there, stderr=subprocess.PIPE, text=True, check=False)
    os.close(there)
    assert (done.returncode, done.stderr) == (EXIT_PIPE, "")


@pytest.mark.parametrize(("command", "code"), [("--help", 0), ("providers --json", 0), ("nonsense", 2)])
def test_a_command_without_streams_ends_as_with_them(command: str, code: int, tmp_path: Path) -> None:
    words = f"{shlex.quote(sys.executable)} -m harness {command}"
    for closed in (">&-", ">&- 2>&-", "2>&-"):
        done = subprocess.run(["sh", "-c", f"exec {words} {closed}"], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == code, closed
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", ["--help", "schema", "providers", "providers --json"])
def test_a_full_disk_is_an_error_and_no_traceback(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "harness", *shlex.split(command)]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
