"""Opening the run of an artifact: a zip file that a CI service made, which anybody may have filled."""

import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import HarnessError
from harness.ledger import LedgerError, find_run, read_run
from harness.scratch import Scratch

MOST_FILES = 200_000
"""Files in an artifact at most."""
MOST_BYTES = 4 * 1024**3
"""Bytes of what is unpacked at most, all together."""
MOST_RATIO = 200
"""How many times larger than in the archive a file of more than :data:`FREE_BYTES` may be."""
FREE_BYTES = 64 * 1024**2
PIECE = 1 << 20
NEEDED = re.compile(r"run\.json|trials\.jsonl|(images|heat_maps)/[A-Za-z0-9._-]+")
"""The files of a run that are unpacked: its records and images. Its pages are made anew."""


@dataclass(eq=False, repr=False)
class ArtifactError(HarnessError):
    """An artifact that cannot be opened. ``problem`` says why; nothing of it was kept."""

    path: Path
    problem: str
    hint = "download the artifact again: a zip file with the folder of one run"

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@contextmanager
def opened_run(name: str, reports: Path) -> Iterator[Path]:
    """Yield the folder of a run: that of a zip file (unpacked until the block ends), the only one below a folder, or
    one by its name as :func:`harness.ledger.find_run` knows it.

    Raises ArtifactError, RunNotFoundError.
    """
    path = Path(name)
    if path.is_file() and path.name != "run.json":
        with Scratch() as folder:
            unpack(path, folder)
            yield _only(path, folder)
    elif path.is_dir() and not (path / "run.json").is_file() and (found := _below(path)):
        yield found[-1]
    else:
        yield find_run(reports, name)


def unpack(path: Path, folder: Path) -> None:
    """Write the records and images of the runs in a zip file into a folder. Raises ArtifactError."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_FILES:
                raise ArtifactError(path, f"holds more than {MOST_FILES:,} files")
            left, seen = MOST_BYTES, set[str]()
            for member in members:
                parts = _parts(path, member)
                if member.is_dir() or not parts:
                    continue
                if member.filename.lower() in seen:
                    raise ArtifactError(path, f"holds {member.filename!r:.80} twice")
                seen.add(member.filename.lower())
                if _is_needed(parts):
                    left -= _extract(path, archive, member, folder.joinpath(*parts), left)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ArtifactError(path, f"is no zip file that can be read: {error}") from error
    except RuntimeError as error:
        raise ArtifactError(path, f"cannot be unpacked: {error}") from error
    except zipfile.LargeZipFile as error:
        raise ArtifactError(path, f"is too large: {error}") from error
    except OSError as error:
        raise ArtifactError(path, f"cannot be unpacked: {error.strerror or error}") from error


def _parts(path: Path, member: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the parts of the name of a member. Raises ArtifactError for one that leads out of the archive, and for a
    link."""
    name = member.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or any(mark in name for mark in ("\\", ":", "\0")) or ".." in parts:
        raise ArtifactError(path, f"holds a file that would be written elsewhere: {name!r:.80}")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArtifactError(path, f"holds a link or a device: {name!r:.80}")
    return parts


def _is_needed(parts: tuple[str, ...]) -> bool:
    return len(parts) <= 8 and any(NEEDED.fullmatch("/".join(parts[-count:])) for count in (1, 2))


def _extract(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write one file, and count what really comes: the sizes in an archive may be false. Returns its bytes."""
    most = min(left, max(FREE_BYTES, member.compress_size * MOST_RATIO))
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(member) as source, target.open("xb") as out:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > most:
                raise ArtifactError(path, f"unpacks to far more than it is: {member.filename!r:.80}")
            out.write(piece)
    return size


def _only(path: Path, folder: Path) -> Path:
    found = _below(folder)
    if not found:
        raise ArtifactError(path, "holds no run: no run.json that can be read")
    return found[-1]


def _below(folder: Path) -> list[Path]:
    """Return the runs in a folder and the folders below it that can be read, the latest last."""
    found = []
    for file in (file for depth in range(5) for file in folder.glob("/".join([*["*"] * depth, "run.json"]))):
        with suppress(LedgerError):
            found.append((read_run(file.parent).started, file.parent))
    return [run for _, run in sorted(found)]
