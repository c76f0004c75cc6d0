"""Where a gateway may be reached: without API keys from this machine alone."""

import ipaddress

from harness.errors import UsageError
from harness.gateway.options import GatewayOptions


def check_exposure(options: GatewayOptions) -> None:
    """Raise UsageError where a gateway would listen for other machines without asking for keys."""
    if options.keys is None and not is_loopback(options.host):
        raise UsageError(
            f"{options.host} can be reached from other machines, and no API keys are needed",
            "name a keys file with --keys, or listen on 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    """Return whether a host name or address, as it is written, is this machine alone; names are not looked up."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
