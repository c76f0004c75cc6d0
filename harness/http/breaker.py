"""A circuit breaker: calls to a service that went down wait for one probing call."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import excerpt
from harness.http.deadline import Deadline
from harness.http.errors import HttpError

FAILURES = 5
"""Failed calls in a row (after all their attempts) that open the breaker."""
OPEN_SECONDS = 30.0
"""Seconds without calls; then one call, the probe, tries the service."""
PROBES = 3
"""Failed probes in a row after which calls fail at once instead of waiting."""
_DOWN = frozenset({"connect", "dns", "tls", "proxy", "server", "timeout"})


class Breaker:
    """Open after ``failures`` calls in a row that failed: then no call begins but one probe every ``rest`` seconds.

    While it is open the others wait for the probe. Where it comes through all go on; where it fails, those that waited
    for it fail too. After ``probes`` of them, or for a service that never answered at all, nothing waits. Calls that
    were on their way when it opened go on, and one that comes through closes it. Only faults of the server or of the
    way to it count.
    """

    def __init__(self, failures: int = FAILURES, rest: float = OPEN_SECONDS, probes: int = PROBES) -> None:
        self._failures, self._rest, self._most = failures, rest, probes
        self._changed = threading.Condition()
        self._failures_in_row = 0
        self._failed = 0
        self._until = 0.0
        self._probing = False
        self._answered = self._closed = False
        self._last = ""
        self._waiting: list[Deadline] = []

    @contextmanager
    def watch(self, deadline: Deadline, *, patient: bool = True) -> Iterator[None]:
        """Around one whole call. Raises HttpError of kind ``open`` when the service is still left alone at the deadline
        (at once unless ``patient``), when the probe it waited for failed, and when the breaker is closed; of kind
        ``cancelled`` when it was cancelled meanwhile."""
        # around the lock, never inside: who cancels needs it too
        with deadline.on_cancel(self._notify):
            probing = self._enter(deadline, patient)
        try:
            yield
        except HttpError as fault:
            if fault.kind == "cancelled":
                # says nothing of the service
                if probing:
                    self._given_up()
            elif fault.kind in _DOWN:
                self._down(fault, probing)
            else:
                self._up()
            raise
        except BaseException:
            if probing:
                self._given_up()
            raise
        self._up()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Fail every waiting call."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _enter(self, deadline: Deadline, patient: bool) -> bool:
        """Wait until the call may begin; whether it is the probe."""
        with self._changed:
            if self._failures_in_row < self._failures:
                return False
            came = self._failed
            self._waiting.append(deadline)
            try:
                while self._failures_in_row >= self._failures:
                    rest = self._until - time.monotonic()
                    # who has the most time left tries, so that its own deadline is not taken for a failure
                    if rest <= 0 and not self._probing and deadline.at >= max(other.at for other in self._waiting):
                        self._probing = True
                        return True
                    given_up = self._failed != came or self._failed >= self._most or self._closed
                    if given_up or not patient or not deadline.left():
                        raise deadline.fault_of(self._fault(rest))
                    soon = rest if rest > 0 and not self._probing else deadline.left()
                    self._changed.wait(min(soon, deadline.left()))
            finally:
                self._waiting.remove(deadline)
                self._changed.notify_all()
            return False

    def _fault(self, rest: float) -> HttpError:
        when = f"tried again in {rest:.0f} s" if rest > 0.5 else "one call is trying it now"
        return HttpError(
            "open",
            f"not sent: the last {self._failures_in_row} calls all failed ({self._last}); {when}",
            "see whether the service is up, then generate what failed: --resume --rerun failed",
        )

    def _down(self, fault: HttpError, probing: bool) -> None:
        with self._changed:
            was_open = self._failures_in_row >= self._failures
            self._failures_in_row += 1
            self._last = excerpt(fault.problem, 160)
            if self._failures_in_row == self._failures:
                self._failed = 0 if self._answered else self._most
                self._until = time.monotonic() + self._rest
            elif probing and was_open:
                self._failed += 1
                self._until = time.monotonic() + self._rest
            if probing:
                self._probing = False
            self._changed.notify_all()

    def _up(self) -> None:
        with self._changed:
            self._failures_in_row = self._failed = 0
            self._probing = False
            self._answered = True
            self._changed.notify_all()

    def _given_up(self) -> None:
        with self._changed:
            self._probing = False
            self._changed.notify_all()
