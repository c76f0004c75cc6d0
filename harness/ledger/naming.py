"""Names of runs and the places of their files."""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

RUN_FILE = "run.json"
TRIALS_FILE = "trials.jsonl"
PAGE_FILE = "index.html"
"""The page of a run, written when it has ended; nothing here writes it."""
IMAGES = "images"
HEAT_MAPS = "heat_maps"

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_STORED = re.compile(rf"(?:{IMAGES}|{HEAT_MAPS})/[0-9a-f]{{64}}\.[a-z0-9]{{1,8}}")


def run_name(suites: Sequence[str], now: datetime | None = None) -> str:
    """Return a fresh name: UTC time to the millisecond (so names sort by time), what is run, four random hex digits.

    ``20261122T101911.437Z-quickstart-3f2a``; three suites give ``-quickstart-and-2-more-``.
    """
    time = (now or datetime.now(UTC)).astimezone(UTC)
    stem = PurePosixPath(suites[0].replace("\\", "/")).stem if suites else "run"
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "run"
    more = f"-and-{len(suites) - 1}-more" if len(suites) > 1 else ""
    return f"{time:%Y%m%dT%H%M%S}.{time.microsecond // 1000:03d}Z-{slug}{more}-{secrets.token_hex(2)}"


def is_safe_name(name: str) -> bool:
    """Return whether a run may have this name: one path component of plain characters."""
    return _SAFE_NAME.fullmatch(name) is not None


def stored_name(folder: str, digest: str, extension: str) -> str:
    """``images/<sha256>.<ext>``; anything but a plain short extension becomes ``bin``."""
    extension = extension.lower().lstrip(".")
    return f"{folder}/{digest}.{extension if _EXTENSION.fullmatch(extension) else 'bin'}"


def stored_path(run: Path, file: str) -> Path | None:
    """Return where a run keeps the file that a line names; None when the name is not one the ledger gives."""
    return run / file if _STORED.fullmatch(file) else None
