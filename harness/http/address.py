"""Where a URL may lead: the guard before an image is fetched from an address that a reply named."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from harness.errors import UsageError, excerpt
from harness.http.errors import HttpError

_EMBEDDING = tuple(map(ipaddress.ip_network, ("::ffff:0:0/96", "64:ff9b::/96")))
"""IPv6 networks whose addresses end with an IPv4 address that is reached (v4-mapped, NAT64)."""
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is routed of IPv6: the rest is local, reserved, or a form that should not be met."""
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "100.100.100.200/32", "168.63.129.16/32", "2001::/23", "3fff::/20"),
    )
)
"""Not public, whatever the version of Python knows of it: protocol assignments, relays, services of Alibaba and Azure
for their machines, documentation."""
_ISATAP = (0x5EFE, 0x0200_5EFE)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be fetched, and the checked address to connect to (None: the proxy resolves the name)."""

    url: SplitResult
    address: str | None


def checked_url(text: str) -> str:
    """Return a base URL without its trailing slash. Raises UsageError: no http(s) scheme, no host, a login, a query."""
    hint = "write the whole address, such as https://api.example.com/v1"
    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"the address is damaged: {error}", hint) from None
    if parts.username is not None or parts.password is not None:
        # the address itself is not shown: it holds a password
        raise UsageError("the address holds a login", "take it out, and name the key's variable under `api_key_env:`")
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"the address '{_shown(text)}' does not begin with https:// or http://", hint)
    if not parts.hostname or any(c.isspace() for c in text.strip()):
        raise UsageError(f"the address '{_shown(text)}' names no host", hint)
    if parts.query or parts.fragment:
        # this part may be a key: it is not shown
        raise UsageError("the address has a part behind '?' or '#'", "end it with the path")
    return text.strip().rstrip("/")


def is_public(address: Address) -> bool:
    """Return whether an address is a public one; also checks an address inside it (v4-mapped, NAT64, 6to4, ISATAP)."""
    if isinstance(address, ipaddress.IPv6Address):
        last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if any(address in network for network in _EMBEDDING):
            return is_public(last)
        if address.sixtofour is not None:
            return is_public(address.sixtofour)
        isatap = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
        if address not in _UNICAST or (isatap and not is_public(last)):
            return False
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return address.is_global and not (special or address.is_multicast or address.is_reserved)


def is_private(url: str) -> bool:
    """Return whether a URL is written with this machine, or with an address that is not public; names are not looked
    up.
    """
    host = urlsplit(url.strip()).hostname or ""
    address = _written(host)
    return host.rstrip(".").rpartition(".")[2] == "localhost" if address is None else not is_public(address)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a URL is for, as messages say it."""

    what: str
    """Such as ``image``."""
    done: str
    """What is done with it, such as ``fetched``."""
    hint: str
    """How a private address is allowed."""


IMAGE = Purpose("image", "fetched", "where the service is your own, set `allow_private: true` of this provider")


def target_of(url: str, *, allow_private: bool, proxied: bool = False, purpose: Purpose = IMAGE) -> Target:
    """Check a URL before it is connected to. Raises HttpError: ``unsafe-url``, or ``dns``."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise _unsafe(url, "it is damaged", purpose) from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _unsafe(url, f"only https:// addresses are {purpose.done}", purpose)
    if parts.username is not None or parts.password is not None:
        raise _unsafe(url, "it holds a login", purpose)
    if parts.scheme == "http" and not allow_private:
        raise _unsafe(url, f"only https:// addresses are {purpose.done}", purpose, allow=is_private(url))
    addresses = _resolved(parts.hostname, port, purpose, proxied=proxied)
    if not allow_private and any(not is_public(address) for address in addresses):
        raise _unsafe(url, "it leads to a private, local or reserved address", purpose, allow=True)
    if parts.scheme == "http" and any(is_public(address) for address in addresses):
        raise _unsafe(url, f"only https:// addresses are {purpose.done} on the open internet", purpose)
    return Target(parts, None if proxied or not addresses else str(addresses[0]))


def _resolved(host: str, port: int, purpose: Purpose, *, proxied: bool) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        if proxied:
            return []
        raise HttpError("dns", f"the host of the {purpose.what}, {excerpt(host, 80)}, cannot be found") from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _written(host: str) -> Address | None:
    """Return the address that a host is written as, also in the old forms (``2130706433``, ``0x7f.1``), or None."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return None


def _unsafe(url: str, why: str, purpose: Purpose, *, allow: bool = False) -> HttpError:
    problem = f"the {purpose.what} at {_shown(url)} is not {purpose.done}: {why}"
    return HttpError("unsafe-url", problem, purpose.hint if allow else "", possibly_billed=purpose is IMAGE)


def _shown(url: str) -> str:
    """Return a URL as messages quote it: without its query and fragment, which may be a key."""
    return excerpt(url.partition("#")[0].partition("?")[0], 120)


def same_origin(url: str, other: str) -> bool:
    """Return whether two URLs have the same scheme, host and port, as they are written."""
    one, two = urlsplit(url), urlsplit(other)
    return (one.scheme, one.netloc) == (two.scheme, two.netloc)
