"""Files that are named by their content: images and heat maps of a run or a study."""

from pathlib import Path

from harness.image import file_digest
from harness.ledger.files import make_folder, place
from harness.ledger.naming import HEAT_MAPS, stored_name


def store(folder: Path, kind: str, data: bytes, extension: str, digest: str, *, durable: bool) -> str:
    """Keep bytes once in ``folder/kind``; returns ``<kind>/<sha256>.<ext>``. Raises WriteError."""
    name = stored_name(kind, digest, extension)
    path = folder / name
    try:
        if path.stat().st_size == len(data) and file_digest(path.read_bytes()) == digest:
            return name
    except OSError:
        if not path.parent.is_dir():
            make_folder(path.parent)
    place(path, data, durable=durable)
    return name


def store_heat_map(folder: Path, data: bytes) -> str:
    """Keep a heat map; returns ``heat_maps/<sha256>.png``. It can be made again, so no wait for the disk.

    Raises WriteError.
    """
    return store(folder, HEAT_MAPS, data, "png", file_digest(data), durable=False)
