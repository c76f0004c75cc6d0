"""A run's files: append, read, resume, merge, history.

``reports/<run>/``: ``run.json``, ``trials.jsonl`` (append-only, one line a trial, each on the disk before
:meth:`Ledger.append` returns), ``images/<sha256>.<ext>`` (bytes as received) and ``heat_maps/``.
"""

from harness.ledger.audits import AUDIT_FILE, find_audit, is_audit, read_audit, write_audit
from harness.ledger.clock import timestamp
from harness.ledger.faults import (
    DiskFull,
    DuplicateTrial,
    LedgerFault,
    LineCorrupt,
    Locked,
    MergeRefused,
    NotAFolder,
    OtherRun,
    PictureLost,
    ReadOnly,
    RunExists,
    RunNotFound,
    RunUnreadable,
    Unrecordable,
    WriteFault,
)
from harness.ledger.files import atomic_write, end_of_lines, make_folder, place, sweep, sync, write_all, writing
from harness.ledger.lines import Intent, Redraw, trial_name
from harness.ledger.lock import Lock
from harness.ledger.merging import Merged, merge
from harness.ledger.naming import run_name
from harness.ledger.reading import (
    find_run,
    history,
    iter_results,
    latest_run,
    possibly_billed,
    read_picture,
    read_run,
    rewrite_record,
    runs,
)
from harness.ledger.tally import Tally
from harness.ledger.writer import Ledger, Recorded

__all__ = [
    "AUDIT_FILE",
    "DiskFull",
    "DuplicateTrial",
    "Intent",
    "Ledger",
    "LedgerFault",
    "LineCorrupt",
    "Lock",
    "Locked",
    "MergeRefused",
    "Merged",
    "NotAFolder",
    "OtherRun",
    "PictureLost",
    "ReadOnly",
    "Recorded",
    "Redraw",
    "RunExists",
    "RunNotFound",
    "RunUnreadable",
    "Tally",
    "Unrecordable",
    "WriteFault",
    "atomic_write",
    "end_of_lines",
    "find_audit",
    "find_run",
    "history",
    "is_audit",
    "iter_results",
    "latest_run",
    "make_folder",
    "merge",
    "place",
    "possibly_billed",
    "read_audit",
    "read_picture",
    "read_run",
    "rewrite_record",
    "run_name",
    "runs",
    "sweep",
    "sync",
    "timestamp",
    "trial_name",
    "write_all",
    "write_audit",
    "writing",
]
