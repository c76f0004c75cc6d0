"""API keys and their limits: the same as of the REST APIs, before any RPC but those of health."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health

from harness.gateway.access_log import Access
from harness.gateway.errors import GatewayError
from harness.gateway.gateway import Gateway
from harness.gateway.rpc.calls import KEY, METHOD, log, refuse
from harness.gateway.rpc.statuses import status_of

READING = ("/GetOperation", "/ListOperations", "/WaitOperation", "/DownloadImage", "/ServerReflectionInfo")
"""RPCs that do not count for the rate of a key."""


class Authentication(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Ends RPCs without an accepted key, or beyond its rate; orchestrators ask for health without a key."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], details: Any) -> Any:
        """Return what answers an RPC."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(f"/{health.SERVICE_NAME}/"):
            return handler
        access = Access(METHOD, details.method)
        try:
            access.key = self._gateway.authenticate(presented(details.invocation_metadata))
            if not details.method.endswith(READING):
                self._gateway.limits.count(access.key)
        except GatewayError as fault:
            access.status = fault.status
            log(self._gateway, access)
            return _refusing(handler, fault)
        KEY.set(access.key)
        return handler


def presented(metadata: Any) -> str | None:
    """Return the key that is sent as ``authorization: Bearer KEY`` or ``x-api-key: KEY``, None where there is none."""
    given = {name: value for name, value in metadata or () if isinstance(value, str)}
    scheme, _, value = given.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else given.get("x-api-key")


def _refusing(handler: Any, fault: GatewayError) -> Any:
    """Return a handler of the same kind that ends each call with an error."""

    async def answer(request: Any, context: Any) -> None:
        del request
        await refuse(context, status_of(fault))

    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    return kinds[handler.request_streaming, handler.response_streaming](
        answer, handler.request_deserializer, handler.response_serializer
    )
