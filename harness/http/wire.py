"""The client underneath, and its exceptions told as faults."""

import socket
import ssl
import urllib.request
from urllib.parse import urlsplit

import httpx

from harness.http.call import Settings
from harness.http.deadline import Deadline
from harness.http.faults import HttpFault

CONNECT = 15.0
"""Longest time to connect, in seconds."""
_PROXY_REMEDY = "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"


def open_client(settings: Settings, *, trust_env: bool = True) -> httpx.Client:
    """A client for many threads, which keeps as many connections as there are calls at a time.

    Raises HttpFault of kind ``proxy`` or ``tls`` when the environment names what cannot be used.
    """
    connections = max(1, settings.concurrency)
    limits = httpx.Limits(max_connections=connections + 8, max_keepalive_connections=connections, keepalive_expiry=15.0)
    try:
        return httpx.Client(limits=limits, trust_env=trust_env, headers={"accept-encoding": "identity"})
    except (ValueError, ImportError) as error:
        raise HttpFault("proxy", f"the proxy of the environment cannot be used: {error}", _PROXY_REMEDY) from None
    except OSError as error:
        remedy = "check SSL_CERT_FILE and SSL_CERT_DIR"
        raise HttpFault("tls", f"the certificates cannot be read: {error.strerror or error}", remedy) from None


def timeouts(deadline: Deadline) -> dict[str, float]:
    """The limits of one request as httpcore takes them, none past the deadline."""
    left = max(0.001, deadline.left())
    return {"connect": min(left, CONNECT), "read": left, "write": left, "pool": left}


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for a URL, without its login."""
    parts = urlsplit(url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    proxies = urllib.request.getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return None if found is None else f"{found.rpartition('@')[2] if '@' in found else found}"


def fault_of(error: Exception, url: str, deadline: Deadline, received: int | None = None) -> HttpFault:
    """What a client's exception means. ``received`` is the number of bytes of the body, None before the reply."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    proxy = proxy_for(url)
    by = f" through the proxy {proxy}" if proxy else ""
    cause = _root(error)
    if isinstance(error, httpx.PoolTimeout):
        return HttpFault("timeout", f"no connection to {host} became free within {deadline.seconds:g} s", _SLOW)
    if isinstance(error, httpx.ConnectTimeout):
        return HttpFault("connect", f"{host} could not be reached{by} in time", _reach(proxy))
    if isinstance(error, httpx.TimeoutException):
        what = "no reply" if received is None else f"the reply stopped after {received} bytes"
        return HttpFault("timeout", f"{host}: {what} within {deadline.seconds:g} s", _SLOW, possibly_billed=True)
    if isinstance(error, httpx.ProxyError):
        return HttpFault("proxy", f"the proxy {proxy} refused to connect to {host}: {error}", _PROXY_REMEDY)
    if isinstance(error, httpx.ConnectError):
        return _unconnected(error, cause, host, by, proxy)
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return HttpFault("refused", f"{host}: the request cannot be sent: {error}", "check `base_url` and `headers`")
    if isinstance(error, ssl.SSLError) or isinstance(cause, ssl.SSLError):
        return HttpFault("tls", f"{host}: the secured connection broke: {cause}", _TLS, possibly_billed=True)
    if received is None:
        return HttpFault("connect", f"{host} cut the connection before it replied{by}", possibly_billed=True)
    return HttpFault("body", f"{host}: the reply was cut off after {received} bytes", possibly_billed=True)


_SLOW = "raise `timeout:`, or lower `concurrency:`"
_TLS = "where the service has a certificate of its own, name its authority in SSL_CERT_FILE"


def _reach(proxy: str | None) -> str:
    return _PROXY_REMEDY if proxy else "see whether the service is up, and check `base_url`"


def _unconnected(error: Exception, cause: BaseException, host: str, by: str, proxy: str | None) -> HttpFault:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return HttpFault("tls", f"the certificate of {host} is not trusted: {cause.verify_message}", _TLS)
    if isinstance(cause, ssl.SSLError):
        reason = (cause.reason or str(cause)).replace("_", " ").lower()
        return HttpFault("tls", f"no secured connection to {host}{by}: {reason}", "check https:// in `base_url`")
    if isinstance(cause, socket.gaierror):
        name = urlsplit(f"//{urlsplit(proxy).netloc or proxy}").hostname if proxy else host
        return HttpFault("dns", f"the host {name} cannot be found{by}", _reach(proxy))
    if isinstance(cause, ConnectionRefusedError):
        return HttpFault("connect", f"{host} refuses connections{by}", _reach(proxy))
    problem = getattr(cause, "strerror", None) or str(error)
    return HttpFault("connect", f"{host} cannot be reached{by}: {problem}", _reach(proxy))


def _root(error: BaseException) -> BaseException:
    seen = {id(error)}
    while (below := error.__cause__ or error.__context__) is not None and id(below) not in seen:
        error = below
        seen.add(id(error))
    return error
