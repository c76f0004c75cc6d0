"""A real gRPC server of a gateway on a free port, and stubs of its services."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

pytest.importorskip("grpc")

import grpc
from google.longrunning.operations_pb2_grpc import OperationsStub

from harness.gateway import Gateway
from harness.gateway.rpc import RpcServer, serve_rpc
from tests.gateway.rpc.stub import ImageServiceStub

SECONDS = 60
"""After which a call that does not end is a failure."""
SMALL = {"model": "painter", "prompt": "a red circle", "size": {"width": 64, "height": 64}, "quality": "QUALITY_DRAFT"}
"""Parameters of a quick generation."""
SLOW = SMALL | {"size": {"width": 512, "height": 512}, "quality": "QUALITY_HD", "n": 10}
"""Parameters of one that takes long."""


class Running:
    """A server in an event loop of its own."""

    def __init__(self, gateway: Gateway, stack: ExitStack) -> None:
        self.loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self.loop.run_forever, name="grpc server", daemon=True)
        thread.start()
        stack.callback(self._end, thread)
        self.server: RpcServer
        self.server, self.port = self.run(serve_rpc(gateway, "127.0.0.1", 0))
        stack.callback(lambda: self.run(self.server.stop()))
        self.address = f"127.0.0.1:{self.port}"

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    def _end(self, thread: threading.Thread) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        thread.join(SECONDS)
        assert not thread.is_alive(), "the loop did not stop"
        self.loop.close()


@pytest.fixture
def serve_grpc() -> Iterator[Callable[[Gateway], Running]]:
    """Yield a function that serves a gateway by gRPC."""
    with ExitStack() as stack:
        yield lambda gateway: Running(gateway, stack)


@pytest.fixture
def running(gateway: Gateway, serve_grpc: Callable[[Gateway], Running]) -> Running:
    """Return a running server of the gateway."""
    return serve_grpc(gateway)


@pytest.fixture
def channel(running: Running) -> Iterator["grpc.Channel"]:
    """Yield a channel to the server, with the default limits of clients."""
    with grpc.insecure_channel(running.address) as opened:
        yield opened


@pytest.fixture
def images(channel: "grpc.Channel") -> ImageServiceStub:
    """Return the stub of the image service."""
    return ImageServiceStub(channel)


@pytest.fixture
def operations(channel: "grpc.Channel") -> OperationsStub:
    """Return the stub of the long-running operations."""
    return OperationsStub(channel)
