"""Images are examined in threads beside the next generations; what is found comes in the order of the images."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Self, TypeAlias

from harness.generation import Failed, Generated
from harness.records import TrialResult

THREADS = 2
"""Images that are examined at a time: more need their memory at the same time, and share Python's one lock."""
AHEAD = 2 * THREADS
"""Most images that were generated and are not recorded yet."""

Came: TypeAlias = Generated | Failed
Result: TypeAlias = Callable[[], TrialResult]
"""Waits for a result and returns it, or raises what examining raised."""
Examine: TypeAlias = Callable[[Came, Callable[[], None]], TrialResult]
"""Makes the result of what came. Calls what it is given before it asks what the images before this one showed: that
waits until they are through."""


class Examination:
    """One image to examine."""

    def __init__(self, came: Came, examine: Examine, before: "Examination | None", *, quick: bool) -> None:
        self.came, self.quick = came, quick
        self._examine, self._before = examine, before
        self._ended = threading.Event()
        self._result: TrialResult | BaseException | None = None

    @property
    def ready(self) -> bool:
        """Whether the result needs no waiting for another thread."""
        return self.quick or self._ended.is_set()

    def run(self) -> None:
        """Examine the image; what that raises is raised by :meth:`result`."""
        try:
            self._result = self._examine(self.came, self._wait_for_turn)
        except BaseException as error:
            self._result = error
        self._wait_for_turn()  # one that did not ask is not through before those before it either
        self.end()

    def end(self) -> None:
        """Let those wait no longer that come after it."""
        self._before = None
        self._ended.set()

    def result(self) -> TrialResult:
        """Return the result when it is there; one that is quick is made now. Raises what examining raised."""
        if self.quick:
            self.run()
        self._ended.wait()
        if isinstance(self._result, BaseException):
            raise self._result
        assert self._result is not None
        return self._result

    def _wait_for_turn(self) -> None:
        before = self._before  # another thread may forget it
        if before is not None:
            before._ended.wait()


class Examining:
    """Examines what is generated; a context manager that ends its threads.

    What ``is_quick`` takes less time than asking a thread: the thread that records examines it.
    """

    def __init__(self, examine: Examine, is_quick: Callable[[Came], bool]) -> None:
        self._examine, self._is_quick = examine, is_quick
        self._queue: SimpleQueue[Examination | None] = SimpleQueue()
        self._threads = 0
        self._wake: Callable[[], None] = lambda: None

    def on_start(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` from now on after each image that was examined in a thread."""
        self._wake = wake

    def results(self, generations: Iterable[Came | None]) -> Iterator[tuple[Came, Result]]:
        """Yield everything that comes with its result, in its order; None among ``generations``: look what has ended.

        While AHEAD images wait, nothing more is taken from ``generations``.
        """
        waiting: deque[Examination] = deque()
        try:
            for came in generations:
                if came is not None:
                    before = waiting[-1] if waiting else None
                    waiting.append(Examination(came, self._examine, before, quick=self._is_quick(came)))
                    self._begin(waiting[-1])
                while waiting and (waiting[0].ready or len(waiting) >= AHEAD):
                    yield from _taken(waiting.popleft())
            yield from _all_taken(waiting)
        except Exception:  # what was generated, and may have cost money, is recorded first
            yield from _all_taken(waiting)
            raise
        finally:
            for one in waiting:  # what is not taken any more
                one.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Empty):
            while True:
                self._queue.get_nowait()
        for _thread in range(self._threads):
            self._queue.put(None)

    def _begin(self, one: Examination) -> None:
        if one.quick:
            return
        self._queue.put(one)
        if self._threads < THREADS:
            self._threads += 1
            # a daemon, as those that generate: it holds up no end
            threading.Thread(target=self._live, daemon=True, name=f"examine {self._threads}").start()

    def _live(self) -> None:
        while (one := self._queue.get()) is not None:
            one.run()
            self._wake()


def _all_taken(waiting: deque[Examination]) -> Iterator[tuple[Came, Result]]:
    while waiting:
        yield from _taken(waiting.popleft())


def _taken(one: Examination) -> Iterator[tuple[Came, Result]]:
    try:
        yield one.came, one.result
    finally:
        one.end()
