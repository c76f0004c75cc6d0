"""A real server of a gateway on a free port."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from harness.gateway import Gateway
from harness.gateway.rest import create_app

SECONDS = 20.0
"""To start."""


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    """Serve a gateway in a thread; yields the base URL, without a slash at the end."""
    server = uvicorn.Server(uvicorn.Config(create_app(gateway), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, name="gateway server", daemon=True)
    thread.start()
    try:
        end = time.monotonic() + SECONDS
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(5)
        if thread.is_alive():
            server.force_exit = True
            thread.join(5)
    assert not thread.is_alive(), "the server did not stop"
