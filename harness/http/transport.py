"""The one client of every hosted system: attempts, limits, keys, replies."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from harness.errors import excerpt, know_proxies, redact
from harness.http.address import same_origin
from harness.http.body import limited, read_limited
from harness.http.breaker import Breaker
from harness.http.call import Call, Event, Reply, Settings
from harness.http.connection import HEADERS, Connection, Connections, fault_of, timeouts
from harness.http.deadline import Deadline
from harness.http.errors import HttpError
from harness.http.guarded import guarded_request
from harness.http.json_base64 import b64_image, checked_image
from harness.http.pace import Pace
from harness.http.retry import wait_before, worth_another
from harness.http.sse import events_of
from harness.http.status import fault_of_status, rate_limit_of, request_id_of
from harness.records import encode_json

T = TypeVar("T")
HOPS = 3
"""Most redirects on the way to an image."""
_REDACTED_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authenticate", "www-authenticate"})


class Transport:
    """One service, for many threads. ``name`` is the provider's, ``settings`` say how it is reached; ``heard`` gets
    each of its replies, in the thread that made the call (of a stream without its body)."""

    def __init__(self, name: str, settings: Settings, heard: Callable[[Reply], None] | None = None) -> None:
        self.name = name
        self.settings = settings
        self._heard = heard or (lambda _: None)
        self._breaker = Breaker()
        know_proxies()
        self._pace = Pace(settings.rate, settings.per, settings.concurrency)
        self._auth = auth_headers(settings)
        self._connections = Connections()
        # an image's address is connected to as it was checked: no connection may serve another host at that address
        self._direct = Connections(trust_env=False, keep_alive=False)

    def request(self, call: Call, deadline: Deadline) -> Reply:
        """Send a call until it has a reply, at most ``1 + retries`` times and within the deadline.

        Raises HttpError.
        """
        request = self._request(call)

        def attempt() -> Reply:
            begun = time.perf_counter()
            with self._sent(request, call, deadline) as response:
                headers = _headers(response)
                body = self._body(response, headers, deadline)
            return _reply(response, headers, body, seconds=time.perf_counter() - begun)

        with self._breaker.watch(deadline, patient=call.patient):
            reply, attempts = self._attempts(attempt, call, deadline)
        self._heard(reply)
        return reply if attempts == 1 else replace(reply, attempts=attempts)

    def events(self, call: Call, deadline: Deadline, begun: Callable[[Reply], None] | None = None) -> Iterator[Event]:
        """Yield the events of a streamed reply, as they come; attempts end with the first byte.

        ``begun`` gets the reply without its body before the first event. A service that does not stream gives one
        event named ``reply`` with the whole body. Raises HttpError.
        """
        request = self._request(call, accept="text/event-stream")

        def attempt() -> tuple[Any, httpx.Response]:
            opened = self._sent(request, call, deadline)
            return opened, opened.__enter__()

        with self._breaker.watch(deadline, patient=call.patient):
            (opened, response), attempts = self._attempts(attempt, call, deadline)
        try:
            headers = _headers(response)
            head = _reply(response, headers, attempts=attempts)
            self._heard(head)
            if begun is not None:
                begun(head)
            if "event-stream" not in headers.get("content-type", ""):
                body = self._body(response, headers, deadline)
                yield Event("reply", body.decode("utf-8", "replace"))
                return
            chunks = limited(self._raw(response, deadline), headers, self.settings.max_bytes, deadline)
            yield from events_of(chunks)
        except HttpError as fault:
            raise deadline.fault_of(fault) from None
        finally:
            opened.__exit__(None, None, None)

    def image(self, url: str, deadline: Deadline) -> bytes:
        """Return the image behind a data: URL, or behind an https: URL on the open internet. Raises HttpError."""
        if url[:5].lower() == "data:":
            return b64_image(url)
        data, _ = self._attempts(lambda: self._image(url, deadline), Call("GET", url), deadline)
        return checked_image(data)

    def close(self) -> None:
        """Close the connections."""
        self._breaker.close()
        self._connections.close()
        self._direct.close()
        self._pace.close()

    def _attempts(self, attempt: Callable[[], T], call: Call, deadline: Deadline) -> tuple[T, int]:
        """Return what an attempt gave, and how many there were. Raises HttpError, ``cancelled`` for any that came when
        the caller had cancelled."""
        count = 0
        while True:
            count += 1
            try:
                return attempt(), count
            except HttpError as raised:
                fault = deadline.fault_of(raised)
                fault.attempts = count
                if count > self.settings.retries or not worth_another(fault, resend=call.resend):
                    raise fault from None
                wait = wait_before(count + 1, fault.retry_after)
                if wait >= deadline.left():
                    if fault.retry_after:
                        asked = f"it asks for a wait of {fault.retry_after:.0f} s"
                        fault.problem += f"; {asked}, longer than the time that is left"
                    raise deadline.fault_of(fault) from None
                deadline.sleep(wait)
                if deadline.is_cancelled:
                    raise deadline.fault_of(fault) from None

    def _request(self, call: Call, accept: str = "application/json") -> httpx.Request:
        headers = {**HEADERS, "accept": call.accept or accept, **self.settings.headers, **self._auth, **call.headers}
        if call.idempotency_key is not None:
            headers[self.settings.idempotency_header] = call.idempotency_key
        body: dict[str, Any] = {"data": call.data, "files": call.files}
        if call.json is not None:
            body = {"content": encode_json(call.json)}
            headers["content-type"] = "application/json"
        try:
            return httpx.Request(call.method, self._url(call.path), params=call.params, headers=headers, **body)
        except (httpx.InvalidURL, ValueError) as error:
            raise HttpError(
                "refused", f"the request cannot be made: {error}", "check `base_url` and `headers`"
            ) from None

    def _url(self, path: str) -> str:
        if not path.lower().startswith(("http:", "https:")):
            return f"{self.settings.base_url}/{path.lstrip('/')}" if path else self.settings.base_url
        if not same_origin(path, self.settings.base_url):
            # the key goes along with every call: it stays on the host it is for
            host = excerpt(urlsplit(path).netloc, 80)
            raise HttpError("unsafe-url", f"the service sends us to another host, {host}: not followed")
        return path

    @contextmanager
    def _sent(self, request: httpx.Request, call: Call, deadline: Deadline) -> Iterator[httpx.Response]:
        """Send once; a status other than 2xx is a fault. The connection is returned in the end."""
        with self._pace.turn(deadline), self._connections.one(deadline) as connection:
            if call.sending is not None and not deadline.is_cancelled:
                call.sending()
            response = self._send(connection, request, deadline)
            try:
                if not response.is_success:
                    headers = _headers(response)
                    body = self._body(response, headers, deadline, limit=1 << 20)
                    key = self.settings.secret.env if self.settings.secret else None
                    raise fault_of_status(response.status_code, headers, body, key)
                yield response
            finally:
                response.close()

    def _send(self, connection: Connection, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        if not deadline.left():
            raise HttpError("timeout", f"no time is left of the {deadline.seconds:g} s", "raise `timeout:`")
        try:
            return connection.send(request, deadline)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise fault_of(error, request, deadline) from None

    def _body(
        self, response: httpx.Response, headers: Mapping[str, str], deadline: Deadline, limit: int | None = None
    ) -> bytes:
        return read_limited(self._raw(response, deadline), headers, limit or self.settings.max_bytes, deadline)

    def _raw(self, response: httpx.Response, deadline: Deadline) -> Iterator[bytes]:
        received = 0
        response.request.extensions["timeout"] = timeouts(deadline)
        try:
            for chunk in response.iter_raw():
                received += len(chunk)
                yield chunk
        except (httpx.HTTPError, OSError) as error:
            raise fault_of(error, response.request, deadline, received) from None

    def _image(self, url: str, deadline: Deadline) -> bytes:
        home: str | None = None
        for _ in range(HOPS + 1):
            request, host, proxied = guarded_request(
                "GET", url, {"accept": "image/*"}, allow_private=self.settings.allow_private
            )
            if home is not None and host != home:
                raise HttpError(
                    "unsafe-url", f"the image's address sends us to another host, {excerpt(host, 80)}: not followed"
                )
            home = host
            connections = self._connections if proxied else self._direct
            with self._pace.turn(deadline), connections.one(deadline) as connection:
                response = self._send(connection, request, deadline)
                try:
                    headers = _headers(response)
                    if response.is_success:
                        return self._body(response, headers, deadline)
                    if not response.is_redirect:
                        raise fault_of_status(
                            response.status_code, headers, self._body(response, headers, deadline, 1 << 20), None
                        )
                    url = urljoin(url, headers["location"])
                finally:
                    response.close()
        raise HttpError("unsafe-url", f"the image's address redirects more than {HOPS} times", possibly_billed=True)


def auth_headers(settings: Settings) -> dict[str, str]:
    """Return the headers that carry the key of a service, where it has one."""
    secret, auth = settings.secret, settings.auth
    if secret is None or auth is None:
        return {}
    if auth == "basic":
        return {"authorization": secret.basic()}
    if auth in ("Bearer", "Key", "Token"):
        return {"authorization": secret.header(f"{auth} ")}
    return {auth: secret.header()}


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name: redact(value) for name, value in response.headers.items() if name not in _REDACTED_HEADERS}


def _reply(
    response: httpx.Response, headers: Mapping[str, str], body: bytes = b"", *, attempts: int = 1, seconds: float = 0.0
) -> Reply:
    return Reply(
        response.status_code, headers, body, request_id_of(headers), attempts, seconds, rate_limit_of(headers)
    )  # fmt: skip
