"""Money: stop before the trial that would exceed the budget."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import HarnessError
from harness.provider import Provider
from harness.records import Recipe

Price = Callable[[Recipe], float | None]
"""US dollars for the image of a recipe, None when unknown."""


@dataclass(eq=False, repr=False)
class UnknownPriceError(HarnessError):
    """A budget was given for a provider whose price is not known."""

    provider: str

    def __str__(self) -> str:
        return f"a budget was given, but the price of provider '{self.provider}' is not known"

    @property
    def hint(self) -> str:
        return f"state `price:` (US dollars an image) under providers.{self.provider}, or leave out --budget"


class Budget:
    """Spent and reserved US dollars against a limit; None is no limit.

    ``price`` is asked for each recipe; without it the price that the provider states holds.
    """

    def __init__(self, limit: float | None, spent: float = 0.0, price: Price | None = None) -> None:
        self.limit = limit
        self.spent = spent
        self.reserved = 0.0
        self.reached = False
        self._price = price

    def price(self, provider: Provider, recipe: Recipe) -> float | None:
        """US dollars for the image of a recipe, None when unknown."""
        return provider.capabilities.price if self._price is None else self._price(recipe)

    def reserve(self, provider: Provider, recipe: Recipe) -> float | None:
        """Set the price of one image aside; None when the budget does not hold it.

        Raises UnknownPriceError when there is a limit and the provider has no price.
        """
        price = self.price(provider, recipe)
        if self.limit is None:
            return price or 0.0
        if price is None:
            raise UnknownPriceError(provider.name)
        if price > 0 and self.spent + self.reserved + price > self.limit + 1e-9:
            self.reached = True
            return None
        self.reserved += price
        return price

    def settle(self, reserved: float, cost: float | None) -> None:
        """Turn what was set aside into what was spent (the price, where the cost is unknown)."""
        if self.limit is not None:
            self.reserved -= reserved
        self.spent += reserved if cost is None else cost
