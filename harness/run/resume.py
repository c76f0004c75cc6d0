"""Finding the run that a call wants to go on with."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import UsageFault
from harness.ledger import find_run, read_run, runs


def unfinished(reports: Path, name: str, suites: Sequence[Path]) -> Path:
    """The folder of the run to resume: the named one, or for ``latest`` the newest unfinished run of these suites.

    Raises UsageFault when no run of these suites is unfinished, RunNotFound for an unknown name.
    """
    if name != "latest":
        return find_run(reports, name)
    wanted = tuple(map(str, suites))
    for folder in reversed(runs(reports)):
        record = read_run(folder)
        if not record.complete and record.suites == wanted:
            return folder
    raise UsageFault(
        f"no unfinished run of {' '.join(wanted)} in {reports}",
        "leave out --resume to begin a new one",
    )
