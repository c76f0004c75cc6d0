"""Budget reservations of commands in progress, stored beside the runs: two cannot spend the same money.

``.spending/<name>/`` below the reports holds one reservation and the lock of its process: it counts as long as that
process lives, and is removed by the next one when it was killed.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.ledger.errors import LedgerError
from harness.ledger.files import make_folder, writing
from harness.ledger.lock import Lock, holder_of
from harness.records import decode_json, encode_json

FOLDER = ".spending"
AMOUNT_FILE = "amount.json"
WAIT = 30.0
"""Seconds to wait for another command that is making a reservation."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """``amount`` US dollars of a UTC calendar ``month``, reserved by the process ``pid``."""

    month: str
    amount: float
    pid: int


def reservations(reports: Path) -> tuple[Reservation, ...]:
    """Return the reservations of running processes; remove the others."""
    return tuple(found for file in reports.glob(f"{FOLDER}/*/{AMOUNT_FILE}") if (found := _read(file)) is not None)


@contextmanager
def reserve(reports: Path, month: str, amount: Callable[[], float]) -> Iterator[float]:
    """Reserve the US dollars that ``amount`` returns for this process, within the block; yields them.

    ``amount`` is called while no other process can make a reservation. Raises LockedError and WriteError.
    """
    make_folder(reports / FOLDER)
    with Lock(reports / FOLDER, wait=WAIT):
        reserved = amount()
        with writing(reports / FOLDER):
            folder = Path(tempfile.mkdtemp(dir=reports / FOLDER))
        lock = Lock(folder)
        with writing(folder):
            (folder / AMOUNT_FILE).write_bytes(encode_json(Reservation(month, reserved, os.getpid())))
    try:
        yield reserved
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def is_reserved(folder: Path, reserved: tuple[Reservation, ...]) -> bool:
    """Return whether the process that writes a run has a reservation, which then covers what the run spends."""
    holder = holder_of(folder) if reserved else None
    return holder is not None and any(one.pid == holder for one in reserved)


def _read(file: Path) -> Reservation | None:
    """Return the reservation in a file; None, and it is removed, when its process has ended."""
    if holder_of(file.parent) != os.getpid():
        with suppress(LedgerError), Lock(file.parent):
            shutil.rmtree(file.parent, ignore_errors=True)
            return None
    try:
        return decode_json(Reservation, file.read_bytes())
    except (OSError, ValueError):
        return None
