"""The gate of :class:`harness.records.Gate`, kept by the budget and the ledger of a Session."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import GenerationError
from harness.generation.budget import Budget
from harness.provider import Output


@dataclass(frozen=True, slots=True)
class PaidGate:
    """Lets the calls of one trial pass: ``reserved`` US dollars of ``budget`` are reserved for them, and ``announce``
    records the intent of each."""

    budget: Budget
    reserved: float
    announce: Callable[[], None]

    def __call__(self) -> None:
        """Record that a call is about to be sent. Raises WriteError."""
        self.announce()

    def settle(self, came: Output | GenerationError | None) -> None:
        """Replace the reservation by the cost of the result, or by the price where the cost is not known."""
        if isinstance(came, Output):
            self.budget.settle(self.reserved, came.cost)
        else:
            self.budget.settle(self.reserved, None if came is not None and came.possibly_billed else 0.0)
