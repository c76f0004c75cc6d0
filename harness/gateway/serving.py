"""A gateway that listens: REST and gRPC in one event loop, until it is asked to stop."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import uvicorn

from harness.errors import UsageError
from harness.gateway.gateway import Gateway
from harness.gateway.rest import create_app

KEEP_ALIVE = 65
"""Seconds that an idle connection stays open: longer than clients reuse one (httpx 5 s), else a request meets its
end."""
LOOK = 0.1
"""Seconds between looks at what ends it."""
START = 30.0
"""Seconds to wait for the server to listen."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a gateway listens."""

    rest: str
    """Base URL, without a path."""
    grpc: str | None = None
    """``host:port``; None: no gRPC."""


def serve(gateway: Gateway, stop: threading.Event, ready: Callable[[Addresses], None]) -> None:
    """Listen until ``stop`` is set or the worker has ended; ``ready`` is called with the addresses once it does. The
    caller closes the gateway.

    Raises UsageError where an address cannot be listened on.
    """
    asyncio.run(_serve(gateway, stop, ready))


async def _serve(gateway: Gateway, stop: threading.Event, ready: Callable[[Addresses], None]) -> None:
    options = gateway.options
    config = uvicorn.Config(
        create_app(gateway),
        options.host,
        options.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(options.drain) or None,
    )
    server = uvicorn.Server(config)
    # signals are the command's: see harness.runner.interruptible
    serving = asyncio.create_task(_listening(server))
    try:
        await _started(server, serving, options.host, options.port)
        port = server.servers[0].sockets[0].getsockname()[1]
        rpc, rpc_address = None, None
        if options.grpc_port is not None:
            from harness.gateway.rpc import serve_rpc

            rpc, rpc_port = await serve_rpc(gateway, options.host, options.grpc_port)
            rpc_address = f"{_shown(options.host)}:{rpc_port}"
        ready(Addresses(f"http://{_shown(options.host)}:{port}", rpc_address))
        while not (stop.is_set() or serving.done() or _ended(gateway)):
            await asyncio.sleep(LOOK)
        gateway.begin_drain()
        if rpc is not None:
            await rpc.stop(options.drain)
    finally:
        server.should_exit = True
        await serving


async def _listening(server: uvicorn.Server) -> None:
    # its exit where an address is taken would end the event loop, and the command with a code of its own
    with suppress(SystemExit):
        await server._serve()


async def _started(server: uvicorn.Server, serving: "asyncio.Task[None]", host: str, port: int) -> None:
    async with asyncio.timeout(START):
        while not server.started:
            if serving.done():
                raise UsageError(f"{host}:{port} cannot be listened on", "choose another with --port")
            await asyncio.sleep(0.01)


def _ended(gateway: Gateway) -> bool:
    """Return whether the worker ended by a fault: whoever started the process starts it again."""
    return gateway.worker is not None and gateway.worker.fault is not None


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
