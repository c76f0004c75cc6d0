"""Putting the shards of a run together into one."""

import dataclasses
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.ledger.errors import ImageLostError, MergeRefusedError, RunNotFoundError
from harness.ledger.files import make_folder, writing
from harness.ledger.lines import Intent, trial_digest, trial_name
from harness.ledger.naming import stored_path
from harness.ledger.reading import difference, image_problem, iter_lines, read_run_file
from harness.ledger.writer import Ledger
from harness.records import ImageRef, RunRecord, TrialResult, digest_of


@dataclass(frozen=True, slots=True)
class Merged:
    """The run that came of a merge. ``missing`` are the shards (``2/4``) that were not given: with any, the record is
    not complete. ``doubled`` counts trials found in two folders with the same answer, kept once."""

    folder: Path
    record: RunRecord
    missing: tuple[str, ...]
    doubled: int


def merge(folders: Sequence[Path], into: Path, *, name: str = "") -> Merged:
    """Merge the runs in ``folders`` into a new run in the reports folder ``into``; the parts stay as they are.
    ``name`` names it; empty, a name is made of the time and the suite.

    Images are compared with their digests, and hard-linked where the disk allows it, else copied. Raises
    MergeRefusedError (other suites, arguments or shards; two different results for one trial: both folders are named),
    ImageLostError (one is missing, or not what was recorded), and the faults of reading and writing.
    """
    if not folders:
        raise RunNotFoundError(into, "to merge")
    records = [read_run_file(folder) for folder in folders]
    for folder, record in zip(folders, records, strict=True):
        _check_parts(folders[0], records[0], folder, record)
    missing = _missing_shards(folders, records)
    with Ledger.create(into, dataclasses.replace(_joined(records), run=name)) as ledger:
        try:
            doubled = _take_over(ledger, folders)
        except BaseException:
            ledger.close()
            shutil.rmtree(ledger.folder, ignore_errors=True)
            raise
        complete = not missing and all(record.complete for record in records)
        record = ledger.finish(dataclasses.replace(ledger.record, complete=complete))
    return Merged(ledger.folder, record, missing, doubled)


def _take_over(ledger: Ledger, folders: Sequence[Path]) -> int:
    # Folder number and 8 bytes of what the result says, by trial: enough to find a conflict and name both folders.
    seen: dict[bytes, tuple[int, bytes]] = {}
    doubled = 0
    for index, folder in enumerate(folders):
        opened: dict[bytes, list[Intent]] = {}
        for _, line, result in iter_lines(folder, opened):
            digest, says = trial_digest(result.key, result.attempt), _says(result)
            if digest in seen:
                first, before = seen[digest]
                if before != says:
                    name = trial_name(result.key, result.attempt)
                    raise MergeRefusedError(folders[first], folder, f"they have different results for {name}")
                doubled += 1
                continue
            seen[digest] = (index, says)
            for image in _images(result):
                _link(folder, ledger.folder, image, needed=image is result.image)
            ledger.copy_line(line, result)
        for intents in opened.values():
            for intent in intents:
                ledger.copy_note(intent)
    ledger.sync()
    return doubled


def _says(result: TrialResult) -> bytes:
    """8 bytes that differ when two results disagree; times, costs and machines may differ."""
    image = result.image and result.image.pixel_digest
    outcome = (result.outcome.verdict, result.outcome.status)
    return bytes.fromhex(digest_of([result.recipe.digest, outcome, image, result.answer, result.findings])[:16])


def _images(result: TrialResult) -> Iterator[ImageRef]:
    """Yield the image of a result and its heat map, which is named by its own digest."""
    if result.image is not None:
        yield result.image
    if result.comparison is not None and result.comparison.heat_map is not None:
        file = result.comparison.heat_map
        yield ImageRef(file, PurePosixPath(file).stem, "", 1, 1, "png")


def _link(source: Path, target: Path, image: ImageRef, *, needed: bool) -> None:
    origin, target_file = stored_path(source, image.file), stored_path(target, image.file)
    if problem := image_problem(source, image):
        if needed or (origin is not None and origin.exists()):
            raise ImageLostError(source / image.file, problem)
        return
    assert origin is not None
    assert target_file is not None
    if target_file.exists():
        return
    make_folder(target_file.parent)
    try:
        os.link(origin, target_file)
    except OSError:
        with writing(target_file):
            shutil.copyfile(origin, target_file)


def _check_parts(first: Path, a: RunRecord, folder: Path, b: RunRecord) -> None:
    differs = difference(a, b)
    if differs:
        raise MergeRefusedError(first, folder, "; ".join(differs))
    if _of(a) != _of(b):
        raise MergeRefusedError(first, folder, f"shard {a.shard} there, {b.shard} here")


def _of(record: RunRecord) -> int:
    """Return how many shards there are; 0 for a run that is not one."""
    count = (record.shard or "").partition("/")[2]
    return int(count) if count.isdecimal() else 0


def _missing_shards(folders: Sequence[Path], records: Sequence[RunRecord]) -> tuple[str, ...]:
    given: dict[str, Path] = {}
    for folder, record in zip(folders, records, strict=True):
        if record.shard is None:
            return ()
        if record.shard in given:
            raise MergeRefusedError(given[record.shard], folder, f"both are shard {record.shard}")
        given[record.shard] = folder
    count = _of(records[0])
    return tuple(f"{i}/{count}" for i in range(1, count + 1) if f"{i}/{count}" not in given)


def _joined(records: Sequence[RunRecord]) -> RunRecord:
    planned = [record.planned for record in records]
    return dataclasses.replace(
        records[0],
        started=min(record.started for record in records),
        environment=_joined_environment(records),
        shard=None,
        planned=None if None in planned else sum(number or 0 for number in planned),
        seconds=max(record.seconds for record in records),
        orphans=(),
        stopped=next((record.stopped for record in records if record.stopped), None),
        sets=None,
        notes=tuple(dict.fromkeys(note for record in records for note in record.notes or ())) or None,
        complete=False,
    )


def _joined_environment(records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return what is the same everywhere as it is; where shards differ, the list of what they had."""
    joined: dict[str, Any] = {}
    for name in sorted({name for record in records for name in record.environment}):
        values: list[Any] = []
        for record in records:
            value = record.environment.get(name)
            if value not in values:
                values.append(value)
        joined[name] = values[0] if len(values) == 1 else values
    return joined
