"""Where the images of a trial lie: in the run's folder, or with the baselines."""

import os
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from harness.ledger import inside
from harness.records import ImageRef, TrialResult
from harness.report.words import shown_path


class Place(NamedTuple):
    """Where an image lies: ``shown`` as one would type it, ``address`` as a page in the run's folder says it, None when
    there is no such file, ``made`` that it is a view of an image whose digest was compared."""

    path: Path
    shown: str
    address: str | None
    made: bool = False


class Places(NamedTuple):
    """The images of one trial."""

    candidate: Place | None
    """The image that was generated."""
    baseline: Place | None
    """The accepted image: the run's own copy where there is one, the candidate where their pixels are equal, else the
    file among the baselines."""
    heat_map: Place | None


class Images:
    """Finds the images of a run. ``folder`` is the run's, ``baselines`` the folder that baseline paths start at."""

    def __init__(self, folder: Path, baselines: Path) -> None:
        self.folder = folder
        self.baselines = baselines
        self._in_run = partial(_place, folder, _prefix(folder), "")
        self._accepted = partial(_place, baselines, _prefix(baselines), _address(baselines, folder))

    def of(self, result: TrialResult) -> Places:
        """Return where the images of a trial are."""
        written = result.comparison.heat_map if result.comparison else None
        candidate = self._in_run(result.image.file) if result.image else None
        return Places(candidate, self._baseline(result, candidate), self._in_run(written) if written else None)

    def _baseline(self, result: TrialResult, candidate: Place | None) -> Place | None:
        accepted = result.baseline
        if accepted is None:
            return None
        copy = copy_of(accepted)
        if result.image and candidate and result.image.file == copy:
            return candidate
        place = self._in_run(copy)
        if place.address is not None:
            return place
        if result.image and result.image.pixel_digest == accepted.pixel_digest:
            return candidate
        return self._accepted(accepted.file)


def copy_of(accepted: ImageRef) -> str:
    """Return the name under which a run keeps its copy of an accepted image."""
    return f"images/{accepted.file_digest}.{accepted.format}"


def _place(folder: Path, shown: str, address: str | None, file: str) -> Place:
    path = inside(folder, file)
    if path is None:
        return Place(folder / file, shown + file, None)
    return Place(path, shown + file, path.absolute().as_uri() if address is None else address + quote(file))


def _prefix(folder: Path) -> str:
    """Return what stands before the names of files of a folder where they are shown."""
    return shown_path(folder / "x").removesuffix("x")


def _address(folder: Path, page: Path) -> str | None:
    """Return what stands before the names of files of a folder in the addresses of a page; None on another drive, where
    only an absolute address leads there."""
    try:
        return quote(Path(os.path.relpath(folder, page)).as_posix()) + "/"
    except ValueError:
        return None
