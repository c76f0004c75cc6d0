"""Whatever signal ends a run: its child programs end too, and nothing of theirs stays behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import EXIT_INTERRUPTED
from harness.scratch import GRACE, PREFIX, Scratch, sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and locks of POSIX")

SUITE = """\
suite: slow
providers:
  mine: {{kind: command, price: 0, argv: ["{python}", program.py, "{{out}}"]}}
defaults: {{provider: mine, size: 64x64, seeds: [0], drift: {{ssim: ">= 0.9"}}}}
cases: [{{id: a, prompt: image a}}]
"""
PROGRAM = """\
import os, pathlib, time
pathlib.Path("pid").write_text(str(os.getpid()))
os.rename("pid", "begun")
time.sleep(120)
"""


def not_ignored() -> None:
    """Have signals act as they do in a terminal, though these tests run in the background of a shell."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def running(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A run whose program has begun; its temporary folders are in ``temporary``."""
    (tmp_path / "suite.yaml").write_text(SUITE.format(python=sys.executable))
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "temporary").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run", "suite.yaml"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=not_ignored,
    )
    begun = time.monotonic()
    while not (tmp_path / "begun").exists():
        assert time.monotonic() - begun < 60
        time.sleep(0.01)
    return process


def ends(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_ends_child_programs(running: subprocess.Popen[bytes], tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    running.send_signal(number)
    time.sleep(0.3)
    assert running.poll() is None, "the first signal lets what is being generated finish"
    running.send_signal(number)
    assert running.wait(30) == EXIT_INTERRUPTED
    assert ends(int((tmp_path / "begun").read_text()))
    assert not list((tmp_path / "temporary").iterdir())


def test_what_a_kill_left_is_swept_by_the_next(running: subprocess.Popen[bytes], tmp_path: Path) -> None:
    program = int((tmp_path / "begun").read_text())
    [left] = (tmp_path / "temporary").iterdir()
    other = tmp_path / "temporary" / "of-something-else"
    other.mkdir()
    old = time.time() - 2 * GRACE
    for folder in (left, other):
        os.utime(folder, (old, old))
    call = [sys.executable, "-c", "from harness.scratch import sweep; sweep()"]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    subprocess.run(call, env=environment, check=True)
    assert left.exists(), "in use"
    running.kill()
    running.wait()
    os.killpg(program, signal.SIGKILL)
    subprocess.run(call, env=environment, check=True)
    assert [path.name for path in (tmp_path / "temporary").iterdir()] == [other.name]


def test_a_folder_goes_with_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Scratch() as folder:
        assert folder.name.startswith(PREFIX)
        (folder / "file").touch()
        sweep.__wrapped__()
    assert not list(tmp_path.iterdir())
