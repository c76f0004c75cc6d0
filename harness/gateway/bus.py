"""What happens to jobs, passed from the threads that generate to those who wait in an event loop."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.gateway.records import JobEvent
from harness.provider import Progress
from harness.vocabulary import JobEventKind

BACKLOG = 256
"""Most events that wait for a slow listener: more are dropped for it, and it reads the stored ones."""

PARTIAL_BACKLOG = 32
"""Most events that wait for a slow listener when a partial image, of up to megabytes, comes: it is dropped for it."""


class Bus:
    """Publishes events within this process. What a listener misses is in the job store, partial images apart."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._listeners: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[JobEvent]]]] = defaultdict(list)
        self._partial: dict[str, int] = defaultdict(int)

    def publish(self, event: JobEvent) -> None:
        """Hand an event to whoever listens to its job; from any thread."""
        with self._guard:
            listeners = list(self._listeners.get(event.job, ()))
        for loop, queue in listeners:
            # a closed loop has no listener
            if not loop.is_closed():
                loop.call_soon_threadsafe(_put, queue, event)

    def has_partial_listener(self, job: str) -> bool:
        """Return whether partial images of a job are listened for."""
        with self._guard:
            return self._partial.get(job, 0) > 0

    def progress_of(self, job: str, index: int) -> Progress:
        """Return what publishes the steps of an image; its partial image is only made where it is listened for."""

        def report(step: int, steps: int, image: Callable[[], bytes]) -> None:
            if step < steps and self.has_partial_listener(job):
                data = {"index": index, "step": step, "steps": steps}
                self.publish(JobEvent(job, 0, JobEventKind.PARTIAL, time.time(), data, image()))

        return report

    def has_listener(self, job: str) -> bool:
        """Return whether somebody listens to a job."""
        with self._guard:
            return bool(self._listeners.get(job))

    @contextmanager
    def listen(self, job: str, *, partial: bool = False) -> Iterator["asyncio.Queue[JobEvent]"]:
        """Yield a queue of the events of a job from now on; with ``partial`` partial images too."""
        queue: asyncio.Queue[JobEvent] = asyncio.Queue(BACKLOG)
        listener = asyncio.get_running_loop(), queue
        with self._guard:
            self._listeners[job].append(listener)
            self._partial[job] += partial
        try:
            yield queue
        finally:
            with self._guard:
                self._listeners[job].remove(listener)
                self._partial[job] -= partial
                if not self._listeners[job]:
                    del self._listeners[job]
                    del self._partial[job]


def _put(queue: "asyncio.Queue[JobEvent]", event: JobEvent) -> None:
    if queue.qsize() < (BACKLOG if event.image is None else PARTIAL_BACKLOG):
        queue.put_nowait(event)
