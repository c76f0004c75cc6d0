"""A run's files: append, read, resume, merge, history.

``reports/<run>/``: ``run.json``, ``trials.jsonl`` (append-only, one line a trial, each on the disk before
:meth:`Ledger.append` returns), ``images/<sha256>.<ext>`` (bytes as received) and ``heat_maps/``.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy
from harness.ledger.reservations import is_reserved, reservations, reserve

if TYPE_CHECKING:
    from harness.ledger.audits import AUDIT_FILE, find_audit, read_audit, write_audit
    from harness.ledger.clock import timestamp
    from harness.ledger.content import store_heat_map
    from harness.ledger.errors import (
        DiskFullError,
        DuplicateTrialError,
        ImageLostError,
        LedgerError,
        LineCorruptError,
        LockedError,
        MergeRefusedError,
        NotAFolderError,
        OtherRunError,
        ReadOnlyError,
        RunExistsError,
        RunNotFoundError,
        RunUnreadableError,
        TrialNotFoundError,
        WriteError,
    )
    from harness.ledger.files import (
        atomic_write,
        atomic_write_all,
        end_of_lines,
        in_pieces,
        make_folder,
        place,
        sweep,
        sync,
        write_all,
        writing,
    )
    from harness.ledger.foreign import inside, open_regular, read_regular, refuse_links
    from harness.ledger.lines import Intent, Rerun, trial_name
    from harness.ledger.lock import Lock
    from harness.ledger.merging import Merged, merge
    from harness.ledger.naming import PAGE_FILE, run_name, stored_path
    from harness.ledger.reading import (
        find_run,
        image_problem,
        iter_attempts,
        iter_places,
        iter_results,
        kept_results,
        possibly_billed,
        read_image,
        read_run,
        recorded_runs,
        rewrite_record,
        runs,
    )
    from harness.ledger.spend import ProviderSpend, keep_spending, month_of, spending
    from harness.ledger.stored_results import StoredResults
    from harness.ledger.tally import Tally
    from harness.ledger.trial import find_trial
    from harness.ledger.writer import Ledger, Recorded

_HOMES = {
    "audits": ("AUDIT_FILE", "find_audit", "read_audit", "write_audit"),
    "clock": ("timestamp",),
    "content": ("store_heat_map",),
    "errors": (
        "DiskFullError", "DuplicateTrialError", "ImageLostError", "LedgerError", "LineCorruptError", "LockedError",
        "MergeRefusedError", "NotAFolderError", "OtherRunError", "ReadOnlyError", "RunExistsError", "RunNotFoundError",
        "RunUnreadableError", "TrialNotFoundError", "WriteError",
    ),
    "files": (
        "atomic_write", "atomic_write_all", "end_of_lines", "in_pieces", "make_folder", "place", "sweep", "sync",
        "write_all", "writing",
    ),
    "foreign": ("inside", "open_regular", "read_regular", "refuse_links"),
    "lines": ("Intent", "Rerun", "trial_name"),
    "lock": ("Lock",),
    "merging": ("Merged", "merge"),
    "naming": ("PAGE_FILE", "run_name", "stored_path"),
    "reading": (
        "find_run", "image_problem", "iter_attempts", "iter_places", "iter_results", "kept_results",
        "possibly_billed", "read_image", "read_run", "recorded_runs", "rewrite_record", "runs",
    ),
    "spend": ("ProviderSpend", "keep_spending", "month_of", "spending"),
    "stored_results": ("StoredResults",),
    "tally": ("Tally",),
    "trial": ("find_trial",),
    "writer": ("Ledger", "Recorded"),
}  # fmt: skip

__all__ = [
    "AUDIT_FILE",
    "PAGE_FILE",
    "DiskFullError",
    "DuplicateTrialError",
    "ImageLostError",
    "Intent",
    "Ledger",
    "LedgerError",
    "LineCorruptError",
    "Lock",
    "LockedError",
    "MergeRefusedError",
    "Merged",
    "NotAFolderError",
    "OtherRunError",
    "ProviderSpend",
    "ReadOnlyError",
    "Recorded",
    "Rerun",
    "RunExistsError",
    "RunNotFoundError",
    "RunUnreadableError",
    "StoredResults",
    "Tally",
    "TrialNotFoundError",
    "WriteError",
    "atomic_write",
    "atomic_write_all",
    "end_of_lines",
    "find_audit",
    "find_run",
    "find_trial",
    "image_problem",
    "in_pieces",
    "inside",
    "is_reserved",
    "iter_attempts",
    "iter_places",
    "iter_results",
    "keep_spending",
    "kept_results",
    "make_folder",
    "merge",
    "month_of",
    "open_regular",
    "place",
    "possibly_billed",
    "read_audit",
    "read_image",
    "read_regular",
    "read_run",
    "recorded_runs",
    "refuse_links",
    "reservations",
    "reserve",
    "rewrite_record",
    "run_name",
    "runs",
    "spending",
    "store_heat_map",
    "stored_path",
    "sweep",
    "sync",
    "timestamp",
    "trial_name",
    "write_all",
    "write_audit",
    "writing",
]

__getattr__ = lazy(__name__, _HOMES)
