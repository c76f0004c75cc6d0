"""API keys: the same check as of the REST APIs, before any RPC but those of health."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health

from harness.gateway.errors import GatewayError
from harness.gateway.gateway import Gateway
from harness.gateway.rpc.calls import KEY, refuse
from harness.gateway.rpc.statuses import status_of

SCHEME = "bearer "


class Authentication(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Ends RPCs without an accepted key; probes of orchestrators ask for health without one."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], details: Any) -> Any:
        """Return what answers an RPC."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(f"/{health.SERVICE_NAME}/"):
            return handler
        try:
            KEY.set(self._gateway.authenticate(presented(details.invocation_metadata)))
        except GatewayError as fault:
            return _refusing(handler, fault)
        return handler


def presented(metadata: Any) -> str | None:
    """Return the key that is sent as ``authorization: Bearer KEY``, None where there is none."""
    for name, value in metadata or ():
        if name == "authorization" and isinstance(value, str) and value.lower().startswith(SCHEME):
            return value[len(SCHEME) :].strip() or None
    return None


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
