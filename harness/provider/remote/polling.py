"""Systems that take a job and are asked until it is done: one loop, and no job left behind."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from harness.http import Deadline, HttpError

T = TypeVar("T")
J = TypeVar("J")
BACKOFF = 1.5
"""How much longer each wait is than the one before."""


class Poller:
    """The running jobs of one provider, so that closing it cancels them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._running: dict[int, Callable[[], Any]] = {}
        self._waiting: set[threading.Event] = set()

    def run(
        self,
        submit: Callable[[], J],
        poll: Callable[[J], T | None],
        cancel: Callable[[J], Any],
        *,
        deadline: Deadline,
        interval: float = 0.25,
        longest: float = 3.0,
    ) -> T:
        """Submit, then ask until ``poll`` gives something; a job that is abandoned is cancelled.

        ``interval`` is the first wait in seconds, ``longest`` the longest. Raises HttpError: what the callables
        raise, or ``timeout`` when the deadline passes or the provider is closed, ``cancelled`` when the
        deadline's cancellation is.
        """
        if self._closed.is_set():
            raise _closed()
        job = submit()

        def stop() -> None:
            # the generation has failed already, whether or not the service was notified
            with contextlib.suppress(HttpError):
                cancel(job)

        token = id(stop)
        with self._guard:
            self._running[token] = stop
        try:
            found = self._wait(lambda: poll(job), deadline, interval, longest)
        except BaseException:
            if self._forget(token):
                stop()
            raise
        self._forget(token)
        return found

    def _wait(self, poll: Callable[[], T | None], deadline: Deadline, wait: float, longest: float) -> T:
        while (found := poll()) is None:
            left = deadline.left()
            if not left:
                problem = f"not done within {deadline.seconds:g} s"
                raise deadline.fault_of(HttpError("timeout", problem, "raise `timeout:`", possibly_billed=True))
            self.pause(min(wait, left), deadline)
            if self._closed.is_set():
                raise _closed()
            wait = min(wait * BACKOFF, longest)
        return found

    def pause(self, seconds: float, deadline: Deadline) -> None:
        """Wait, shorter when the provider is closed or the job cancelled meanwhile."""
        woken = threading.Event()
        with self._guard:
            self._waiting.add(woken)
        try:
            with deadline.on_cancel(woken.set):
                if not self._closed.is_set():
                    woken.wait(seconds)
        finally:
            with self._guard:
                self._waiting.discard(woken)

    def close(self) -> None:
        """Cancel every job that is still running."""
        self._closed.set()
        with self._guard:
            stops, self._running = list(self._running.values()), {}
            for woken in self._waiting:
                woken.set()
        for stop in stops:
            stop()

    def _forget(self, token: int) -> bool:
        with self._guard:
            return self._running.pop(token, None) is not None


def _closed() -> HttpError:
    return HttpError("timeout", "abandoned: the provider was closed", possibly_billed=True)
