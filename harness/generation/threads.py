"""The threads that generate; reused, because starting one takes long where many are busy."""

import queue
import threading
from collections.abc import Callable


class Threads:
    """Daemon threads, one for each piece of work at a time: work that hangs holds up neither other work nor the end."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[Callable[[], None], Callable[[], None]] | None] = queue.SimpleQueue()
        self._threads = self._idle = 0

    def run(self, work: Callable[[], None], done: Callable[[], None]) -> None:
        """Do ``work``, then ``done``, in a thread; by then that thread may be given more."""
        with self._guard:
            new = not self._idle
            if new:
                self._threads += 1
            else:
                self._idle -= 1
        self._queue.put((work, done))
        if new:
            threading.Thread(target=self._live, daemon=True, name=f"generate {self._threads}").start()

    def close(self) -> None:
        """End every thread after its current work."""
        with self._guard:
            for _ in range(self._threads):
                self._queue.put(None)

    def _live(self) -> None:
        while (item := self._queue.get()) is not None:
            work, done = item
            try:
                work()
            except BaseException:
                # this thread ends: it is not counted as one that waits for work
                with self._guard:
                    self._threads -= 1
                done()
                raise
            with self._guard:
                self._idle += 1
            done()
