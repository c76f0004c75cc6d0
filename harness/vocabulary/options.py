"""Options of a provider that are the same for many kinds, and what each does."""

from collections.abc import Mapping
from types import MappingProxyType

PROGRAM_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "promise": "what its seed promises: none, best-effort, exact-per-environment or exact",
        "price": "US dollars for an image",
        "concurrency": "how many images at a time",
    }
)
"""Options that the own programs of a user (folder, command, python) take beside their own."""
TRANSPORT_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "base_url": "where the service is",
        "api_key_env": "the environment variable that holds the key",
        "headers": "more headers for every call (name: text; no keys)",
        "retries": "attempts after the first (3)",
        "rate": "calls a second at most",
        "concurrency": PROGRAM_OPTIONS["concurrency"],
        "max_bytes": "largest reply, in bytes",
        "allow_private": "fetch images from private addresses too (a service of your own)",
        "price": PROGRAM_OPTIONS["price"],
    }
)
"""Options of every hosted kind."""
OUTSIDE_SUBJECT = frozenset({*PROGRAM_OPTIONS, *TRANSPORT_OPTIONS, "timeout", "stream", "poll", "local_files_only"}) - {
    "base_url"
}
"""Options that say how a provider is reached, not what it generates: they are no part of the subject."""
