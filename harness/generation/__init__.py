"""The one way to generate: Sessions; concurrency, deadlines, budget, dedup, cache, record and replay."""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.generation.billing import billed_notes
    from harness.generation.budget import Budget, BudgetReachedError, UnknownPriceError
    from harness.generation.cache import Cache
    from harness.generation.conditions import Conditions
    from harness.generation.estimate import Estimate, cost_of, estimate_images, not_recorded, require_prices
    from harness.generation.executor import ExecutorError, open_provider
    from harness.generation.feed import Feed, Watch
    from harness.generation.recording import Recording, Recordings, Replay
    from harness.generation.session import Limits, Session, generate_in_turn, open_ledger
    from harness.generation.shared_folder import EntryCorruptError, SharedFolder, Size
    from harness.generation.sources import Sources
    from harness.generation.task import Failed, Generated

_HOMES = {
    "billing": ("billed_notes",),
    "budget": ("Budget", "BudgetReachedError", "UnknownPriceError"),
    "cache": ("Cache",),
    "conditions": ("Conditions",),
    "estimate": ("Estimate", "cost_of", "estimate_images", "not_recorded", "require_prices"),
    "executor": ("ExecutorError", "open_provider"),
    "feed": ("Feed", "Watch"),
    "recording": ("Recording", "Recordings", "Replay"),
    "session": ("Limits", "Session", "generate_in_turn", "open_ledger"),
    "shared_folder": ("EntryCorruptError", "SharedFolder", "Size"),
    "sources": ("Sources",),
    "task": ("Failed", "Generated"),
}

__all__ = [
    "Budget",
    "BudgetReachedError",
    "Cache",
    "Conditions",
    "EntryCorruptError",
    "Estimate",
    "ExecutorError",
    "Failed",
    "Feed",
    "Generated",
    "Limits",
    "Recording",
    "Recordings",
    "Replay",
    "Session",
    "SharedFolder",
    "Size",
    "Sources",
    "UnknownPriceError",
    "Watch",
    "billed_notes",
    "cost_of",
    "estimate_images",
    "generate_in_turn",
    "not_recorded",
    "open_ledger",
    "open_provider",
    "require_prices",
]

__getattr__ = lazy(__name__, _HOMES)
