"""The HTTP client, and its exceptions as HttpError."""

import logging
import os
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness import __version__
from harness.errors import redact
from harness.http.cancellation import until_cancelled
from harness.http.deadline import Deadline
from harness.http.errors import HttpError
from harness.http.watchdog import WATCHDOG

CONNECT = 15.0
"""Longest time to connect, in seconds."""
IDLE = 5.0
"""Seconds that an unused connection is kept: shorter than servers do, so that none is found closed."""
HEADERS = {"accept-encoding": "identity", "user-agent": f"image-harness/{__version__}"}
_PROXY_HINT = "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"


class _Redacting(logging.Filter):
    """Redacts what the HTTP libraries log: at level DEBUG they log the headers of replies."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks"):
    logging.getLogger(_name).addFilter(_Redacting())


class Connection:
    """One connection, used by one thread at a time.

    Where no proxy is named it is httpx's transport alone: what its client does beside (cookies, redirects, logins) is
    not needed here, and costs a tenth of a call.
    """

    def __init__(self, *, trust_env: bool, keep_alive: bool = True) -> None:
        limits = httpx.Limits(
            max_connections=1, max_keepalive_connections=1 if keep_alive else 0, keepalive_expiry=IDLE
        )
        self.client: httpx.Client | httpx.HTTPTransport
        if trust_env and urllib.request.getproxies():
            self.client = httpx.Client(limits=limits, verify=_certificates())
        else:
            self.client = httpx.HTTPTransport(limits=limits, verify=_certificates())
        self._stream: Any = None
        self._sending = self.cancelled = False

    def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        """Send, and wait for the head of the reply. Raises what httpx raises, and HttpError of kind ``cancelled``."""
        request.extensions["timeout"] = timeouts(deadline)
        request.extensions["trace"] = self._trace
        self._sending = False
        if deadline.cancellation is None:
            return self._sent(request)
        try:
            # a name that is looked up, a connection that is made and a handshake cannot be ended from outside
            return until_cancelled(lambda: self._sent(request), deadline.cancellation, httpx.Response.close)
        except CancelledError:
            raise HttpError("cancelled", "cancelled by the caller", possibly_billed=self._sending) from None

    def _sent(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.client, httpx.Client):
            return self.client.send(request, stream=True, follow_redirects=False)
        response = self.client.handle_request(request)
        response.request = request
        return response

    def abort(self) -> None:
        """End the connection from another thread: what waits for it then fails. Raises OSError."""
        stream = self._stream
        connection = stream and stream.get_extra_info("socket")
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)

    def cancel(self) -> None:
        """End the connection for good, from another thread: nothing is sent through it any more."""
        self.cancelled = True
        with suppress(OSError):
            self.abort()

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = info["return_value"]
            if self.cancelled:
                self._stream.close()
                raise httpx.ConnectError("cancelled")
        elif event.endswith("send_request_headers.started"):
            if self.cancelled:
                raise httpx.WriteError("cancelled")
            self._sending = True


class Connections:
    """Clients for many threads: each takes the one returned last, so few connections are kept.

    One client with many connections looks through all of them at each call; this way costs half the time.
    """

    def __init__(self, *, trust_env: bool = True, keep_alive: bool = True) -> None:
        self._trust_env, self._keep_alive = trust_env, keep_alive
        self._guard = threading.Lock()
        self._free: list[Connection] = []
        self._closed = False

    @contextmanager
    def one(self, deadline: Deadline) -> Iterator[Connection]:
        """Yield a client for this thread, aborted at the deadline or when cancelled. Raises HttpError: ``proxy``,
        ``tls``."""
        with self._guard:
            connection = self._free.pop() if self._free else None
        connection = connection or _opened(trust_env=self._trust_env, keep_alive=self._keep_alive)
        try:
            with WATCHDOG.at(deadline.at, connection.abort), deadline.on_cancel(connection.cancel):
                yield connection
        finally:
            with self._guard:
                ended = self._closed or connection.cancelled
                if not ended:
                    self._free.append(connection)
            if ended:
                connection.client.close()

    def close(self) -> None:
        """Close the connections; one in use is closed when it is returned."""
        with self._guard:
            self._closed = True
            connections, self._free = self._free, []
        for connection in connections:
            connection.client.close()


def _opened(*, trust_env: bool, keep_alive: bool) -> Connection:
    try:
        return Connection(trust_env=trust_env, keep_alive=keep_alive)
    except (ValueError, ImportError) as error:
        raise HttpError("proxy", f"the proxy of the environment cannot be used: {error}", _PROXY_HINT) from None
    except OSError as error:
        hint = "check SSL_CERT_FILE and SSL_CERT_DIR"
        raise HttpError("tls", f"the certificates cannot be read: {error.strerror or error}", hint) from None


@lru_cache(maxsize=4)
def _context(_files: tuple[str | None, ...]) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _certificates() -> ssl.SSLContext:
    """Return the trusted certificates, read once; SSL_CERT_FILE and SSL_CERT_DIR are honored."""
    return _context((os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")))


def timeouts(deadline: Deadline) -> dict[str, float]:
    """Return the limits of one request as httpcore takes them, none past the deadline."""
    left = max(0.001, deadline.left())
    return {"connect": min(left, CONNECT), "read": left, "write": left, "pool": left}


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for a URL, without its login."""
    parts = urlsplit(url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    proxies = urllib.request.getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return None if found is None else f"{found.rpartition('@')[2] if '@' in found else found}"


def fault_of(error: Exception, request: httpx.Request, deadline: Deadline, received: int | None = None) -> HttpError:
    """Return the HttpError for a client's exception. ``received``: bytes of the body so far, None before the reply."""
    # the URL of an image holds the address that was checked, and the header the name
    host = request.headers.get("host") or request.url.netloc.decode("ascii", "replace")
    proxy = None if "sni_hostname" in request.extensions else proxy_for(str(request.url))
    by = f" through the proxy {proxy}" if proxy else ""
    cause = _root(error)
    if isinstance(error, httpx.ConnectTimeout):
        return HttpError("connect", f"{host} could not be reached{by} in time", _reach(proxy))
    if isinstance(error, httpx.TimeoutException) or (not deadline.left() and not isinstance(error, httpx.ConnectError)):
        what = "no reply" if received is None else f"the reply stopped after {received} bytes"
        return HttpError("timeout", f"{host}: {what} within {deadline.seconds:g} s", _SLOW, possibly_billed=True)
    if isinstance(error, httpx.ProxyError):
        return HttpError("proxy", f"the proxy {proxy} refused to connect to {host}: {error}", _PROXY_HINT)
    if isinstance(error, httpx.ConnectError):
        return _unconnected(error, cause, host, by, proxy)
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return HttpError("refused", f"{host}: the request cannot be sent: {error}", "check `base_url` and `headers`")
    if isinstance(error, ssl.SSLError) or isinstance(cause, ssl.SSLError):
        return HttpError("tls", f"{host}: the secured connection broke: {cause}", _TLS, possibly_billed=True)
    if received is None:
        return HttpError("connect", f"{host} cut the connection before it replied{by}", possibly_billed=True)
    return HttpError("body", f"{host}: the reply was cut off after {received} bytes", possibly_billed=True)


_SLOW = "raise `timeout:`, or lower `concurrency:`"
_TLS = "where the service has a certificate of its own, name its authority in SSL_CERT_FILE"


def _reach(proxy: str | None) -> str:
    return _PROXY_HINT if proxy else "see whether the service is up, and check `base_url`"


def _unconnected(error: Exception, cause: BaseException, host: str, by: str, proxy: str | None) -> HttpError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return HttpError("tls", f"the certificate of {host} is not trusted: {cause.verify_message}", _TLS)
    if isinstance(cause, ssl.SSLError):
        reason = (cause.reason or str(cause)).replace("_", " ").lower()
        hint = "check `base_url`: a server without TLS is reached at http://"
        return HttpError("tls", f"no secured connection to {host}{by}: {reason}", hint)
    if isinstance(cause, socket.gaierror):
        if proxy:
            name = urlsplit(f"//{urlsplit(proxy).netloc or proxy}").hostname
            return HttpError("dns", f"the host of the proxy, {name}, cannot be found", _PROXY_HINT)
        return HttpError("dns", f"the host {host} cannot be found", "check `base_url`, and the network of this machine")
    if isinstance(cause, ConnectionRefusedError):
        who = f"the proxy {urlsplit(proxy).netloc or proxy}" if proxy else host
        return HttpError("connect", f"{who} refuses connections", _reach(proxy))
    problem = getattr(cause, "strerror", None) or str(error)
    return HttpError("connect", f"{host} cannot be reached{by}: {problem}", _reach(proxy))


def _root(error: BaseException) -> BaseException:
    seen = {id(error)}
    while (below := error.__cause__ or error.__context__) is not None and id(below) not in seen:
        error = below
        seen.add(id(error))
    return error
