"""What decisions replaced, so that they can be undone: ``.replaced`` in the folder of a suite.

Images are named by their file digest; the entries of all trials of a decision are a manifest named by its id. Git
ignores the folder; the oldest files go when it holds more than :data:`MOST_BYTES`.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from harness.baseline.errors import ManifestError
from harness.baseline.manifest import Manifest
from harness.baseline.manifest_file import Text, pieces
from harness.baseline.names import REPLACED
from harness.image import file_digest
from harness.ledger import make_folder, place, writing

MOST_BYTES = 1 << 30
"""Size of the folder, in bytes; what the latest decision replaced is kept whatever its size."""
_IGNORE = ".gitignore"


def keep(folder: Path, decision: str, entries: Text, root: Path, images: Mapping[str, str]) -> set[str]:
    """Keep entries of the manifest and images (below ``root``) by their digest; returns the names of the files.

    An image that is not what its digest says is not kept. Raises WriteError.
    """
    if not entries.entries:
        return set()
    kept = folder / REPLACED
    make_folder(kept)
    if not (kept / _IGNORE).exists():
        place(kept / _IGNORE, b"*\n", durable=False)
    names = {f"{decision}.json"}
    place(kept / f"{decision}.json", pieces(entries.suite, entries.version, entries.entries), durable=False)
    for digest, file in images.items():
        path = root / file
        with contextlib.suppress(FileNotFoundError):
            data = path.read_bytes()
            if file_digest(data) == digest:
                _keep_image(kept / digest, path, data)
                names.add(digest)
    return names


def kept_image(folder: Path, digest: str) -> bytes | None:
    """Return a kept image; None where it is gone or was altered."""
    try:
        data = (folder / REPLACED / digest).read_bytes()
    except OSError:
        return None
    return data if file_digest(data) == digest else None


def kept_entries(folder: Path, suite: str, decision: str) -> Manifest:
    """Return the entries that a decision replaced; none where they are gone or cannot be read."""
    path = folder / REPLACED / f"{decision}.json"
    try:
        return Manifest.load(path, suite)
    except ManifestError:
        return Manifest(path, suite)


def forget(folder: Path, decision: str) -> None:
    """Remove the entries that were kept of a decision that could not be written."""
    with contextlib.suppress(OSError):
        (folder / REPLACED / f"{decision}.json").unlink()


def trim(folder: Path, latest: Collection[str]) -> None:
    """Remove the oldest kept files, never those named in ``latest``, until the rest fits."""
    files = sorted(_files(folder), key=lambda found: found[1].st_mtime_ns)
    size = sum(status.st_size for _, status in files)
    for path, status in files:
        if size <= MOST_BYTES:
            return
        if path.name not in latest:
            with contextlib.suppress(OSError):
                path.unlink()
                size -= status.st_size


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    with contextlib.suppress(FileNotFoundError):
        for path in (folder / REPLACED).iterdir():
            if path.name != _IGNORE:
                with contextlib.suppress(FileNotFoundError):
                    yield path, path.stat()


def _keep_image(target: Path, path: Path, data: bytes) -> None:
    """Give an image a second name, or copy it where the file system has no links."""
    with writing(target):
        if kept_image(target.parent.parent, target.name) is None:
            target.unlink(missing_ok=True)
            try:
                os.link(path, target)
            except OSError:
                place(target, data, durable=False)
        os.utime(target)
