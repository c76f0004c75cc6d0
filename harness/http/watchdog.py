"""Aborting what exceeds its deadline: a server that sends a byte now and then never causes a read timeout."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Watchdog:
    """Calls a function when a moment comes and the block it guards has not ended. One thread serves all."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._heap: list[tuple[float, int, list[Callable[[], None]]]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def at(self, moment: float, act: Callable[[], None]) -> Iterator[None]:
        """Around a block: ``act`` is called, in another thread, when it still runs at ``moment`` (monotonic)."""
        armed = [act]
        with self._wake:
            heapq.heappush(self._heap, (moment, next(self._count), armed))
            if self._heap[0][2] is armed:
                self._wake.notify()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, daemon=True, name="http deadlines")
                self._thread.start()
        try:
            yield
        finally:
            with self._wake:
                armed.clear()

    def _watch(self) -> None:
        with self._wake:
            while True:
                while self._heap and not self._heap[0][2]:
                    heapq.heappop(self._heap)
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                for act in heapq.heappop(self._heap)[2]:
                    with suppress(OSError):
                        act()


WATCHDOG = Watchdog()
