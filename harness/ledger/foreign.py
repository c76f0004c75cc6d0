"""Files of a folder that others may have filled: no link is followed, no pipe or device is waited for."""

import errno
import os
import stat
from pathlib import Path, PurePosixPath

_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file. Raises OSError, also for what is a link, a pipe, a device or a folder, and for a hard link where
    the file is to be written in its place: another file would change with it."""
    try:
        fd = os.open(path, flags | _FLAGS, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(error.errno, "it is a link, which is not followed", str(path)) from None
        raise
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or (flags & (os.O_WRONLY | os.O_RDWR) and found.st_nlink > 1):
        os.close(fd)
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise OSError(errno.EINVAL, "it is no file of its own, but a link, a pipe or a device", str(path))
    return fd


def read_regular(path: Path) -> bytes:
    """Return the bytes of a file. Raises OSError like :func:`open_regular`."""
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read()


def refuse_links(folder: Path) -> None:
    """Raise OSError where a folder of a run or a study holds something other than files and folders: what is written
    there would go elsewhere."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
                raise OSError(errno.EINVAL, f"it holds a link, a pipe or a device: {entry.name}", entry.path)


def inside(folder: Path, file: str) -> Path | None:
    """Return the path of a file of a folder by its relative name; None where there is no such file, or a link leads
    there."""
    path, found = os.fspath(folder), None
    if any(mark in file for mark in (":", "\\", "\0")):
        return None
    try:
        for part in PurePosixPath(file).parts:
            if part in ("..", "/"):
                return None
            path = f"{path}/{part}"  # as text: a page asks for each image of a run
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode):
                return None
    except OSError:
        return None
    return Path(path) if found is not None and stat.S_ISREG(found.st_mode) else None
