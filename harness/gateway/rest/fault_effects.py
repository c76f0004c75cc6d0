"""Faults on demand that act on the way of a response: withheld, or cut."""

import asyncio
import threading
import time

from starlette.types import Receive

LOOK = 0.25
"""Seconds between looks whether the gateway stops."""


class ResponseEnded(Exception):
    """Nothing more of a response is sent."""


async def withheld(receive: Receive, seconds: float, stopping: threading.Event) -> bool:
    """Wait until the client gives up, at most ``seconds`` and until the gateway stops; returns whether the client is
    still there."""
    end = time.monotonic() + seconds
    while not stopping.is_set() and (left := end - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(min(LOOK, left)):
                if (await receive())["type"] == "http.disconnect":
                    return False
        except TimeoutError:
            pass
    return True


def half(body: bytes) -> bytes:
    """Return the first half of a part of a body; nothing of a single byte."""
    return body[: len(body) // 2]
