"""What is learned of a request while it is carried out: for its line in the log and the headers of its response."""

from contextvars import ContextVar
from dataclasses import dataclass

from harness.vocabulary import FaultKind


@dataclass(slots=True)
class Exchange:
    """One request and its response."""

    job: str = ""
    """The job that it submitted; empty: none."""
    fault: FaultKind | None = None
    """The fault on demand that it was given."""


CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""Of the task that carries out a request. It is one object, so that what any task of the request sets is found."""


def note(*, job: str = "", fault: FaultKind | None = None) -> None:
    """Set what is given of the current request, if there is one."""
    exchange = CURRENT.get()
    if exchange is not None:
        exchange.job = job or exchange.job
        exchange.fault = fault or exchange.fault
