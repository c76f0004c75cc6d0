"""Steps and previews of a job, as a ComfyUI server sends them over its websocket to the client that queued it.

They are for those who look at partial images; whether the job is done is asked for in any case, so that a connection
that fails costs previews alone. Needs the extra ``comfyui``; without it there are none.
"""

import contextlib
import importlib.util
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from harness.http import MIB, Settings
from harness.provider.protocol import Progress
from harness.provider.remote.decoding import as_map, number
from harness.provider.remote.options import RemoteOptions

PREVIEW = 1
"""The kind of a binary message that holds a preview; behind it come four bytes for the format, and the image."""
CONNECTING = 5.0
"""Most seconds until the connection is there; the job then goes without it."""


class Steps:
    """What the messages about one job say: the step that was last done, reported with its preview."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._step = self._steps = 0

    def take(self, message: str | bytes) -> None:
        """Take note of one message, whatever it holds."""
        if isinstance(message, bytes):
            if int.from_bytes(message[:4], "big") == PREVIEW and self._step:
                preview = message[8:]
                self._report(self._step, self._steps, lambda: _png(preview))
            return
        with contextlib.suppress(ValueError, RecursionError):
            found = as_map(json.loads(message))
            data = as_map(found.get("data"))
            step, steps = number(data.get("value")), number(data.get("max"))
            if found.get("type") == "progress" and step is not None and steps is not None:
                self._step, self._steps = int(step), int(steps)


@contextlib.contextmanager
def following(options: RemoteOptions, report: Progress | None) -> Iterator[str | None]:
    """Report the steps of the job that is queued inside, under the client id that is given; None without ``report``,
    and without a connection."""
    if report is None or importlib.util.find_spec("websockets") is None:
        yield None
        return
    client = str(uuid.uuid4())
    stack = contextlib.ExitStack()
    connection: Any = None
    with contextlib.suppress(Exception):  # whatever it is, the job goes without
        connection = stack.enter_context(_connecting(options.with_key(), client))
    if connection is None:
        yield None
        return
    steps = Steps(report)

    def listen() -> None:
        with contextlib.suppress(Exception):  # a lost connection, or an end of who looks, is no fault of the image
            for message in connection:
                steps.take(message)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            stack.close()
        thread.join(CONNECTING)


def _connecting(settings: Settings, client: str) -> contextlib.AbstractContextManager[Any]:
    from websockets.sync.client import connect

    from harness.http import auth_headers

    parts = urlsplit(settings.base_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    url = urlunsplit((scheme, parts.netloc, f"{parts.path.rstrip('/')}/ws", f"clientId={client}", ""))
    headers = {**settings.headers, **auth_headers(settings)}
    opened: contextlib.AbstractContextManager[Any] = connect(
        url, additional_headers=headers, open_timeout=CONNECTING, close_timeout=1, max_size=64 * MIB
    )
    return opened


def _png(preview: bytes) -> bytes:
    from harness.image import decode, encode_png

    return encode_png(decode(preview).pixels)
