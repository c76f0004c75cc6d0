"""A gateway that serves the painter, and a real server of it on a free port."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import uvicorn

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.rest import create_app


@pytest.fixture
def gateway_options(tmp_path: Path) -> GatewayOptions:
    """Return the options of a gateway with its own folders; override it for other options."""
    return GatewayOptions(data=tmp_path / "gateway", reports=tmp_path / "reports", drain=5.0)


@pytest.fixture
def gateway(gateway_options: GatewayOptions) -> Iterator[Gateway]:
    """Yield an open gateway."""
    with Gateway.open(gateway_options) as opened:
        yield opened


@pytest.fixture
def serve() -> Iterator[Callable[[Gateway], str]]:
    """Yield a function that serves a gateway on a free port and returns the base URL, without a slash at the end."""
    with ExitStack() as stack:

        def start(gateway: Gateway) -> str:
            config = uvicorn.Config(create_app(gateway), port=0, log_level="warning", ws="none")
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, name="gateway server", daemon=True)
            thread.start()
            stack.callback(_stop, server, thread)
            end = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                assert time.monotonic() < end, "the server did not start"
                time.sleep(0.01)
            host, port = server.servers[0].sockets[0].getsockname()[:2]
            return f"http://{host}:{port}"

        yield start


@pytest.fixture
def server(gateway: Gateway, serve: Callable[[Gateway], str]) -> str:
    """Return the base URL of a real server of the gateway."""
    return serve(gateway)


def _stop(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(5)
    if thread.is_alive():
        server.force_exit = True
        thread.join(5)
    assert not thread.is_alive(), "the server did not stop"
