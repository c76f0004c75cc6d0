"""A real server of a gateway on a free port."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from harness.gateway import Gateway
from harness.gateway.rest import create_app

SECONDS = 20.0
"""To start."""


class Server(uvicorn.Server):
    """Ends at once when it is asked to: uvicorn looks every tenth of a second, and waits for two of them at its end."""

    listens = False

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.loop, self.asked = asyncio.get_running_loop(), asyncio.Event()
        self.listens = True
        await self.asked.wait()

    async def shutdown(self, sockets: object = None) -> None:
        for listening in self.servers:
            listening.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while (state.connections or state.tasks) and not self.force_exit:
            await asyncio.sleep(0.002)
        await self.lifespan.shutdown()

    def end(self) -> None:
        if self.listens:
            self.loop.call_soon_threadsafe(self.asked.set)


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    """Serve a gateway in a thread; yields the base URL, without a slash at the end."""
    server = Server(uvicorn.Config(create_app(gateway), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, name="gateway server", daemon=True)
    thread.start()
    try:
        end = time.monotonic() + SECONDS
        while not server.listens:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.002)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.end()
        thread.join(5)
        if thread.is_alive():
            server.force_exit = True
            thread.join(5)
    assert not thread.is_alive(), "the server did not stop"
