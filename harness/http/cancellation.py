"""Cancelling what runs in another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

T = TypeVar("T")


class Cancellation:
    """Whether something is to stop, for any number of threads. Once cancelled it stays so."""

    def __init__(self) -> None:
        # reentrant: a callback may look at it
        self._guard = threading.RLock()
        self._cancelled = threading.Event()
        self._callbacks: dict[object, Callable[[], object]] = {}

    @property
    def is_cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Cancel, and call every registered callback in this thread; a second call does nothing.

        A callback that raises does not stop the others; its exception comes out afterwards.
        """
        with self._guard, ExitStack() as calls:
            self._cancelled.set()
            callbacks, self._callbacks = list(self._callbacks.values()), {}
            for callback in reversed(callbacks):
                calls.callback(callback)

    def wait(self, seconds: float) -> bool:
        """Return True as soon as it is cancelled, False after this many seconds."""
        return self._cancelled.wait(seconds)

    @contextmanager
    def on_cancel(self, callback: Callable[[], object]) -> Iterator[None]:
        """Around a block: ``callback`` is called once, in the thread that cancels, or at once when already cancelled.

        After the block it is neither called nor still running. It must be short, and must not wait for a lock that the
        block's thread has at the block's end.
        """
        token = object()
        with self._guard:
            registered = not self._cancelled.is_set()
            if registered:
                self._callbacks[token] = callback
        if not registered:
            callback()
        try:
            yield
        finally:
            with self._guard:
                self._callbacks.pop(token, None)


def until_cancelled(work: Callable[[], T], cancellation: Cancellation, release: Callable[[T], object]) -> T:
    """Return what ``work`` returns, which runs in a thread of its own; what it returns after cancelling is released.

    Raises what ``work`` raises, and concurrent.futures.CancelledError as soon as it is cancelled.
    """
    from concurrent.futures import Future

    future: Future[T] = Future()

    def run() -> None:
        try:
            found = work()
        except BaseException as error:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        if future.set_running_or_notify_cancel():
            future.set_result(found)
        else:
            release(found)

    # a daemon: the end of the program does not wait for a connection that is of no use any more
    threading.Thread(target=run, daemon=True, name="cancellable call").start()
    with cancellation.on_cancel(future.cancel):
        return future.result()
