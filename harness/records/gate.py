"""The one gate: whoever makes calls that may cost money is handed it, and knows nothing of ledgers and budgets."""

from typing import Protocol


class Gate(Protocol):
    """Made for one image, interpretation or answer, once its price is reserved in the budget.

    A provider, an interpreter or a viewer calls it before each call that may cost money, retries included: on return
    the intent of that call is recorded. Raises WriteError where it cannot be; the call must then not be made.
    """

    def __call__(self) -> None: ...
