"""Server-sent events of a reply."""

from collections.abc import AsyncIterable, Mapping
from typing import Any

from starlette.responses import StreamingResponse

from harness.records import encode_json

DONE = b"data: [DONE]\n\n"
"""The end of a stream of OpenRouter's."""


def event(data: Mapping[str, Any], name: str | None = None) -> bytes:
    """Return an event; bytes in ``data`` become base64."""
    head = f"event: {name}\n" if name else ""
    return b"%bdata: %b\n\n" % (head.encode(), encode_json(data))


def event_stream(events: AsyncIterable[bytes], headers: Mapping[str, str]) -> StreamingResponse:
    """Return a reply of events, which no proxy is to collect first."""
    unbuffered = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers={**unbuffered, **headers})
