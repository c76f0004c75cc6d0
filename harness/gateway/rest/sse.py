"""Server-sent events of the REST APIs."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from fastapi.responses import StreamingResponse

from harness.records import encode_json

DONE = b"data: [DONE]\n\n"
"""The end of a stream, as OpenAI's clients expect it."""
ALIVE = b": processing\n\n"
"""A comment for proxies that cut off a silent connection."""
SILENCE = 10.0
"""Most seconds without a byte."""
MEDIA_TYPE = "text/event-stream"
CONTENT = {
    MEDIA_TYPE: {
        "schema": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {"type": "string"}},
        }
    }
}
"""The content of a reply of events, for OpenAPI: what each event is."""


def event(data: Mapping[str, Any], name: str | None = None, number: int | None = None) -> bytes:
    """Return an event with its name, and its number as the id; bytes in ``data`` become base64."""
    head = (f"id: {number}\n" if number else "") + (f"event: {name}\n" if name else "")
    return b"%bdata: %b\n\n" % (head.encode(), encode_json(data))


def event_stream(events: AsyncGenerator[bytes], headers: Mapping[str, str] | None = None) -> StreamingResponse:
    """Return a reply that streams events; the generator is closed when the client goes away."""
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"} | dict(headers or {})
    return StreamingResponse(_with_comments(events), headers=headers, media_type=MEDIA_TYPE)


async def _with_comments(events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    while True:
        coming = asyncio.ensure_future(anext(events, None))
        try:
            while not (await asyncio.wait({coming}, timeout=SILENCE))[0]:
                yield ALIVE
        except BaseException:
            # ends the generator too, which runs in that task
            coming.cancel()
            raise
        if (chunk := coming.result()) is None:
            return
        try:
            yield chunk
        except BaseException:
            await events.aclose()
            raise
