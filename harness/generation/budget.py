"""Money: stop before the trial that would exceed the budget."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import GenerationError, HarnessError
from harness.records import Subject

EXAMPLE = 0.04
"""The price that the hint states, in US dollars."""


@dataclass(eq=False, repr=False)
class UnknownPriceError(HarnessError):
    """A budget was given for a provider whose price is not known."""

    subject: Subject

    def __post_init__(self) -> None:
        self.provider = self.subject.provider

    def __str__(self) -> str:
        return f"a budget was given, but the price of provider '{self.provider}' is not known"

    @property
    def hint(self) -> str:
        places = " and ".join(f"`{place}`" for place in self.places)
        kind = f", beside `kind: {self.subject.kind}`" if self.provider == self.subject.kind else ""
        return f"add `price: {EXAMPLE}` (US dollars an image, 0 where it is free) under {places}{kind}"

    @property
    def places(self) -> tuple[str, ...]:
        """Which options of the suite, or of harness.toml, take the price: ``providers.NAME``."""
        settings = self.subject.settings
        if "judge" in settings:
            return (f"viewers.{self.provider}",)
        if "auto" in settings:
            return ("auto.interpreter",)
        if isinstance(settings.get("interpreter"), Mapping):
            return (f"providers.{self.provider}.interpreter",)
        # a route has no price of its own
        return tuple(f"providers.{name}" for name in settings.get("over", (self.provider,)))


class BudgetReachedError(GenerationError):
    """The budget does not hold the next image, and nothing was sent."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider, "the budget is reached", "raise --budget", failover=False)


class Budget:
    """Spent and reserved US dollars against a limit; None is no limit."""

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self.limit = limit
        self.spent = spent
        self.reserved = 0.0
        self.reached = False
        self._guard = threading.Lock()

    def reserve(self, price: float) -> bool:
        """Reserve the price of one image; False, and ``reached``, when it exceeds the budget."""
        with self._guard:
            if self.limit is not None and price > 0 and self.spent + self.reserved + price > self.limit + 1e-9:
                self.reached = True
                return False
            self.reserved += price
        return True

    def settle(self, reserved: float, cost: float | None) -> None:
        """Replace a reservation by what was spent (the price, where the cost is unknown)."""
        with self._guard:
            self.reserved -= reserved
            self.spent += reserved if cost is None else cost
