"""Graceful Ctrl-C: the first asks the run to stop, the second leaves at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[Interrupted]:
    """Within the block the first Ctrl-C (or SIGTERM) sets ``stop``, a second raises KeyboardInterrupt.

    Outside the main thread signals cannot be caught, and the block changes nothing.
    """
    state = Interrupted()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        if state.pressed:
            raise KeyboardInterrupt
        state.pressed = True
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
