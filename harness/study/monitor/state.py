"""What a monitor keeps between nights: ``nights.jsonl``, append-only, and small copies of images beside it.

Each line is on the disk before :meth:`MonitorState.append` returns. A last line without its newline, which a kill
leaves, was never recorded and is removed before the next one is written.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.errors import HarnessError
from harness.ledger import end_of_lines, make_folder, open_regular, read_regular, sync, write_all, writing
from harness.records import (
    FORMATS,
    MonitorEpoch,
    MonitorImage,
    MonitorLine,
    MonitorNight,
    encode_json,
    read_document,
    to_json,
)

NIGHTS_FILE = "nights.jsonl"
IMAGES = "images"
KEPT_FIRST, KEPT_LAST = 4, 40
"""Of which nights of an epoch small images are kept: the first and the last ones."""


@dataclass(eq=False, repr=False)
class MonitorStateError(HarnessError):
    """The file of a monitor cannot be read. ``line`` is the number of the bad line."""

    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: line {self.line}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"restore it: git checkout -- {self.path}; or begin anew: mv {self.path} {self.path}.damaged"


class MonitorState:
    """The lines of a monitor's folder. One writer at a time: hold its Lock."""

    def __init__(self, folder: Path) -> None:
        """Read what is there. Raises MonitorStateError."""
        self.folder = folder
        self.path = folder / NIGHTS_FILE
        self.epochs: list[MonitorEpoch] = []
        self.nights: list[MonitorNight] = []
        self._total = 0
        try:
            text = read_regular(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise MonitorStateError(self.path, 0, error.strerror or str(error)) from error
        for number, line in enumerate(text.split(b"\n")[:-1], 1):
            try:
                self._add(read_document("monitor", MonitorLine, line))
            except (ValueError, RecursionError) as error:
                raise MonitorStateError(self.path, number, str(error).splitlines()[0]) from error

    @property
    def epoch(self) -> MonitorEpoch | None:
        """The epoch in force."""
        return self.epochs[-1] if self.epochs else None

    @property
    def next_night(self) -> int:
        """The number of the next night."""
        return self._total + 1

    def images(self) -> Iterator[MonitorImage]:
        """Yield the images of the epoch in force."""
        return (image for night in self.nights for image in night.images)

    def append(self, line: MonitorLine) -> None:
        """Add a line. Raises ValueError for one that does not belong there, WriteError."""
        self._add(line)
        make_folder(self.folder)
        data = {"format": FORMATS["monitor"], "version": __version__}
        data |= {name: value for name, value in to_json(line).items() if value is not None}
        with writing(self.path):
            fd = open_regular(self.path, os.O_RDWR | os.O_CREAT)
            try:
                end = end_of_lines(fd)
                os.ftruncate(fd, end)
                os.lseek(fd, end, os.SEEK_SET)
                write_all(fd, encode_json(data) + b"\n")
                os.fsync(fd)
            finally:
                os.close(fd)
            sync(self.folder)

    def small_image(self, pixels: str) -> Path:
        """Return where the small copy of an image is, by its pixel digest."""
        return self.folder / IMAGES / f"{pixels[:24]}.png"

    def prune(self) -> None:
        """Remove small copies of neither the first nor the last nights of the epoch in force."""
        kept = [*self.nights[:KEPT_FIRST], *self.nights[-KEPT_LAST:]]
        named = {self.small_image(image.pixels).name for night in kept for image in night.images if image.pixels}
        for path in (self.folder / IMAGES).glob("*.png"):
            if path.name not in named:
                path.unlink(missing_ok=True)

    def _add(self, line: MonitorLine) -> None:
        epoch, night = line.epoch, line.night
        if (epoch is None) == (night is None):
            raise ValueError("it is neither an epoch nor a night")
        if epoch is not None:
            if epoch.number != len(self.epochs) + 1:
                raise ValueError(f"epoch {epoch.number} where {len(self.epochs) + 1} is due")
            if not 0 < epoch.alpha < 1 or not epoch.prompts or len(epoch.prompts) != len(epoch.recipes):
                raise ValueError("an epoch needs a rate between 0 and 1, and prompts with their recipes")
            self.epochs.append(epoch)
            self.nights = []
        if night is not None:
            if self.epoch is None or night.number != self.next_night:
                raise ValueError(f"night {night.number} where {self.next_night} of an epoch is due")
            wrong = [
                image
                for image in night.images
                if image.prompt not in self.epoch.prompts or not all(0 <= p <= 1 for p in image.p.values())
            ]
            if wrong:
                raise ValueError(f"an image of {wrong[0].prompt!r:.80} is of no prompt of the epoch, or its p is none")
            self.nights.append(night)
            self._total += 1
