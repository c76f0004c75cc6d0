"""The body of a request, limited while it comes: in bytes, in values of JSON and in time."""

import asyncio
import time

from starlette.types import Message, Receive

from harness.gateway.errors import BodyTimeoutError, BodyTooLargeError, GatewayError

IDLE = 20.0
"""Most seconds between two parts of a body."""
MOST_VALUES = 200_000
"""Values of one JSON body, each of which takes far more memory and time than its bytes; images are one value."""
TOTAL = 300.0
"""Most seconds for a whole body."""


class LimitedBody:
    """What an app receives in place of a request's messages.

    ``problem`` is set, and raised, when a limit is passed: what an app makes of that error is not to be sent.
    """

    def __init__(self, receive: Receive, limit: int, *, is_form: bool = False) -> None:
        """``limit`` is the most bytes; ``is_form``: the body has files, and is not JSON."""
        self.problem: GatewayError | None = None
        self.complete = False
        """Whether the whole body came, or the client went away."""
        self._receive, self._limit = receive, limit
        self._is_form = is_form
        self._count = self._values = 0
        self._end = time.monotonic() + TOTAL

    async def __call__(self) -> Message:
        """Return the next message. Raises BodyTooLargeError, BodyTimeoutError."""
        if self.complete:
            return await self._receive()
        try:
            async with asyncio.timeout(min(IDLE, max(0.0, self._end - time.monotonic()))):
                message = await self._receive()
        except TimeoutError:
            raise self._failed(BodyTimeoutError("the body did not come in time", "send it faster")) from None
        self._count += len(message.get("body", b""))
        if self._count > self._limit:
            raise self._failed(too_large(self._limit))
        if not self._is_form:
            self._values += sum(message.get("body", b"").count(sign) for sign in b",[{")
        if self._values > MOST_VALUES:
            raise self._failed(BodyTooLargeError("the body has too many values", f"at most {MOST_VALUES:,}"))
        self.complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _failed(self, problem: GatewayError) -> GatewayError:
        self.problem = problem
        return problem


def too_large(limit: int) -> BodyTooLargeError:
    """Return the error of a body over a limit in bytes."""
    return BodyTooLargeError("the body is too large", f"at most {limit:,} bytes")
