"""Writing a changed manifest and its images, so that a kill at any moment leaves a state that can be read.

The order: (1) new images beside their places, as ``NAME.pending``; (2) the lines of the log; (3) the manifest, by
rename: from here on the change holds; (4) the images into their places; (5) images no longer named are deleted.
A reader takes a pending image for one in place when its digest is the manifest's. The next writer settles what a
kill left: pending images that the manifest names go into place, others are deleted.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.baseline.errors import WritesRefusedError
from harness.baseline.log import Decision, write_log
from harness.baseline.manifest import Manifest
from harness.baseline.names import LOG, MANIFEST, PENDING
from harness.baseline.store import Baselines
from harness.image import file_digest
from harness.ledger import Lock, make_folder, place, sweep, sync, writing

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
    decisions: Sequence[Decision],
) -> None:
    """Make ``new`` the manifest; the same object as ``old`` means that only the log is written.

    ``images`` are the files to write (relative to the baselines folder) and what reads their bytes. Called inside
    :func:`changing`. Raises WriteError and what the readers raise; then nothing is changed.
    """
    root, folder = baselines.root, baselines.folder(new.suite)
    staged: list[Path] = []
    try:
        for file, read in images.items():
            path = root / file
            make_folder(path.parent)
            staged.append(_pending(path))
            place(staged[-1], read(), durable=True)
        write_log(folder / LOG, decisions)
        if new is not old:
            new.write(old)
    except BaseException:
        for path in staged:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            _remove_empty(path.parent, root)
        raise
    for file in images:
        _into_place(root / file)
    used = {file for _, file, _ in new.files()}
    for _, file, _ in old.files():
        if file not in used:
            _delete(root / file, root)


def _settle(root: Path, folder: Path, manifest: Manifest) -> None:
    pending = list(folder.rglob(f"*{PENDING}"))
    if pending:
        digests = {root / file: digest for _, file, digest in manifest.files()}
        for path in pending:
            target = path.with_name(path.name.removesuffix(PENDING))
            with writing(path):
                if digests.get(target) == file_digest(path.read_bytes()):
                    _into_place(target)
                else:
                    _delete(path, root)
    sweep(folder)
    for case in folder.iterdir():
        if case.is_dir():
            sweep(case)


def _pending(path: Path) -> Path:
    return path.with_name(path.name + PENDING)


def _into_place(path: Path) -> None:
    with writing(path):
        _pending(path).replace(path)
        sync(path.parent)


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
