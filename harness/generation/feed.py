"""Trials that come while others are generated: what a service hands to a Session."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.provider import Cancellation, Progress
from harness.records import Trial


@dataclass(frozen=True, slots=True)
class Watch:
    """What a caller follows while its image is generated: ``progress`` is called after each step of a provider that has
    steps, ``cancellation`` ends the generation."""

    progress: Progress | None = None
    cancellation: Cancellation | None = None


UNWATCHED = Watch()
"""Of a generation that no caller follows."""


class Feed:
    """A queue of trials between the threads that :meth:`put` them and the one that generates; ended by :meth:`close`.

    It holds all that is put: who puts limits that.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[Trial, Watch]] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._wake: Callable[[], None] = lambda: None

    def put(self, trial: Trial, watch: Watch = UNWATCHED) -> None:
        """Hand over a trial. Raises ValueError where the feed is closed."""
        if self._closed.is_set():
            raise ValueError("the feed is closed")
        self._queue.put((trial, watch))
        self._wake()

    def close(self) -> None:
        """End the feed once what was put is taken."""
        self._closed.set()
        self._wake()

    def on_put(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever there may be something new."""
        self._wake = wake

    def __iter__(self) -> Iterator[tuple[Trial, Watch] | None]:
        """Yield what was put; None where there is nothing now; end when it is closed and empty."""
        while True:
            closed = self._closed.is_set()
            try:
                yield self._queue.get_nowait()
            except queue.Empty:
                if closed:
                    return
                yield None
