"""Locks, full disks, read-only folders: in processes of their own."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.ledger import Ledger, Lock, LockedError, NotAFolderError, iter_results
from harness.records import RunRecord


def python(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True, timeout=60, check=False
    )


def test_two_writers_are_kept_apart(reports: Path, record: RunRecord) -> None:
    with Ledger.create(reports, record) as ledger:
        with pytest.raises(LockedError, match=f"by process {os.getpid()}"):
            Ledger.resume(ledger.folder)
        other = python(
            "import sys; from pathlib import Path; from harness.ledger import *\n"
            "try: Ledger.resume(Path(sys.argv[1]))\n"
            "except LockedError as fault: print(fault.holder)",
            ledger.folder,
        )
        assert other.stdout == f"{os.getpid()}\n", other.stderr
    Ledger.resume(ledger.folder).close()
    assert not (ledger.folder / ".lock").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_killed_holder_leaves_no_stale_lock_even_with_children(reports: Path, record: RunRecord) -> None:
    Ledger.create(reports, record).close()
    (folder,) = reports.iterdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time; from pathlib import Path; from harness.ledger import *\n"
            "ledger = Ledger.resume(Path(sys.argv[1]))\n"
            "child = os.fork()\n"
            "if child: print(child, flush=True)\n"
            "time.sleep(60)",
            str(folder),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(holder.stdout.readline())
    try:
        with pytest.raises(LockedError):
            Lock(folder)
        holder.kill()
        holder.wait()
        with Lock(folder, wait=10):
            assert (folder / ".lock").read_text() == str(os.getpid())
    finally:
        os.kill(child, signal.SIGKILL)
        holder.stdout.close()


def test_waiting_for_a_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from harness.ledger import Lock\n"
            "lock = Lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.readline(); lock.release()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    holder.stdout.readline()
    with pytest.raises(LockedError):
        Lock(tmp_path, wait=0.05)
    holder.stdin.write("\n")
    holder.stdin.close()
    Lock(tmp_path, wait=30).release()
    holder.wait()
    holder.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits")
def test_a_full_disk_loses_nothing_recorded_and_tears_no_line(reports: Path, record: RunRecord) -> None:
    """A file size limit stands for the full disk: it lets a write through in part, as a full disk does."""
    Ledger.create(reports, record).close()
    (folder,) = reports.iterdir()
    done = python(
        "import sys, resource; from pathlib import Path; from harness.ledger import *; from harness.records import *\n"
        "ledger = Ledger.resume(Path(sys.argv[1]))\n"
        "recipe = Recipe(Request('p' * 500), Subject('painter', 'painter'))\n"
        "def add(n): ledger.append(TrialResult(TrialKey('s', f'c{n}'), recipe, Outcome('new', 'finding')))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    for n in range(100): add(n)\n"
        "except DiskFullError as fault: print(n, type(fault).__name__, fault, '|', fault.hint)\n"
        "try: ledger.store_image(bytes(9000), 'png')\n"
        "except DiskFullError as fault: print('image', fault)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "add(n)",
        folder,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    number = int(first.split()[0])
    assert 3 < number < 20
    assert f"DiskFullError cannot write {folder / 'trials.jsonl'}: file too large | make room" in first
    assert second.startswith("image cannot write")
    assert [result.key.case for result in iter_results(folder)] == [f"c{n}" for n in range(number + 1)]
    assert list((folder / "images").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_read_only_folder_is_named_with_its_hint(record: RunRecord) -> None:
    # Not below pytest's own folder, which another user may not enter: as root the process gives up its rights.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        _check_read_only(Path(place) / "reports", record)


def _check_read_only(reports: Path, record: RunRecord) -> None:
    Ledger.create(reports, record).close()
    (folder,) = reports.iterdir()
    paths = [*reports.rglob("*"), reports]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = python(
            "import os, sys; from pathlib import Path; from harness.ledger import *; from harness.records import *\n"
            "if os.getuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
            "for call in (lambda: Ledger.create(Path(sys.argv[1]), RunRecord('', ('s',), 't', '0')),\n"
            "             lambda: Ledger.resume(Path(sys.argv[2]))):\n"
            "    try: call()\n"
            "    except ReadOnlyError as fault: print(fault, '|', fault.hint)",
            reports,
            folder,
        )
    finally:
        for path in reversed(paths):
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.startswith(f"cannot write {reports}")
        assert line.endswith("permission denied | make the folder writable for this user, or name another one")


def test_reports_that_are_a_file(tmp_path: Path, record: RunRecord) -> None:
    (tmp_path / "reports").write_text("")
    for place in (tmp_path / "reports", tmp_path / "reports" / "deeper"):
        with pytest.raises(NotAFolderError, match="a file is stored"):
            Ledger.create(place, record)
