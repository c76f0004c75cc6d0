"""Images as text: inside a single-file report, and beside a page whose pixels are to be read.

A page opened from ``file://`` may show images but not read their pixels. An image that is also a small script may
be read: images are written so, up to a limit, for the value under the cursor.
"""

import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pybase64

from harness.errors import HarnessError
from harness.image import FORMATS, file_digest
from harness.ledger import read_regular
from harness.report.data_script import DataScript, js_string

SINGLE_FILE_BYTES = 256 * 1024 * 1024
"""Size of a single-file report at most."""

PIXEL_SCRIPTS_BYTES = 64 * 1024 * 1024
"""Size of the pixel scripts of what differs, together at most; further trials go without."""

SAME_PIXELS_BYTES = 8 * 1024 * 1024
"""Size of the pixel scripts of trials that are identical, together at most."""

_TYPES = {suffix: one.media for one in FORMATS.values() for suffix in one.suffixes}
_TYPES |= {f".{name}": one.media for name, one in FORMATS.items()}


@dataclass(eq=False, repr=False)
class SingleFileTooLargeError(HarnessError):
    """The images of a run do not fit one file. ``limit`` in bytes."""

    folder: Path
    limit: int
    hint = "leave out --single-file and pass the whole folder on"

    def __str__(self) -> str:
        return f"{self.folder}: the images do not fit a single file of {self.limit // 1024**2} MiB"


def data_address(path: Path, digest: str) -> bytes | None:
    """Return the bytes of an image as a ``data:`` address in ASCII, of letters, digits and ``:;,+/=`` alone; None for a
    file whose digest does not begin so: the record of a run may name any file, and only the image that it was made of
    is shown."""
    data = read_regular(path)
    if not file_digest(data).startswith(digest):
        return None
    kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
    return f"data:{kind};base64,".encode("ascii") + pybase64.b64encode(data)


class PixelScripts:
    """Writes ``pixels/<digest>.js`` files into a run's folder until ``limit`` bytes are reached."""

    def __init__(self, folder: Path, limit: int = PIXEL_SCRIPTS_BYTES) -> None:
        self._folder = folder / "pixels"
        self._left = limit
        self._written: set[str] = set()

    def add(self, digest: str, path: Path | None, made: bool = False) -> bool:
        """Write the script of one image. False when there is no image with this digest (``made``: a view of it), or no
        room for it."""
        if digest in self._written:
            return True
        # Base64 makes 4 bytes of 3: no image is read that cannot fit.
        if path is None or self._left <= 0 or not 0 <= _size(path) * 4 / 3 <= self._left:
            return False
        address = data_address(path, "" if made else digest)
        if address is None:
            return False
        text = b"".join((f"reportPixels({js_string(digest)},'".encode("ascii"), address, b"');\n"))
        if not self._written:
            self._folder.mkdir(exist_ok=True)
        _put(self._folder / f"{digest}.js", text)
        self._left -= len(text)
        self._written.add(digest)
        return True


def _size(path: Path) -> int:
    """Return the bytes of a file; -1 where there is none."""
    try:
        found = path.stat()
    except OSError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1


def _put(path: Path, data: bytes) -> None:
    """Write a file, unless an earlier report has: making a file takes longer than reading one."""
    with suppress(OSError):
        if read_regular(path) == data:
            return
    path.unlink(missing_ok=True)
    path.write_bytes(data)


class Embedded:
    """Writes each image into the data of a page once: under its digest, heat maps under their address."""

    def __init__(self, script: DataScript, folder: Path, limit: int = SINGLE_FILE_BYTES) -> None:
        self._script = script
        self._folder = folder
        self._limit = self._left = limit
        self._done: set[str] = set()

    def add(self, name: str, path: Path | None, made: bool = False) -> bool:
        """Embed one image; false when there is none whose digest is its name (``made``: one that the report or the run
        made of others). Raises SingleFileTooLargeError."""
        if name in self._done:
            return True
        if path is None or not path.is_file():
            return False
        address = data_address(path, "" if made else name)
        if address is None:
            return False
        self._left -= len(address)
        if self._left < 0:
            raise SingleFileTooLargeError(self._folder, self._limit)
        self._script.call("embed", [name, address.decode("ascii")])
        self._done.add(name)
        return True
