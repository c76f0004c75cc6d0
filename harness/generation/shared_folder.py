"""A folder of generated images that several processes may share: entries as JSON, images by their digest.

``entries/<aa>/<name>.json`` says how an image came about, ``images/<sha256>.<ext>`` are the bytes as received. Both
are written beside their place and renamed over it, the image first: what a kill leaves is a whole entry or none.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from harness.errors import HarnessError, UsageError, redacted
from harness.image import EncodedImage, file_digest
from harness.ledger import make_folder, place, read_regular
from harness.records import Digest, decode_json, digest_of, encode_json, from_json, indented_json, to_json

ENTRIES = "entries"
IMAGES = "images"
STALE = 3600.0
"""Seconds after which an unfinished file is what a kill left, and is removed."""


@dataclass(eq=False, repr=False)
class EntryCorruptError(HarnessError):
    """An entry that is not what was written: ``path`` and ``why``."""

    path: Path
    why: str
    hint = "remove the file; the image is generated again"

    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


@dataclass(frozen=True, slots=True)
class Size:
    """What a shelf holds: ``entries``, and ``bytes`` of entries and images together."""

    entries: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return f"{self.entries:,} {'entry' if self.entries == 1 else 'entries'}, {_megabytes(self.bytes)}"


@dataclass(frozen=True, slots=True)
class _KeptImage:
    """Where the image of an entry is."""

    file: Annotated[str, Meta(pattern=rf"^{IMAGES}/[0-9a-f]{{64}}\.[a-z0-9]{{1,8}}\Z")]
    digest: Digest


class SharedFolder:
    """Entries by name, without secrets. ``durable`` waits for the disk on every entry."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self.durable = durable

    def put(self, name: str, entry: object, image: EncodedImage | None) -> None:
        """Keep a record in place of the entry of this name. Raises WriteError, ValueError for what has no JSON form."""
        whole = to_json(entry)
        if image is not None:
            file = f"{IMAGES}/{image.digest}.{image.format or 'bin'}"
            whole["image"] = {"file": file, "digest": image.digest}
        whole = dict(redacted(whole))
        whole["check"] = digest_of(decode_json(object, encode_json(whole)))
        if image is not None:
            path = self.folder / whole["image"]["file"]
            make_folder(path.parent)
            if not _holds(path, image.data):
                place(path, image.data, durable=self.durable)
        path = self._path(name)
        make_folder(path.parent)
        place(path, indented_json(whole) + b"\n", durable=self.durable)

    def get(self, name: str) -> tuple[dict[str, Any], bytes | None] | None:
        """Return an entry with its image, None when there is none. Raises EntryCorruptError."""
        path = self._path(name)
        try:
            entry = _read(path)
        except FileNotFoundError:
            return None
        if "image" not in entry:
            return entry, None
        try:
            image = from_json(_KeptImage, entry["image"])
            data = read_regular(self.folder / image.file)
        except (OSError, ValueError) as error:
            raise EntryCorruptError(path, f"its image cannot be read ({type(error).__name__})") from None
        if file_digest(data) != image.digest:
            raise EntryCorruptError(self.folder / image.file, "these are not the bytes that were kept")
        return entry, data

    def remove(self, name: str) -> None:
        """Take an entry out, if it is there; its image may belong to others and stays."""
        with contextlib.suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def must_be_own(self) -> None:
        """Raise UsageError when the folder holds other things: it is a suite or the like, named by mistake."""
        if self.folder.is_dir():
            others = {path.name for path in self.folder.iterdir()} - {ENTRIES, IMAGES, ".gitignore", "README.md"}
            if not others:
                return
        elif not self.folder.exists():
            return
        else:
            others = {self.folder.name}
        problem = f"{self.folder} is not a folder of kept images: it holds {sorted(others)[0]}"
        raise UsageError(problem, "name an empty or a new folder")

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every entry that can be read, by name."""
        for path in sorted((self.folder / ENTRIES).glob("*/*.json")):
            with contextlib.suppress(OSError, EntryCorruptError):
                yield path.stem, _read(path)

    def size(self) -> Size:
        """Return what is stored now; unfinished files that a kill left long ago are removed on the way."""
        count = total = 0
        now = time.time()
        for top in (ENTRIES, IMAGES):
            for folder, _, files in os.walk(self.folder / top):
                for name in files:
                    path = Path(folder) / name
                    with contextlib.suppress(OSError):
                        known = path.stat()
                        if name.endswith(".tmp"):
                            if now - known.st_mtime > STALE:
                                path.unlink()
                            continue
                        total += known.st_size
                        count += top == ENTRIES
        return Size(count, total)

    def _path(self, name: str) -> Path:
        return self.folder / ENTRIES / name[:2] / f"{name}.json"


def short_digest(text: str) -> str:
    """Return eight hex digits that identify a text in a file name."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _read(path: Path) -> dict[str, Any]:
    """Return the entry in a file. Raises FileNotFoundError, EntryCorruptError."""
    try:
        entry = decode_json(dict[str, Any], read_regular(path))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise EntryCorruptError(path, f"cannot be read ({type(error).__name__})") from None
    if entry.pop("check", None) != digest_of(entry):
        raise EntryCorruptError(path, "this is not the entry that was written")
    return entry


def _megabytes(count: int) -> str:
    return f"{count:,} bytes" if count < 100_000 else f"{count / 1e6:,.1f} MB"
