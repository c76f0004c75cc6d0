"""Serving: any provider behind REST and gRPC, with durable jobs, webhooks and an ordinary run of what was served."""

from harness.gateway.gateway import Gateway
from harness.gateway.options import GatewayOptions

__all__ = ["Gateway", "GatewayOptions"]
