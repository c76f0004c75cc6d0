"""Providers of images: small adapters behind one protocol.

:func:`create` builds a provider of any kind, :func:`capabilities_of` tells what it can do without building it, and
:func:`registry` lists the kinds there are, installed ones included.
"""

from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.errors import BadOptionError, BrokenProviderError, UnknownKindError
from harness.provider.explanation import explained, least_price
from harness.provider.protocol import (
    SEED_PROMISES,
    BatchProvider,
    Capabilities,
    IsolatedProvider,
    Job,
    Output,
    Provider,
    ReadyProvider,
    SendingProvider,
)
from harness.provider.registry import (
    GROUP,
    Registered,
    adapter_of,
    capabilities_of,
    create,
    explain,
    identity_of,
    price_of,
    registry,
)

__all__ = [
    "GROUP",
    "SEED_PROMISES",
    "Adapter",
    "BadOptionError",
    "BatchProvider",
    "BrokenProviderError",
    "Capabilities",
    "Explanation",
    "IsolatedProvider",
    "Job",
    "Output",
    "Provider",
    "ReadyProvider",
    "Registered",
    "SendingProvider",
    "Tier",
    "UnknownKindError",
    "adapter_of",
    "capabilities_of",
    "create",
    "explain",
    "explained",
    "identity_of",
    "least_price",
    "price_of",
    "registry",
]
