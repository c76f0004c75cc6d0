"""Where the images of a trial lie: in the run's folder, or with the baselines."""

import os
from pathlib import Path
from urllib.parse import quote

from harness.records import ImageRef, TrialResult


class Images:
    """Finds the images of a run. ``folder`` is the run's, ``baselines`` the folder that baseline paths start at."""

    def __init__(self, folder: Path, baselines: Path) -> None:
        self.folder = folder
        self.baselines = baselines

    def candidate(self, result: TrialResult) -> Path | None:
        """The image that was generated, or None."""
        return self.folder / result.image.file if result.image else None

    def baseline(self, result: TrialResult) -> Path | None:
        """The accepted image: the run's own copy where there is one, the candidate where their pixels are equal,
        else the file among the baselines."""
        accepted = result.baseline
        if accepted is None:
            return None
        copy = self.folder / copy_of(accepted)
        if copy.is_file():
            return copy
        if result.image and result.image.pixel_digest == accepted.pixel_digest:
            return self.candidate(result)
        return self.baselines / accepted.file

    def heat_map(self, result: TrialResult) -> Path | None:
        """The heat map, or None."""
        written = result.comparison.heat_map if result.comparison else None
        return self.folder / written if written else None

    def address(self, path: Path | None) -> str | None:
        """The address of an image as a page in the run's folder says it; None when there is no such file."""
        if path is None or not path.is_file():
            return None
        try:
            relative = os.path.relpath(path, self.folder)
        except ValueError:  # another drive: only an absolute address leads there
            return path.absolute().as_uri()
        return quote(Path(relative).as_posix())


def copy_of(accepted: ImageRef) -> str:
    """The name under which a run keeps its copy of an accepted image."""
    return f"images/{accepted.file_digest}{Path(accepted.file).suffix.lower()}"
