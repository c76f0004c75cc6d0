"""Graceful Ctrl-C: the first asks the run to stop, the second leaves at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))


class Interrupted:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[Interrupted]:
    """Within the block the first Ctrl-C (or SIGTERM, SIGHUP, SIGQUIT) sets ``stop``, a second raises KeyboardInterrupt.

    A signal that is ignored (``nohup``) stays so. Outside the main thread signals cannot be caught, and the block
    changes nothing.
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

    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
