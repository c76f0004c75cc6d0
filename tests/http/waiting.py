"""Waiting for what another thread does."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Return as soon as it is true. Raises AssertionError after this many seconds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


class Pauses:
    """True from a moment after the first call on: for a wait that shows nothing to the outside."""

    def __init__(self, seconds: float = 0.2) -> None:
        self.seconds = seconds
        self.end: float | None = None

    def __call__(self) -> bool:
        if self.end is None:
            self.end = time.monotonic() + self.seconds
        return time.monotonic() > self.end
