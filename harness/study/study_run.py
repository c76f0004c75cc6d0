"""What a probe or a calibration generates, recorded as a run of its own: an intent before each call that may cost
money, each image and fault as it comes.

The run lies one folder deeper (``reports/<time>-calibrate-<suite>/generated``), so that it is never taken for a run of
the suite; everything that opens a run opens it by its path.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from harness import __version__
from harness.baseline import Accepted, Ignore
from harness.errors import UsageError
from harness.generation import Failed, Generated
from harness.ledger import (
    Ledger,
    LedgerError,
    RunNotFoundError,
    iter_results,
    possibly_billed,
    read_run,
    run_name,
    timestamp,
)
from harness.records import Policy, Rule, RunRecord, Trial, TrialKey, TrialResult
from harness.runner import Examiner, RunOptions, run_environment
from harness.runner.billing import billed_notes

GENERATED = "generated"
"""The run of the generations, in the folder of their study."""


class Unjudged:
    """In the place of baselines, where images are compared with nothing that was accepted; ``why`` says so."""

    def __init__(self, why: str) -> None:
        self.why = why

    def find(self, key: TrialKey, profile: Mapping[str, Any] | None = None, *, verify: bool = True) -> tuple[()]:  # noqa: ARG002
        """None is looked for."""
        return ()

    def load(self, accepted: Accepted, key: TrialKey | None = None) -> NoReturn:  # noqa: ARG002
        """Never asked, as none is found."""
        raise LookupError

    def path(self, accepted: Accepted) -> NoReturn:  # noqa: ARG002
        """Never asked, as none is found."""
        raise LookupError

    def why_missing(self, key: TrialKey, profile: Mapping[str, Any] | None = None) -> str:  # noqa: ARG002
        """Why."""
        return self.why

    def ignored(self, key: TrialKey, today: date) -> Ignore | None:  # noqa: ARG002
        """Nothing is ignored."""
        return None


class StudyRun:
    """The generations of one study (``kind``: ``probe`` or ``calibrate``) of the suites in ``options``.

    Use as a context manager. The folder is made by :meth:`begin`, once it is known that generation can begin; with
    ``options.resume`` the run there is taken up at once. ``arguments`` are those that another part of the same study
    must have too. Raises OtherRunError, LockedError and what else the ledger raises.
    """

    def __init__(
        self, kind: str, options: RunOptions, arguments: Mapping[str, Any], planned: int | None = None
    ) -> None:
        self.kind, self._options = kind, options
        self._record = RunRecord(
            run=GENERATED,
            suites=options.recorded_suites,
            started=timestamp(),
            version=__version__,
            arguments=options.recorded() | {"study": kind, **arguments},
            environment=run_environment(),
            baselines=options.recorded_baselines,
            planned=planned,
        )
        self._stack = ExitStack()
        self._guard = threading.Lock()
        self._ledger: Ledger | None = None
        if options.resume is not None:
            self._ledger = self._stack.enter_context(Ledger.resume(options.resume, expect=self._record))
            self._examiner = self._examiner_of(self._ledger)

    @property
    def ledger(self) -> Ledger:
        """The ledger, begun now where it was not."""
        with self._guard:
            if self._ledger is None:
                stem, *more = self._record.suites
                folder = self._options.reports / run_name([f"{self.kind}-{Path(stem).stem}", *more])
                self._ledger = self._stack.enter_context(Ledger.create(folder, self._record))
                self._examiner = self._examiner_of(self._ledger)
            return self._ledger

    @property
    def folder(self) -> Path | None:
        """Where the run lies, None before it was begun."""
        return None if self._ledger is None else self._ledger.folder

    def begin(self) -> None:
        """Make the folder, if there is none yet. Raises WriteError."""
        _ = self.ledger

    def earlier(self) -> Iterator[TrialResult]:
        """What an earlier part of the study recorded."""
        return iter(()) if self._ledger is None else iter_results(self._ledger.folder)

    def has(self, trial: Trial) -> bool:
        """Whether a trial and repeat is recorded."""
        return self._ledger is not None and (trial.key, trial.repeat) in self._ledger.recorded

    def sending(self, trial: Trial, price: float | None) -> None:
        """Say that a call for a trial, of this price in US dollars (None: unknown), is about to be made; from any
        thread. Nothing is said of what is free."""
        if price != 0:
            self.ledger.intent(trial.key, trial.repeat, trial.recipe.digest, price)

    def record(self, generation: Generated | Failed) -> TrialResult:
        """Record what came of one trial; on return it is on the disk."""
        ledger = self.ledger
        # nothing is judged: neither by a rule nor by checks, which would only take time
        policy = Policy(drift=Rule("limits"), timeout=generation.trial.policy.timeout)
        trial = replace(generation.trial, policy=policy, checks=())
        result = self._examiner.examine(replace(generation, trial=trial))
        ledger.append(result)
        return result

    def finish(self, stopped: str | None = None) -> tuple[str, ...]:
        """Write the totals; returns what is to be reported of calls that nobody has the image of."""
        if self._ledger is None:
            return ()
        notes = billed_notes(possibly_billed(self._ledger.folder))
        record = replace(self._ledger.record, complete=stopped is None, stopped=stopped, notes=notes or None)
        self._ledger.finish(record)
        return notes

    def _examiner_of(self, ledger: Ledger) -> Examiner:
        return Examiner(ledger, Unjudged(f"generated by harness {self.kind}: compared with nothing"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def unfinished_study(reports: Path, kind: str, name: str, suites: Sequence[Path]) -> Path:
    """The folder of the generations to go on with: those of the named study, or for ``latest`` the newest unfinished
    ones of these suites. Raises UsageError when there are none, RunNotFoundError for an unknown name."""
    if name != "latest":
        for folder in (Path(name) / GENERATED, reports / name / GENERATED, Path(name)):
            if (folder / "run.json").is_file():
                return folder
        raise RunNotFoundError(reports, name)
    for folder, _ in _unfinished(reports, kind, suites):
        return folder
    raise UsageError(
        f"no unfinished {kind} of {' '.join(map(str, suites))} in {reports}", "leave out --resume to begin a new one"
    )


def cut_off(reports: Path, kind: str, suites: Sequence[Path]) -> tuple[str, ...]:
    """What calls earlier studies of this kind over these suites made and got no answer to because they were killed.

    Reported once: their runs are then marked as interrupted. A study that is still generation is left alone.
    """
    reported: list[str] = []
    for folder, record in _unfinished(reports, kind, suites):
        if record.stopped is not None:
            continue
        try:
            with Ledger.resume(folder) as ledger:
                notes = billed_notes(ledger.possibly_billed)
                ledger.finish(replace(ledger.record, stopped="interrupted", notes=notes or None))
        except LedgerError:
            # it is being written, or it cannot be
            continue
        reported += (f"{folder.parent}: {note}" for note in notes)
    return tuple(reported)


def _unfinished(reports: Path, kind: str, suites: Sequence[Path]) -> Iterator[tuple[Path, RunRecord]]:
    """The unfinished generations of a kind of study over these suites, the newest first."""
    named = tuple(map(str, suites))
    for file in sorted(reports.glob(f"*-{kind}-*/{GENERATED}/run.json"), reverse=True):
        try:
            record = read_run(file.parent)
        except LedgerError:
            continue
        if record.suites == named and record.arguments.get("study") == kind and not record.complete:
            yield file.parent, record
