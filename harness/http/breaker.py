"""A service that is down is left alone for a while, instead of every picture waiting through its retries."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.http.faults import HttpFault

FAILURES = 5
"""Calls in a row that failed after all their attempts, before the service is left alone."""
REST = 30.0
"""Seconds it is left alone; then one call tries."""
_DOWN = frozenset({"connect", "dns", "tls", "proxy", "server", "timeout"})


class Breaker:
    """Counts the calls that failed in a row. Only faults of the server or of the way to it count."""

    def __init__(self, failures: int = FAILURES, rest: float = REST) -> None:
        self._failures, self._rest = failures, rest
        self._guard = threading.Lock()
        self._row = 0
        self._until = 0.0
        self._probing = False
        self._last = ""

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Around one whole call. Raises HttpFault of kind ``open`` while the service is left alone."""
        probing = self._enter()
        try:
            yield
        except HttpFault as fault:
            self._count(fault, probing)
            raise
        except BaseException:
            self._leave(probing)
            raise
        with self._guard:
            self._row = 0
            self._probing = False

    def _enter(self) -> bool:
        with self._guard:
            if self._row < self._failures:
                return False
            wait = self._until - time.monotonic()
            if wait <= 0 and not self._probing:
                self._probing = True
                return True
        when = f"asked again in {wait:.0f} s" if wait > 0.5 else "one call is trying it now"
        raise HttpFault(
            "open",
            f"not asked, because the last {self._failures} calls all failed ({self._last}); {when}",
            "see whether the service is up, and run again",
        )

    def _count(self, fault: HttpFault, probing: bool) -> None:
        with self._guard:
            if fault.kind in _DOWN:
                self._row += 1
                self._last = fault.problem[:160]
                if probing or self._row == self._failures:
                    self._until = time.monotonic() + self._rest
            else:
                self._row = 0
            if probing:
                self._probing = False

    def _leave(self, probing: bool) -> None:
        if probing:
            with self._guard:
                self._probing = False
