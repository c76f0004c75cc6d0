"""One limit of time over everything that a call does."""

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock. ``seconds`` is how long was allowed, for messages."""

    seconds: float
    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline this many seconds from now."""
        return cls(seconds, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that are left; 0.0 when it has passed."""
        return max(0.0, self.at - time.monotonic())
