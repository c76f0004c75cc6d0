"""Finding runs that were not finished: the one search behind every ``--resume``."""

from collections.abc import Iterator
from pathlib import Path

from harness.ledger.errors import LedgerError
from harness.ledger.naming import RUN_FILE
from harness.ledger.reading import read_run
from harness.records import RunRecord


def recorded_runs(reports: Path, pattern: str = "*") -> Iterator[tuple[Path, RunRecord]]:
    """Yield the runs in folders that match ``pattern`` below ``reports``, the newest first; unreadable ones are left
    out.
    """
    found = []
    for file in reports.glob(f"{pattern}/{RUN_FILE}"):
        try:
            found.append((read_run(file.parent), file.parent))
        except LedgerError:
            continue
    for record, folder in sorted(found, key=lambda one: (one[0].started, one[1].parts), reverse=True):
        yield folder, record
