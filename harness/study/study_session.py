"""The Session of a study: what a probe, a calibration, an audit's or a benchmark's arm generates is a run of its own.

The run lies deeper than a run of the suite (``reports/<time>-probe-<suite>/generated``), so that nothing takes it for
one; everything that opens a run opens it by its path.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import UsageError
from harness.generation import (
    Estimate,
    Limits,
    Session,
    Sources,
    billed_notes,
    estimate_images,
    not_recorded,
    open_ledger,
)
from harness.ledger import LedgerError, RunNotFoundError, kept_results, recorded_runs, run_name, timestamp
from harness.records import RunRecord, Trial
from harness.runner import estimate_answers, run_environment
from harness.suite import ProviderSpec
from harness.vocabulary import Stop

GENERATED = "generated"
"""The run of the generations, in the folder of their study."""


def study_record(
    kind: str, suites: Sequence[str], arguments: Mapping[str, Any], planned: int | None = None, run: str = GENERATED
) -> RunRecord:
    """Return the record that a study's run begins with; ``arguments`` must be the same when it is resumed."""
    return RunRecord(
        run=run,
        suites=tuple(suites),
        started=timestamp(),
        version=__version__,
        arguments={"study": kind, **arguments},
        environment=run_environment(),
        planned=planned,
    )


def begun(folder: Path) -> Path | None:
    """Return the folder of an arm's run where it was begun: a kill may have left one arm that never was."""
    return folder if (folder / "run.json").is_file() else None


def estimate_left(
    providers: Mapping[str, ProviderSpec],
    trials: Iterable[Trial],
    recorded: Path | None,
    *,
    free: bool = False,
    checks: bool = False,
) -> list[Estimate]:
    """Return what each provider generates of the trials, less what the run in the folder ``recorded`` has (None:
    none); with ``checks`` also what their viewers answer."""
    left = list(not_recorded(trials, {} if recorded is None else kept_results(recorded)))
    rows = estimate_images(providers, ((trial.recipe, 1) for trial in left), free=free)
    asked = ((check, 1) for trial in left for check in trial.checks) if checks else ()
    return [*rows, *estimate_answers(asked, free=free)]


def open_study(
    record: RunRecord, reports: Path, sources: Sources, limits: Limits, resume: Path | None = None
) -> Session:
    """Return the Session of a probe or a calibration. Raises OtherRunError, LockedError and what opening a provider
    raises.
    """
    stem, *more = record.suites
    folder = reports / run_name([f"{record.arguments['study']}-{Path(stem).stem}", *more])
    return Session.open(sources, record, folder, limits=limits, resume=resume)


def unfinished_study(reports: Path, kind: str, name: str, suites: Sequence[Path], place: str = GENERATED) -> Path:
    """Return the run to go on with: that of the named study, or for ``latest`` the newest unfinished one of these
    suites. ``place`` is where a study has its runs.

    Raises UsageError when there is none, RunNotFoundError for an unknown name.
    """
    if name != "latest":
        for folder in (*Path(name).glob(place), *(reports / name).glob(place), Path(name)):
            if begun(folder):
                return folder
        raise RunNotFoundError(reports, name)
    for folder, _ in _unfinished(reports, kind, suites, place):
        return folder
    raise UsageError(
        f"no unfinished {kind} of {' '.join(map(str, suites))} in {reports}", "leave out --resume to begin a new one"
    )


def cut_off(reports: Path, kind: str, suites: Sequence[Path]) -> tuple[str, ...]:
    """Return what calls earlier studies of this kind over these suites made and got no answer to because they were
    killed.

    Reported once: their runs are then marked as interrupted. A study that is still generating is left alone.
    """
    found: list[str] = []
    for folder, record in _unfinished(reports, kind, suites):
        if record.stopped is not None:
            continue
        try:
            with open_ledger(record, reports, resume=folder) as ledger:
                notes = billed_notes(ledger.possibly_billed)
                ledger.finish(replace(ledger.record, stopped=Stop.INTERRUPTED, notes=notes or None))
        except LedgerError:
            # it is being written, or it cannot be
            continue
        found += (f"{folder.parent}: {note}" for note in notes)
    return tuple(found)


def _unfinished(
    reports: Path, kind: str, suites: Sequence[Path], place: str = GENERATED
) -> Iterator[tuple[Path, RunRecord]]:
    """Return the unfinished runs of a kind of study over these suites, the newest first."""
    named = tuple(map(str, suites))
    for folder, record in recorded_runs(reports, f"*-{kind}-*/{place}"):
        if record.suites == named and record.arguments.get("study") == kind and not record.complete:
            yield folder, record
