"""Requests to addresses that others name: connected to as they were checked."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from harness.http.address import IMAGE, Purpose, target_of
from harness.http.connection import HEADERS, Connections, fault_of, proxy_for
from harness.http.deadline import Deadline

WEBHOOK = Purpose("webhook", "called", "allow private addresses with --webhook-private")


@dataclass(frozen=True, slots=True)
class Posted:
    """The reply to a POST; its body is not read."""

    status: int
    seconds: float


class GuardedPost:
    """Sends bodies to addresses that others name; for many threads. Redirects are not followed."""

    def __init__(self, *, allow_private: bool) -> None:
        """``allow_private``: also to addresses that are not public, and there without TLS."""
        self._allow_private = allow_private
        self._proxied = Connections(keep_alive=False)
        self._direct = Connections(trust_env=False, keep_alive=False)

    def send(self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Posted:
        """Send a body once, and return the reply of whatever status. Raises HttpError."""
        request, _, proxied = guarded_request(
            "POST", url, headers, allow_private=self._allow_private, content=body, purpose=WEBHOOK
        )
        begun = time.perf_counter()
        with (self._proxied if proxied else self._direct).one(deadline) as connection:
            try:
                response = connection.send(request, deadline)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise fault_of(error, request, deadline) from None
            response.close()
        return Posted(response.status_code, time.perf_counter() - begun)

    def close(self) -> None:
        """Close the connections."""
        self._proxied.close()
        self._direct.close()


def guarded_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    allow_private: bool,
    content: bytes | None = None,
    purpose: Purpose = IMAGE,
) -> tuple[httpx.Request, str, bool]:
    """Return a request to the address that a URL was checked to lead to, its host, and whether a proxy sends it.

    Raises HttpError: ``unsafe-url``, ``dns``.
    """
    proxied = proxy_for(url) is not None
    target = target_of(url, allow_private=allow_private, proxied=proxied, purpose=purpose)
    host = target.url.hostname or ""
    request = httpx.Request(method, url, headers={**HEADERS, **headers}, content=content)
    if target.address is not None:
        # connect to the address that was checked: asking for the name again could give another one
        request.url = request.url.copy_with(host=target.address)
        request.extensions["sni_hostname"] = host
    return request, host, proxied
