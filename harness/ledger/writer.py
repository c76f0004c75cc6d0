"""The one writer of a run's folder."""

import contextlib
import dataclasses
import os
import threading
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from harness.errors import UsageError
from harness.image import file_digest
from harness.ledger.clock import timestamp
from harness.ledger.content import store, store_heat_map
from harness.ledger.errors import DuplicateTrialError, ImageLostError, RunExistsError
from harness.ledger.files import end_of_lines, make_folder, sweep, sync, write_all, writing
from harness.ledger.foreign import open_regular
from harness.ledger.lines import (
    Answered,
    Intent,
    Judged,
    Note,
    Rerun,
    Resumed,
    encode,
    read_results,
    trial_digest,
    trial_name,
)
from harness.ledger.lock import Lock
from harness.ledger.naming import HEAT_MAPS, IMAGES, TRIALS_FILE, is_safe_name, run_name
from harness.ledger.reading import check_same, image_problem, possibly_billed, read_run_file, rewrite_record, tally_of
from harness.ledger.tally import Tally
from harness.records import Attempt, AttemptKind, RunRecord, TrialKey, TrialResult, recordable
from harness.vocabulary import Source


class Recorded(Container[tuple[TrialKey, Attempt]]):
    """The (key, attempt) pairs that the ledger holds, 16 bytes each."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, key: TrialKey, attempt: Attempt) -> None:
        """Remember one."""
        self._digests.add(trial_digest(key, attempt))

    def __contains__(self, trial: object) -> bool:
        match trial:
            case (TrialKey() as key, Attempt() as attempt):
                return trial_digest(key, attempt) in self._digests
        return False

    def __len__(self) -> int:
        return len(self._digests)


class Ledger:
    """A run's folder, open for writing; made by :meth:`create` or :meth:`resume`, ended by :meth:`close`.

    May be used from several threads: threads that record at the same time share one wait for the disk. Every method
    that writes raises a WriteError (DiskFullError, ReadOnlyError …) when it cannot, and then the file ends where it
    ended before.

    ``durable`` may be set to False for a run that can be made again at no cost: nothing waits for the disk, and a kill
    of the process still leaves whole lines. ``rerun_count`` are the trials that were withdrawn on resuming (their
    images were lost, or it was asked for), ``possibly_billed`` the intents of earlier sessions that no result answers.
    """

    def __init__(self, folder: Path, record: RunRecord, lock: Lock) -> None:
        self.folder = folder
        self.record = record
        self.durable = True
        self.recorded = Recorded()
        self.tally = Tally()
        self.rerun_count: tuple[Rerun, ...] = ()
        self.possibly_billed: tuple[Intent, ...] = ()
        self._answers: dict[str, Answered] = {}
        self._lock = lock
        self._path = folder / TRIALS_FILE
        self._write_guard = threading.Lock()
        self._sync_guard = threading.Lock()
        self._fd = -1
        self._end = 0
        self._synced = 0
        self._again = False

    @classmethod
    def create(cls, reports: Path, record: RunRecord) -> Self:
        """Make ``reports/<run>/`` with its ``run.json`` and an empty ``trials.jsonl``.

        ``record.run`` names the folder; empty, a name is made of the time and the suite. Raises RunExistsError,
        WriteError.
        """
        folder = _new_folder(reports, record)
        record = dataclasses.replace(record, run=folder.name, complete=False)
        ledger = cls(folder, record, Lock(folder))
        try:
            ledger._open()
            with writing(folder):
                sync(folder)
                sync(reports)
            # Last: a folder without run.json is not yet a run.
            rewrite_record(folder, record)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def resume(
        cls, folder: Path, *, expect: RunRecord | None = None, again: Callable[[TrialResult], str] | None = None
    ) -> Self:
        """Resume a run: a torn last line is cut off, trials whose images are lost are withdrawn.

        ``expect`` is the record the call would start with: other suites, arguments or shard raise OtherRunError.
        ``again`` says why a result without an image is withdrawn too, or is empty. Also raises RunNotFoundError,
        RunUnreadableError, LineCorruptError, DuplicateTrialError, LockedError and WriteError.
        """
        record = read_run_file(folder)
        if expect is not None:
            check_same(folder, record, expect)
        ledger = cls(folder, dataclasses.replace(record, complete=False, stopped=None), Lock(folder))
        try:
            ledger._take_up(again)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def append(self, result: TrialResult) -> TrialResult:
        """Record one finished trial; on return it is on the disk. Returns it as recorded: what has no form in JSON
        (NaN and the like) is replaced, with a note.

        Raises DuplicateTrialError, ImageLostError when its image was not stored first.
        """
        name = trial_name(result.key, result.attempt)
        if result.image is not None and not (self.folder / result.image.file).is_file():
            raise ImageLostError(self.folder / result.image.file, f"was not stored before {name} was recorded")
        result = noted(result)
        line = encode(result)
        with self._write_guard:
            if (result.key, result.attempt) in self.recorded:
                raise DuplicateTrialError(self._path, name)
            end = self._write(line)
            self._count(result)
        self._sync(end)
        return result

    def judge(self, before: TrialResult, after: TrialResult) -> TrialResult:
        """Replace ``before``, a recorded result of the same trial, by ``after``; on return it is on the disk.
        Returns it as recorded."""
        return self.judge_all([(before, after)])[0]

    def judge_all(self, changes: Iterable[tuple[TrialResult, TrialResult]]) -> list[TrialResult]:
        """Judge several: they share one wait for the disk."""
        recorded = []
        for before, after in changes:
            trial = after.key, after.attempt
            if trial not in self.recorded or (before.key, before.attempt) != trial:
                raise ValueError(f"{trial_name(*trial)} is not the trial that was recorded")
            recorded.append(noted(after))
            line = encode(Judged(recorded[-1]))
            with self._write_guard:
                self._write(line)
                self.tally.add(before, -1)
                self.tally.add(recorded[-1])
        self.sync()
        return recorded

    def intent(self, key: TrialKey, attempt: Attempt, recipe: str, estimate: float | None = None) -> None:
        """Say, before a call that may cost money, that it is about to be made. ``recipe`` is the recipe's digest."""
        self._note(Intent(key, attempt, recipe, estimate, timestamp(timespec="milliseconds")))

    def keep_answer(self, recipe: str, answer: str, environment: Mapping[str, Any]) -> None:
        """Record what was answered to a question; on return it is on the disk. ``recipe`` is the question's digest."""
        self._note(Answered(recipe, answer, recordable(environment)[0]))

    def answer(self, recipe: str) -> Answered | None:
        """Return what an earlier part of the run was answered to a question; None where it did not ask it."""
        return self._answers.get(recipe)

    def store_image(self, data: bytes, extension: str, *, durable: bool = True, digest: str = "") -> str:
        """Keep the bytes as received; returns ``images/<sha256>.<ext>``, once for equal bytes, on the disk.

        ``durable=False``: no wait for the disk, for a copy of a stored file. ``digest`` is that of the bytes,
        where it is known.
        """
        return store(
            self.folder, IMAGES, data, extension, digest or file_digest(data), durable=durable and self.durable
        )

    def store_heat_map(self, data: bytes) -> str:
        """Keep a heat map; see :func:`store_heat_map`."""
        return store_heat_map(self.folder, data)

    def finish(self, record: RunRecord) -> RunRecord:
        """Write ``run.json`` with the totals of what is recorded; returns that record. The ledger stays open."""
        if self._again:
            # only the file says which attempts were the last
            self.tally = tally_of(self.folder)
        self.record = self.tally.fill(dataclasses.replace(record, run=self.folder.name))
        rewrite_record(self.folder, self.record)
        return self.record

    def close(self) -> None:
        """Release the folder; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def copy_line(self, line: bytes, result: TrialResult) -> None:
        """Copy a line of another ledger unchanged, without waiting for the disk: for merging."""
        with self._write_guard:
            self._write(line)
            self._count(result)

    def copy_note(self, note: Note) -> None:
        """Copy a note, without waiting for the disk."""
        with self._write_guard:
            self._write(encode(note))

    def sync(self) -> None:
        """Wait until every line is on the disk."""
        self._sync(self._end)

    def _open(self) -> None:
        with writing(self._path):
            self._fd = open_regular(self._path, os.O_RDWR | os.O_CREAT)
            self._end = self._synced = os.lseek(self._fd, 0, os.SEEK_END)

    def _take_up(self, again: Callable[[TrialResult], str] | None) -> None:
        for folder in (self.folder, self.folder / IMAGES, self.folder / HEAT_MAPS):
            sweep(folder)
        self._open()
        self._cut_torn_line()
        opened: dict[bytes, list[Intent]] = {}
        rerun_count: list[Rerun] = []
        for _, _, result in read_results(self._path, opened=opened, answers=self._answers):
            if result.image is not None:
                why = image_problem(self.folder, result.image)
            else:
                why = "" if again is None else again(result)
            if why:
                billed = result.possibly_billed or (result.source == Source.GENERATED and result.cost != 0)
                rerun_count.append(Rerun(result.key, result.attempt, why, billed or None))
                continue
            self._count(result)
        for note in rerun_count:
            self._note(note)
        self._note(Resumed(timestamp(timespec="milliseconds")))
        self.rerun_count = tuple(rerun_count)
        if any(note.billed for note in rerun_count):
            self.possibly_billed = possibly_billed(self.folder)
        else:
            self.possibly_billed = tuple(intent for intents in opened.values() for intent in intents)
        self.finish(self.record)

    def _count(self, result: TrialResult) -> None:
        self.recorded.add(result.key, result.attempt)
        self.tally.add(result)
        self._again |= result.attempt.kind is AttemptKind.RERUN

    def _cut_torn_line(self) -> None:
        with writing(self._path):
            end = end_of_lines(self._fd)
            if end != self._end:
                os.ftruncate(self._fd, end)
        self._end = self._synced = end

    def _note(self, note: Note) -> None:
        line = encode(note)
        with self._write_guard:
            end = self._write(line)
        self._sync(end)

    def _write(self, line: bytes) -> int:
        """Write a line at the end; what a failed write left of it is cut off again. Returns the new end."""
        with writing(self._path):
            try:
                os.lseek(self._fd, self._end, os.SEEK_SET)
                write_all(self._fd, line)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._fd, self._end)
                raise
        self._end += len(line)
        return self._end

    def _sync(self, end: int) -> None:
        """Wait until the file is on the disk up to ``end``: one wait serves all who wrote before it began."""
        with self._sync_guard:
            if self._synced >= end or not self.durable:
                return
            upto = self._end
            with writing(self._path):
                os.fsync(self._fd)
            self._synced = upto


def noted(result: TrialResult) -> TrialResult:
    """Return the result as it can be recorded, with a note on each thing that had to be changed."""
    clean, notes = recordable(result)
    return dataclasses.replace(clean, notes=(*(clean.notes or ()), *notes)) if notes else clean


def _new_folder(reports: Path, record: RunRecord) -> Path:
    if record.run and not is_safe_name(record.run):
        raise UsageError(f"a run cannot be named '{record.run}'", "use letters, digits, '.', '-' and '_'")
    make_folder(reports)
    while True:
        folder = reports / (record.run or run_name(record.suites))
        with writing(folder):
            try:
                folder.mkdir()
            except FileExistsError:
                if record.run:
                    raise RunExistsError(folder) from None
                continue
            (folder / IMAGES).mkdir()
        return folder
