"""Limits of concurrency and rate for calls of a service."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness.http.deadline import Deadline
from harness.http.errors import HttpError

SLICE = 0.05
"""Seconds of one wait where it may be cancelled: these locks cannot be woken."""


class Pace:
    """At most ``concurrency`` calls at a time and, with ``rate``, at most so many in ``per`` seconds."""

    def __init__(self, rate: float | None, per: float, concurrency: int) -> None:
        self._slots = threading.BoundedSemaphore(max(1, concurrency))
        self._limiter = None if rate is None else _limiter(rate, per)

    @contextmanager
    def turn(self, deadline: Deadline) -> Iterator[None]:
        """Wait for a turn. Raises HttpError of kind ``timeout`` when the deadline comes first."""
        if not _acquired(lambda seconds: self._slots.acquire(timeout=seconds), deadline):
            raise _late(deadline)
        try:
            limiter = self._limiter
            if limiter and not _acquired(lambda seconds: limiter.try_acquire("", timeout=seconds), deadline):
                raise _late(deadline)
            yield
        finally:
            self._slots.release()

    def close(self) -> None:
        """End the thread that the counting of a rate keeps."""
        if self._limiter is not None:
            self._limiter.close()


def _acquired(acquire: Callable[[float], bool], deadline: Deadline) -> bool:
    """Return whether ``acquire``, called with the seconds it may wait, came through before the deadline."""
    if deadline.cancellation is None:
        return acquire(deadline.left())
    while not (acquired := acquire(min(SLICE, deadline.left()))) and deadline.left():
        pass
    return acquired


def _limiter(rate: float, per: float) -> Any:
    from pyrate_limiter import Limiter, Rate

    if rate >= 1 and float(rate).is_integer():
        return Limiter(Rate(int(rate), round(per * 1000)))
    return Limiter(Rate(1, max(1, round(per / rate * 1000))))


def _late(deadline: Deadline) -> HttpError:
    problem = f"no free slot within {deadline.seconds:g} s (`rate:` or `concurrency:` of the provider)"
    return HttpError("timeout", problem, "raise `timeout:`, `rate:` or `concurrency:`")
