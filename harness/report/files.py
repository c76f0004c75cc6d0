"""Writing report files: whole or not at all, and refused in one line when the folder will not take them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harness.errors import HarnessError


@dataclass(eq=False, repr=False)
class ReportError(HarnessError):
    """A report file could not be written. ``path`` is the file, ``problem`` what the system said."""

    path: Path
    problem: str
    hint = "make room or allow writing there, then run `harness report` on the folder: no trial is lost"

    def __str__(self) -> str:
        return f"{self.path}: the report could not be written: {self.problem}"


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a temporary text file that replaces ``path`` when the block succeeds. Raises ReportError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        temporary.replace(path)
    except OSError as fault:
        raise ReportError(path, fault.strerror or str(fault)) from fault
    finally:
        if temporary.exists():
            temporary.unlink()


def append_rows(rows: TextIO, stream: TextIO) -> None:
    """Copy a temporary file of rows behind the head that was written to ``stream``."""
    rows.seek(0)
    shutil.copyfileobj(rows, stream)
