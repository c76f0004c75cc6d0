"""Getting pictures: concurrency by provider, deadlines, the budget; dedup, cache, record and replay."""

from harness.draw.budget import Budget, UnknownPrice
from harness.draw.cache import DEFAULT_FOLDER, Cache
from harness.draw.pool import draw_all
from harness.draw.recording import Recording, Recordings, Replay
from harness.draw.shelf import Shelf, ShelfCorrupt, Size
from harness.draw.task import Drawing, Fault, as_fault

__all__ = [
    "DEFAULT_FOLDER",
    "Budget",
    "Cache",
    "Drawing",
    "Fault",
    "Recording",
    "Recordings",
    "Replay",
    "Shelf",
    "ShelfCorrupt",
    "Size",
    "UnknownPrice",
    "as_fault",
    "draw_all",
]
