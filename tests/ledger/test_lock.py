import os
from pathlib import Path

import pytest

from harness.ledger import Ledger, Lock, LockedError, WriteError
from harness.records import RunRecord


def test_a_lock_is_let_go_of_once(tmp_path: Path) -> None:
    first = Lock(tmp_path)
    with pytest.raises(LockedError):
        Lock(tmp_path)
    first.release()
    with Lock(tmp_path) as second:
        first.release()
        assert second.path.read_text() == str(os.getpid())
    assert not second.path.exists()


def test_a_lock_that_could_not_be_taken_is_nobodys(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with pytest.raises(WriteError):
        Lock(folder)
    folder.mkdir()
    Lock(folder).release()


def test_a_closed_ledger_has_no_file_open(tmp_path: Path, record: RunRecord) -> None:
    def opened() -> set[str]:
        return {str(path.resolve()) for path in Path("/proc/self/fd").iterdir()}

    ledger = Ledger.create(tmp_path, record)
    file = str((ledger.folder / "trials.jsonl").resolve())
    if Path("/proc/self/fd").is_dir():
        assert file in opened()
        ledger.close()
        assert file not in opened()
    ledger.close()
    Ledger.resume(ledger.folder).close()
