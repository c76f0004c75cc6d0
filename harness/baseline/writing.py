"""Writing a changed manifest and its images, so that a kill or a full disk leaves a state that can be read.

The order: (1) the id of the decision in ``log.jsonl.pending``; (2) what is replaced is kept; (3) new images beside
their places, as ``NAME.pending``; (4) the lines of the log; (5) the manifest, by rename: from here on the change holds;
(6) the images into their places; (7) images no longer named are deleted; (8) the id is deleted.
A reader takes a pending image for one in place when its digest is the manifest's. The next writer settles what a kill
left, and a writer that fails settles it itself: pending images that the manifest names go into place, others are
deleted; of the pending decision those lines stay whose trial is in the manifest as they say.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
            manifest = Manifest.load(folder / MANIFEST, suite)
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
    decisions: Sequence[tuple[TrialKey, Decision]],
) -> None:
    """Make ``new`` the manifest; the same object as ``old`` means that only the log is written.

    ``images`` are the files to write (relative to the baselines folder) and what reads their bytes; ``decisions`` are
    the trials that change, with the lines of the log, all of one decision. Called inside :func:`changing`. Raises
    WriteError and what the readers raise; then nothing is changed.
    """
    root, folder = baselines.root, baselines.folder(new.suite)
    lines = [replace(line, before=old.part([key]).digest, after=new.part([key]).digest) for key, line in decisions]
    if new is old:
        write_log(folder / LOG, lines)
        return
    keys = [key for key, _ in decisions]
    there = {file: digest for _, file, digest in new.files(keys)}
    replaced = {digest: root / file for _, file, digest in old.files(keys) if there.get(file) != digest}
    try:
        place(folder / f"{LOG}{PENDING}", lines[0].id.encode(), durable=True)
        kept = keep(folder, lines[0].id, old.part(keys), replaced)
        for folder_ in dict.fromkeys((root / file).parent for file in images):
            make_folder(folder_)
        at_once(lambda one: place(_pending(root / one[0]), one[1](), durable=True), images.items())
        write_log(folder / LOG, lines)
        new.write(old)
    except BaseException:
        with contextlib.suppress(HarnessError, OSError):
            _settle(root, folder, Manifest.load(folder / MANIFEST, new.suite))
        raise
    _settle(root, folder, new)
    trim(folder, kept)


def _settle(root: Path, folder: Path, manifest: Manifest) -> None:
    """Complete what was begun: the pending decision and images, by what the manifest says. Raises WriteError."""
    mark = folder / f"{LOG}{PENDING}"
    begun = unfinished(folder)
    named = {root / file: digest for _, file, digest in manifest.files()} if begun is not None else {}
    placed: dict[Path, None] = {}
    for path in [path for path in folder.rglob(f"*{PENDING}") if path != mark]:
        named = named or {root / file: digest for _, file, digest in manifest.files()}
        target = path.with_name(path.name.removesuffix(PENDING))
        with writing(path):
            if named.get(target) == file_digest(path.read_bytes()):
                _into_place(target)
                placed[target.parent] = None
            else:
                _delete(path, root)
    # on the disk before the id of the decision is deleted: until then the next writer does the same again
    at_once(_synced, placed)
    if begun is not None:
        void = begun.void(manifest)
        if void:
            drop_lines(folder / LOG, void)
        if len(void) == len(begun.lines):
            forget(folder, begun.id)
        for file in begun.files(manifest.suite):
            if root / file not in named:
                _delete(root / file, root)
        _delete(mark, root)
    for place_ in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        sweep(place_)


def _into_place(path: Path) -> None:
    _pending(path).replace(path)


def _synced(folder: Path) -> None:
    with writing(folder):
        sync(folder)


def _pending(path: Path) -> Path:
    return path.with_name(path.name + PENDING)


def at_once(act: Callable[[T], object], items: Iterable[T]) -> None:
    """Do the same to all, several at a time: most of it is waiting for the disk. Raises what the first raises, when all
    have ended."""
    every = list(items)
    if len(every) < WRITERS:
        for item in every:
            act(item)
        return
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(act, item) for item in every]:
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
