"""Reading a run's folder: its record, its results one at a time, its images."""

import difflib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import warn
from harness.image import file_digest
from harness.ledger.errors import ImageLostError, LedgerError, OtherRunError, RunNotFoundError, RunUnreadableError
from harness.ledger.files import atomic_write
from harness.ledger.foreign import inside, read_regular, refuse_links
from harness.ledger.lines import Intent, LastAttempts, read_results
from harness.ledger.naming import RUN_FILE, TRIALS_FILE, stored_path
from harness.ledger.tally import Tally
from harness.records import (
    ImageRef,
    OtherFormatError,
    RunRecord,
    TrialKey,
    TrialResult,
    document,
    read_document,
    recordable,
    to_json,
)


def read_run_file(folder: Path) -> RunRecord:
    """Return ``run.json`` as stored. Raises RunNotFoundError, RunUnreadableError."""
    path = folder / RUN_FILE
    try:
        with _reading(path):
            return read_document("run", RunRecord, read_regular(path))
    except OtherFormatError as error:
        raise RunUnreadableError(path, f"it {error}", error.hint) from error
    except (ValueError, RecursionError) as error:
        raise RunUnreadableError(path, str(error)) from error


def rewrite_record(folder: Path, record: RunRecord) -> None:
    """Put a record in the place of ``run.json``; of a run that is being written only its writer may. Raises
    WriteError."""
    atomic_write(folder / RUN_FILE, document("run", record))


def read_run(folder: Path) -> RunRecord:
    """Return the record of a run. One that was killed before its totals were written gets them from its trials.

    Raises RunNotFoundError, RunUnreadableError, LineCorruptError, DuplicateTrialError.
    """
    record = read_run_file(folder)
    if record.complete:
        return record
    return tally_of(folder).fill(record)


def tally_of(folder: Path) -> Tally:
    """Return the totals of what a run recorded; raises as :func:`iter_results` does."""
    tally = Tally()
    for result, counts in iter_attempts(folder):
        tally.add(result, counts=counts)
    return tally


def iter_results(folder: Path, only: Callable[[TrialKey], bool] | None = None) -> Iterator[TrialResult]:
    """Return the recorded trials in the order they finished, one in memory at a time; a torn last line is left out.

    ``only`` chooses trials by their keys; the lines of others are not decoded further. Of a test that was executed
    again the last attempt counts; :func:`iter_attempts` has the earlier ones too. Raises RunNotFoundError,
    RunUnreadableError, LineCorruptError, DuplicateTrialError.
    """
    return (result for result, counts in iter_attempts(folder, only) if counts)


def iter_attempts(folder: Path, only: Callable[[TrialKey], bool] | None = None) -> Iterator[tuple[TrialResult, bool]]:
    """Yield every recorded attempt, in the order they finished, and whether it counts as the result of its trial;
    ``only`` and what is raised are those of :func:`iter_results`."""
    last = LastAttempts()
    for _, _, result in iter_lines(folder, last=last, only=only):
        yield result, result in last


def iter_places(folder: Path, only: Callable[[TrialKey], bool] | None = None) -> Iterator[tuple[int, TrialResult]]:
    """Yield the results of :func:`iter_results`, each with the offset of its line, in bytes."""
    last = LastAttempts()
    for begin, _, result in iter_lines(folder, last=last, only=only):
        if result in last:
            yield begin, result


def kept_results(folder: Path, again: Callable[[TrialResult], str] | None = None) -> Counter[TrialKey]:
    """Return how many results of each trial a resumed run keeps: those whose image is there, and those without one that
    ``again`` gives no reason to generate again; none where the run was not begun. Raises as :func:`iter_results`."""
    found: Counter[TrialKey] = Counter()
    if not (folder / RUN_FILE).is_file():
        return found
    for result in iter_results(folder):
        if result.image is None:
            found[result.key] += not (again is not None and again(result))
        else:
            path = stored_path(folder, result.image.file)
            found[result.key] += path is not None and inside(folder, result.image.file) is not None
    return found


def iter_lines(
    folder: Path,
    opened: dict[bytes, list[Intent]] | None = None,
    last: LastAttempts | None = None,
    only: Callable[[TrialKey], bool] | None = None,
) -> Iterator[tuple[int, bytes, TrialResult]]:
    """Yield every attempt with the offset of its line, and the line as written; see
    :func:`harness.ledger.lines.read_results`."""
    with _reading(folder / TRIALS_FILE):
        yield from read_results(folder / TRIALS_FILE, opened=opened, last=last, only=only)


def possibly_billed(folder: Path) -> tuple[Intent, ...]:
    """Return intents without a result (cut off by a kill), and those of withdrawn results that may have cost money."""
    opened: dict[bytes, list[Intent]] = {}
    for _ in iter_lines(folder, opened):
        pass
    return tuple(intent for intents in opened.values() for intent in intents)


