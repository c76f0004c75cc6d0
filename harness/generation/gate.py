"""The gate of :class:`harness.records.Gate`, kept by the budget and the ledger of a Session."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.generation.budget import Budget


@dataclass(frozen=True, slots=True)
class PaidGate:
    """Lets the calls of one trial pass: ``reserved`` US dollars of ``budget`` are set aside for them, and ``announce``
    records the intent of each."""

    budget: Budget
    reserved: float
    announce: Callable[[], None]

    def __call__(self) -> None:
        """Record that a call is about to be sent. Raises WriteError."""
        self.announce()

    def settle(self, cost: float | None) -> None:
        """Turn what was set aside into what was spent: ``cost`` in US dollars, the price where it is unknown."""
        self.budget.settle(self.reserved, cost)
