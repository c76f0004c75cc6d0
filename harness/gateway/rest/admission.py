"""Who may send a request: the key, and which web pages."""

import base64
import binascii
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from harness.gateway.errors import ForbiddenError
from harness.gateway.exposure import is_loopback
from harness.gateway.gateway import Gateway
from harness.gateway.rest.limited_body import too_large

OPEN = frozenset({"/healthz", "/readyz"})
"""Paths that never need a key."""
METRICS = "/metrics"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def admitted(gateway: Gateway, scope: Scope) -> str:
    """Return the name of the API key of a request, empty where it needs none.

    Raises GatewayError: UnauthorizedError, ForbiddenError, RateLimitedError, BodyTooLargeError, UnavailableError.
    """
    headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
    if path in OPEN:
        return ""
    here = is_loopback(_host(headers.get("host", "")))
    if not gateway.keys.needed:
        _refuse_foreign_pages(headers, here=here)
    if path == METRICS and here and is_loopback(gateway.options.host):
        return ""
    name = gateway.authenticate(presented(headers, method))
    if method not in READING:
        gateway.limits.count(name)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > gateway.options.body_limit:
        raise too_large(gateway.options.body_limit)
    return name


def presented(headers: Headers, method: str) -> str | None:
    """Return the API key that a request presents, None where there is none.

    As ``Bearer``, in ``x-api-key``, and for browsers as the password of ``Basic`` where nothing is changed: a browser
    sends that for pages of other sites too.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic" and method in READING:
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return None
    return headers.get("x-api-key")


def _refuse_foreign_pages(headers: Headers, *, here: bool) -> None:
    """Refuse what a browser sends for a page of another site, also where that site's name leads to this machine.

    Raises ForbiddenError.
    """
    if not here:
        raise ForbiddenError("without API keys only this machine is served", "ask at http://127.0.0.1, or use keys")
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != headers.get("host"):
        raise ForbiddenError("it comes from a web page of another site", "use API keys, and a server of your own")


def _netloc(origin: str) -> str:
    """Return host and port of an Origin header, empty where it is damaged."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _host(header: str) -> str:
    """Return the host of a Host header without its port, empty where it is damaged."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
        return parts.hostname or ""
    except ValueError:
        return ""