def image_problem(folder: Path, image: ImageRef) -> str:
    """Return what is wrong with a stored image (``is missing`` …), or empty."""
    try:
        read_image(folder, image)
    except ImageLostError as fault:
        return fault.problem
    return ""


def read_image(folder: Path, image: ImageRef) -> bytes:
    """Return the bytes of a recorded image, as received and checked against their digest. Raises ImageLostError."""
    path = stored_path(folder, image.file)
    if path is None:
        raise ImageLostError(folder / image.file, "is not a name that a run gives its images")
    try:
        data = read_regular(path)
    except FileNotFoundError:
        raise ImageLostError(path, "is missing") from None
    except OSError as error:
        raise ImageLostError(path, f"cannot be read: {str(error.strerror).lower()}") from error
    if file_digest(data) != image.file_digest:
        raise ImageLostError(path, "is not the image that was recorded")
    return data


def check_same(folder: Path, existing: RunRecord, asked: RunRecord) -> None:
    """Raise OtherRunError when the run in ``folder`` was made of other suites, arguments or shard than are asked
    for."""
    differs = difference(existing, recordable(asked)[0])
    if existing.shard != asked.shard:
        differs = (*differs, f"shard {existing.shard} there, {asked.shard} here")
    if differs:
        raise OtherRunError(folder, differs)


def difference(a: RunRecord, b: RunRecord) -> tuple[str, ...]:
    """In which suites and arguments two runs differ, as sentences; the shard is not looked at."""
    found = []
    if a.suites != b.suites:
        found.append(f"suites {' '.join(a.suites)} there, {' '.join(b.suites)} here")
    one, two = to_json(a.arguments), to_json(b.arguments)
    names = [name for name in sorted((set(one) | set(two)) - {"shard"}) if one.get(name) != two.get(name)]
    found += [f"{name} {_shown(one.get(name))} there, {_shown(two.get(name))} here" for name in names]
    return tuple(found)


def runs(reports: Path) -> list[Path]:
    """Return the folders of runs, oldest first; what holds no readable ``run.json`` is not counted."""
    found = _records(reports, "*", read_run_file)
    return [folder for _, folder in sorted(found, key=lambda one: (one[0].started, one[1].name))]


def recorded_runs(reports: Path, pattern: str = "*") -> Iterator[tuple[Path, RunRecord]]:
    """Return the runs in folders that match ``pattern`` below ``reports``, newest first, without unreadable ones; of
    one that was killed the record has no totals."""
    records = _records(reports, pattern, read_run_file)
    found = sorted(records, key=lambda one: (one[0].started, one[1].parts), reverse=True)
    return ((folder, record) for record, folder in found)


def find_run(reports: Path, name: str, *, fits: Callable[[RunRecord], bool] = lambda _: True) -> Path:
    """Return the folder of a run: ``latest``, its name in ``reports`` (or an unambiguous beginning or part of it), or a
    path. The latest is the latest that ``fits``; warns of the later ones.

    Raises RunNotFoundError, with the names that come close.
    """
    if name == "latest":
        found = sorted(_records(reports, "*", read_run_file), key=lambda one: (one[0].started, one[1].name))
        for later, (record, folder) in enumerate(reversed(found)):
            if fits(record):
                if later:
                    runs = "run" if later == 1 else "runs"
                    why = "not ended yet, or of another kind"
                    warn(
                        f"latest is {folder.name} here: {later} later {runs} left out ({why}); name a run to choose it"
                    )
                return folder
        raise RunNotFoundError(reports, name)
    for folder in (Path(name), Path(name).parent, reports / name):
        if (folder / RUN_FILE).is_file() and (folder != Path(name).parent or Path(name).name == RUN_FILE):
            return folder
    names = [file.parent.name for file in reports.glob(f"*/{RUN_FILE}")]
    part = sorted(known for known in names if name and name in known)
    if len(part) == 1:
        return reports / part[0]
    near = part[:3] or difflib.get_close_matches(name, names, 3, 0.5)
    raise RunNotFoundError(reports, name, tuple(near))


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Return turns an OSError inside the block into the fault of the run that the file belongs to."""
    try:
        refuse_links(file.parent)
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunNotFoundError(file.parent.parent, file.parent.name) from error
    except OSError as error:
        raise RunUnreadableError(file, str(error.strerror).lower()) from error


def _records(reports: Path, pattern: str, read: Callable[[Path], RunRecord]) -> Iterator[tuple[RunRecord, Path]]:
    """Yield the runs that can be read; warns of the others."""
    skipped: list[LedgerError] = []
    for file in reports.glob(f"{pattern}/{RUN_FILE}"):
        try:
            yield read(file.parent), file.parent
        except LedgerError as fault:
            skipped.append(fault)
    if skipped:
        more = f" (and {len(skipped) - 1} more)" if len(skipped) > 1 else ""
        warn(f"skipped a run: {skipped[0]}{more}")


def _shown(value: object) -> str:
    return "not given" if value is None else json.dumps(value, ensure_ascii=False)
