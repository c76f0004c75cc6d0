"""Health: every service serves as long as the worker works and the gateway is not shut down."""

import asyncio
from contextlib import suppress

from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from harness.gateway.gateway import Gateway

LOOK = 0.5
"""Seconds between looks at the worker."""


class Health:
    """Reports on the services of a server; :meth:`start` begins to, :meth:`stop` ends with NOT_SERVING."""

    def __init__(self, gateway: Gateway, services: tuple[str, ...]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._gateway = gateway
        self._services = ("", *services)
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow the worker."""
        await self._report()
        self._watching = asyncio.ensure_future(self._watch())

    async def stop(self) -> None:
        """Report NOT_SERVING from now on."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self.servicer.enter_graceful_shutdown()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self._report()

    async def _report(self) -> None:
        worker = self._gateway.worker
        works = not self._gateway.service.stopping.is_set() and (worker is None or worker.fault is None)
        status = HealthCheckResponse.SERVING if works else HealthCheckResponse.NOT_SERVING
        for service in self._services:
            await self.servicer.set(service, status)
