"""Faults on demand that act on the way of a response: withheld, or cut."""

import asyncio

from starlette.types import Receive


class ResponseEnded(Exception):
    """Nothing more of a response is sent."""


async def withheld(receive: Receive, seconds: float) -> bool:
    """Wait until the client gives up, and at most ``seconds``; returns whether it is still there."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return True
    return False


def half(body: bytes) -> bytes:
    """Return the first half of a part of a body; nothing of a single byte."""
    return body[: len(body) // 2]
