"""Writing files so that a kill at any moment leaves the old file or the new one, never half of either."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.ledger.errors import write_fault

PIECE = 1 << 16
"""Bytes that are written at a time."""
Data = bytes | Iterable[bytes]
"""What a file is to hold, whole or piece by piece."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into a WriteError that names ``path``."""
    try:
        yield
    except OSError as error:
        raise write_fault(error, path) from error


def make_folder(path: Path) -> None:
    """Make a folder and its parents. Raises WriteError."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)


def write_all(fd: int, data: Data) -> None:
    """Write every byte, however many the system takes at a time. Raises OSError."""
    for piece in (data,) if isinstance(data, bytes) else data:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(fd, rest) :]


def in_pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces that are worth writing each."""
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def atomic_write(path: Path, data: bytes) -> None:
    """Write a whole file: a temporary one beside it, then a rename over it; on return both are on the disk.

    Raises WriteError; the old file is then unchanged.
    """
    atomic_write_all({path: data})


def atomic_write_all(files: Mapping[Path, Data]) -> None:
    """Write several whole files: all of them beside their places first, then a rename over each in order.

    Raises WriteError; where space was lacking, no file is changed.
    """
    with contextlib.ExitStack() as renames:
        for path, data in reversed(list(files.items())):
            renames.enter_context(writing(path))
            fd = renames.enter_context(_renamed(path))
            write_all(fd, data)
            os.fsync(fd)
    for folder in {path.parent: path for path in files}:
        with writing(folder):
            sync(folder)


def place(path: Path, data: Data, *, durable: bool) -> None:
    """Write a file that is named by its content, by rename too; ``durable`` waits for the disk, but only once.

    The wait comes after the rename, which brings the name along on journaling file systems. What a loss of power
    leaves of it is detected by its digest. Raises WriteError.
    """
    with writing(path):
        with _renamed(path) as fd:
            write_all(fd, data)
        if durable:
            sync(path)


@contextlib.contextmanager
def _renamed(path: Path) -> Iterator[int]:
    """Open a temporary file; rename it to ``path`` when the block succeeds, remove it when it raises."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        try:
            yield fd
        finally:
            os.close(fd)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk (Windows sees to that itself). Raises OSError."""
    if sys.platform == "win32":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def end_of_lines(fd: int) -> int:
    """Return the offset behind the last newline of a file: what follows is a line that a kill tore. Raises OSError."""
    end = os.lseek(fd, 0, os.SEEK_END)
    while end:
        start = max(0, end - 65536)
        os.lseek(fd, start, os.SEEK_SET)
        at = os.read(fd, end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def sweep(folder: Path) -> None:
    """Remove what a kill left of unfinished :func:`atomic_write` calls. Only for the one writer of the folder."""
    for left in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            left.unlink()
