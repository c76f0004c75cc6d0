"""One limit of time over everything that a call does, and what may end it before."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Self

from harness.http.cancellation import Cancellation
from harness.http.errors import HttpError


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock. ``seconds`` is how long was allowed, for messages. ``reserve`` seconds behind it
    belong to the same time: they are for what must be done when it has passed, such as cancelling a job. No time is
    left once ``cancellation`` is cancelled."""

    seconds: float
    at: float
    reserve: float = 0.0
    cancellation: Cancellation | None = field(default=None, compare=False, repr=False)

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline this many seconds from now."""
        return cls(seconds, time.monotonic() + seconds)

    def reserving(self, seconds: float) -> Self:
        """Return an earlier deadline that reserves some of the time: at most ``seconds``, and a fifth of what is
        left."""
        reserve = min(seconds, self.left() / 5)
        return replace(self, at=self.at - reserve, reserve=reserve)

    def reserved(self) -> Self:
        """Return the deadline of what the reserve is for; cancelling does not end that."""
        return replace(self, at=self.at + self.reserve, reserve=0.0, cancellation=None)

    def ended_by(self, cancellation: Cancellation | None) -> Self:
        """Return the same deadline, which comes at once when this is cancelled."""
        return replace(self, cancellation=cancellation)

    @property
    def is_cancelled(self) -> bool:
        """Whether it came by cancelling."""
        return self.cancellation is not None and self.cancellation.is_cancelled

    def left(self) -> float:
        """Seconds that are left; 0.0 when it has passed."""
        return 0.0 if self.is_cancelled else max(0.0, self.at - time.monotonic())

    def on_cancel(self, callback: Callable[[], object]) -> AbstractContextManager[None]:
        """Around a block: as :meth:`Cancellation.on_cancel`, nothing without a cancellation."""
        return nullcontext() if self.cancellation is None else self.cancellation.on_cancel(callback)

    def sleep(self, seconds: float) -> None:
        """Wait this many seconds, or until it is cancelled."""
        if self.cancellation is None:
            time.sleep(seconds)
        else:
            self.cancellation.wait(seconds)

    def fault_of(self, fault: HttpError) -> HttpError:
        """Return the fault as it is, or one of kind ``cancelled`` where cancelling was the cause or came meanwhile."""
        if not self.is_cancelled or fault.kind == "cancelled":
            return fault
        return HttpError("cancelled", "cancelled by the caller", possibly_billed=fault.possibly_billed)
