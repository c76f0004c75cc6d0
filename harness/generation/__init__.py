"""Getting images: concurrency by provider, deadlines, the budget; dedup, cache, record and replay."""

from harness.generation.budget import Budget, UnknownPriceError
from harness.generation.cache import DEFAULT_FOLDER, Cache
from harness.generation.pool import generate_all
from harness.generation.recording import Recording, Recordings, Replay
from harness.generation.shared_folder import EntryCorruptError, SharedFolder, Size
from harness.generation.task import Failed, Generated, as_fault

__all__ = [
    "DEFAULT_FOLDER",
    "Budget",
    "Cache",
    "EntryCorruptError",
    "Failed",
    "Generated",
    "Recording",
    "Recordings",
    "Replay",
    "SharedFolder",
    "Size",
    "UnknownPriceError",
    "as_fault",
    "generate_all",
]
