"""The gRPC server of a gateway, in the event loop of its REST server."""

from dataclasses import dataclass
from typing import Any

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from harness.errors import UsageError
from harness.gateway.gateway import Gateway
from harness.gateway.rpc.authentication import Authentication
from harness.gateway.rpc.generated import image_service_pb2
from harness.gateway.rpc.health import Health
from harness.gateway.rpc.image_service import ImageService
from harness.gateway.rpc.operations import Operations

MOST_SENT = 4 * 2**20
"""Bytes of one message of the server; what clients accept by default."""
IMAGE_SERVICE = image_service_pb2.DESCRIPTOR.services_by_name["ImageService"]
SERVICES = (
    IMAGE_SERVICE.full_name,
    operations_pb2.DESCRIPTOR.services_by_name["Operations"].full_name,
)


@dataclass(frozen=True, slots=True)
class RpcServer:
    """A server that runs."""

    server: Any
    health: Health

    async def stop(self, grace: float | None = None) -> None:
        """Report NOT_SERVING, accept nothing more, and end what is not answered within ``grace`` seconds."""
        await self.health.stop()
        await self.server.stop(grace)


async def serve_rpc(gateway: Gateway, host: str, port: int) -> tuple[RpcServer, int]:
    """Serve a gateway on an address; returns the running server and its port, which is a free one where ``port`` is 0.

    Raises UsageError where the address cannot be used.
    """
    server = grpc.aio.server(
        interceptors=(Authentication(gateway),),
        options=(
            ("grpc.max_receive_message_length", gateway.options.body_limit),
            ("grpc.max_send_message_length", MOST_SENT),
            # a second server on the same port is an error, not a share of the calls
            ("grpc.so_reuseport", 0),
        ),
    )
    server.add_generic_rpc_handlers((_handler(ImageService(gateway)),))
    operations_pb2_grpc.add_OperationsServicer_to_server(Operations(gateway), server)
    state = Health(gateway, SERVICES)
    health_pb2_grpc.add_HealthServicer_to_server(state.servicer, server)
    reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    address = f"[{host}]" if ":" in host else host
    try:
        bound = server.add_insecure_port(f"{address}:{port}")
    except RuntimeError as fault:
        raise UsageError(f"gRPC cannot listen on {address}:{port}", "choose another port") from fault
    await server.start()
    await state.start()
    return RpcServer(server, state), bound


def _handler(service: ImageService) -> Any:
    """Return what hands each RPC of the proto to the method of its name."""
    methods = {}
    for rpc in IMAGE_SERVICE.methods:
        kind = grpc.unary_stream_rpc_method_handler if rpc.server_streaming else grpc.unary_unary_rpc_method_handler
        request, reply = GetMessageClass(rpc.input_type), GetMessageClass(rpc.output_type)
        methods[rpc.name] = kind(getattr(service, rpc.name), request.FromString, reply.SerializeToString)
    return grpc.method_handlers_generic_handler(IMAGE_SERVICE.full_name, methods)
