"""Serving: any provider behind REST and gRPC, with durable jobs, webhooks and an ordinary run of what was served."""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.gateway.gateway import Gateway
    from harness.gateway.keys import add_key, list_keys, revoke_key
    from harness.gateway.options import GatewayOptions
    from harness.gateway.serving import Addresses, serve

__getattr__ = lazy(
    __name__,
    {
        "gateway": ("Gateway",),
        "keys": ("add_key", "list_keys", "revoke_key"),
        "options": ("GatewayOptions",),
        "serving": ("Addresses", "serve"),
    },
)

__all__ = ["Addresses", "Gateway", "GatewayOptions", "add_key", "list_keys", "revoke_key", "serve"]
