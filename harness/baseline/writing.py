"""Writing a changed manifest and its images, so that a kill or a full disk leaves a state that can be read.

The order: (1) the id of the decision in ``log.jsonl.pending``; (2) what is replaced is kept; (3) new images beside
their places, as ``NAME.pending``; (4) the lines of the log; (5) the manifest, by rename: from here on the change holds;
(6) the images into their places; (7) images no longer named are deleted; (8) the id is deleted.
A reader takes a pending image for one in place when its digest is the manifest's. The next writer settles what a kill
left, and a writer that fails settles it itself: pending images that the manifest names go into place, others are
deleted; of the pending decision those lines stay whose trial is in the manifest as they say. Where no id is pending,
nothing was left, so that only a writer behind a kill looks through all folders.
"""

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from harness.baseline.errors import WritesRefusedError
from harness.baseline.kept import forget, keep, trim
from harness.baseline.log import Decision, drop_lines, unfinished, write_log
from harness.baseline.manifest import Manifest
from harness.baseline.names import LOG, MANIFEST, PENDING
from harness.baseline.store import Baselines
from harness.errors import HarnessError
from harness.image import file_digest
from harness.ledger import Lock, make_folder, place, sweep, sync, writing
from harness.records import TrialKey

T = TypeVar("T")
WRITERS = 8
"""Files that are written at a time."""
LOCK_SECONDS = 10.0
"""How long a writer waits for another one."""


def in_ci(env: Mapping[str, str] | None = None) -> bool:
    """Return whether the environment variable ``CI`` is set to something that means yes."""
    value = (os.environ if env is None else env).get("CI", "")
    return value.strip().lower() not in ("", "0", "false", "no", "off")


def refuse_in_ci(env: Mapping[str, str] | None = None) -> None:
    """Raise WritesRefusedError in continuous integration."""
    if in_ci(env):
        raise WritesRefusedError


@contextlib.contextmanager
def changing(baselines: Baselines, suite: str) -> Iterator[Manifest]:
    """Hold the lock of a suite and yield its manifest as it is now, after cleaning up what a kill left.

    Raises WritesRefusedError, LockedError, WriteError and ManifestError. A folder that was made for nothing is removed
    again.
    """
    refuse_in_ci()
    folder = baselines.folder(suite)
    make_folder(folder)
    try:
        with Lock(folder, wait=LOCK_SECONDS):
            manifest = baselines.read_again(suite)
            _settle(baselines.root, folder, manifest)
            yield manifest
    finally:
        baselines.clear_cache()
        _remove_empty(folder, baselines.root)


def commit(
    baselines: Baselines,
    old: Manifest,
    new: Manifest,
    images: Mapping[str, Callable[[], bytes]],
    decisions: Sequence[Decision],
) -> None:
    """Make ``new`` the manifest; the same object as ``old`` means that only the log is written.

    ``images`` are the files to write (relative to the baselines folder) and what reads their bytes; ``decisions`` are
    the lines of the log, one for each trial that changes, all of one decision. Called inside :func:`changing`. Raises
    WriteError and what the readers raise; then nothing is changed.
    """
    root, folder = baselines.root, baselines.folder(new.suite)

    def keys() -> Iterator[TrialKey]:
        return (line.key(new.suite) for line in decisions)

    def lines() -> Iterator[Decision]:
        for line in decisions:
            own = [line.key(new.suite)]
            yield replace(line, before=old.part(own).digest, after=new.part(own).digest)

    if new is old:
        write_log(folder / LOG, lines())
        return
    before = {file: digest for _, file, digest in old.files(keys())}
    there = {file: digest for _, file, digest in new.files(keys()) if file in before}
    replaced = {digest: file for file, digest in before.items() if there.get(file) != digest}
    removed = [file for file in before if file not in there]
    try:
        place(_mark(folder), (decision := decisions[0].id).encode(), durable=True)
        kept = keep(folder, decision, old.part(keys()), root, replaced)
        for own in dict.fromkeys(file.rpartition("/")[0] for file in images):
            make_folder(root / own)
        at_once(lambda file: place(_pending(root / file), images[file](), durable=True), images)
        write_log(folder / LOG, lines())
        new.write(old)
    except BaseException:
        with contextlib.suppress(HarnessError, OSError):
            _settle(root, folder, Manifest.load(folder / MANIFEST, new.suite))
        raise
    _finish(root, folder, images, removed)
    trim(folder, kept)


def _settle(root: Path, folder: Path, manifest: Manifest) -> None:
    """Complete the decision that was begun, if one was, by what the manifest says. Raises WriteError."""
    sweep(folder)
    begun = unfinished(folder)
    if begun is None:
        return
    named = {root / file: digest for _, file, digest in manifest.files()}
    complete: list[str] = []
    for path in [path for path in folder.rglob(f"*{PENDING}") if path != _mark(folder)]:
        target = path.with_name(path.name.removesuffix(PENDING))
        with writing(path):
            if named.get(target) == file_digest(path.read_bytes()):
                complete.append(target.relative_to(root).as_posix())
            else:
                _delete(path, root)
    void = begun.void(manifest)
    if void:
        drop_lines(folder / LOG, void)
    if len(void) == len(begun.lines):
        forget(folder, begun.id)
    for own in (path for path in folder.iterdir() if path.is_dir()):
        sweep(own)
    _finish(root, folder, complete, [file for file in begun.files(manifest.suite) if root / file not in named])


def _finish(root: Path, folder: Path, complete: Collection[str], removed: Iterable[str]) -> None:
    """Put pending images into place, delete those that were replaced, and the id of the decision. Raises WriteError."""
    for file in complete:
        with writing(root / file):
            _into_place(root / file)
    # on the disk before the id is deleted: until then the next writer does the same again
    at_once(lambda own: _synced(root / own), dict.fromkeys(file.rpartition("/")[0] for file in complete))
    for file in removed:
        _delete(root / file, root)
    _delete(_mark(folder), root)


def _into_place(path: Path) -> None:
    _pending(path).replace(path)


def _mark(folder: Path) -> Path:
    """Return the file that holds the id of the decision that is being written."""
    return folder / f"{LOG}{PENDING}"


def _synced(folder: Path) -> None:
    with writing(folder):
        sync(folder)


def _pending(path: Path) -> Path:
    return path.with_name(path.name + PENDING)


def at_once(act: Callable[[T], object], items: Iterable[T]) -> None:
    """Do the same to all, several at a time: most of it is waiting for the disk. Raises what the first raises, when
    the threads have ended; each ends at its first fault."""
    every = list(items)

    def share(first: int) -> None:
        for item in every[first::WRITERS]:
            act(item)

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(share, first) for first in range(min(WRITERS, len(every)))]:
            done.result()


def _delete(path: Path, root: Path) -> None:
    with writing(path):
        path.unlink(missing_ok=True)
    _remove_empty(path.parent, root)


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder that holds nothing, and those above it; never the baselines folder itself."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
