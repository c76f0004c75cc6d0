"""One limit of time over everything that a call does."""

import time
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock. ``seconds`` is how long was allowed, for messages. ``reserve`` seconds behind it
    belong to the same time: they are for what must be done when it has passed, such as cancelling a job."""

    seconds: float
    at: float
    reserve: float = 0.0

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
        """Return the deadline of what the reserve is for."""
        return replace(self, at=self.at + self.reserve, reserve=0.0)

    def left(self) -> float:
        """Seconds that are left; 0.0 when it has passed."""
        return max(0.0, self.at - time.monotonic())
