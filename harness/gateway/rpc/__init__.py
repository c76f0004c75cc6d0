"""The gRPC API of a gateway: ``harness.v1.ImageService``, long-running operations, health and reflection."""

from harness.gateway.rpc.server import RpcServer, serve_rpc

__all__ = ["RpcServer", "serve_rpc"]
