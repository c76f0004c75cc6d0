"""A real HTTP server on loopback for tests of hosted systems: it answers, records, and misbehaves as reported.

    with Loopback(answer) as server:            # answer(received) → Act, for every request without a scripted one
        server.script(status(429, retry_after="0"), hang())
        …  server.url, server.requests

An Act is a function of the open connection: the ones below cover what services and networks do.
"""

import email.parser
import email.policy
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1>{more}</body></html>"


@dataclass(frozen=True)
class Part:
    """One part of a form."""

    name: str
    filename: str | None
    kind: str
    data: bytes


@dataclass(frozen=True)
class Received:
    """One request as it came. Header names are lower-case; ``at`` is monotonic seconds."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> list[Part]:
        """The parts of a multipart form, in order."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        return [
            Part(
                str(part.get_param("name", header="content-disposition")),
                part.get_filename(),
                part.get_content_type(),
                part.get_payload(decode=True),
            )
            for part in message.iter_parts()
        ]


class Connection(http.server.BaseHTTPRequestHandler):
    """The open connection that an Act writes to."""

    protocol_version = "HTTP/1.1"
    received: Received
    # the server's output is buffered until an act flushes it; without this, small writes wait for each other
    disable_nagle_algorithm = True

    @property
    def loopback(self) -> "Loopback":
        return self.server.loopback  # type: ignore[attr-defined]

    def send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        """A whole reply with its length."""
        self.head(status, kind, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def head(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        """The status line and the headers."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in {**self.loopback.every, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """One chunk of a chunked reply; empty ends it."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.received = Received(self.command, parts.path, query, headers, body)
        self.loopback.take(self.received)(self)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the standard library
        pass


Act = Callable[[Connection], None]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    loopback: "Loopback"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of many tests."""


class Loopback:
    """A server on a free port of 127.0.0.1. ``requests`` are recorded before they are answered.

    ``answer`` gives the Act for a request when nothing is scripted; ``tls`` is a server's SSLContext.
    """

    def __init__(self, answer: Callable[[Received], Act] | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer or (lambda received: reply({"path": received.path}))
        self.requests: list[Received] = []
        self.every: dict[str, str] = {}
        """Headers of every reply."""
        self.stopping = threading.Event()
        self._script: deque[Act] = deque()
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), Connection)
        self._server.loopback = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "http" if tls is None else "https"
        self.port = self._server.server_port
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def script(self, *acts: Act) -> None:
        """What the next requests get, in order, before ``answer`` is asked again."""
        with self._guard:
            self._script.extend(acts)

    def take(self, received: Received) -> Act:
        with self._guard:
            self.requests.append(received)
            if self._script:
                return self._script.popleft()
        return self.answer(received)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reply(document: Any, status: int = 200, **headers: str) -> Act:
    """A JSON reply; ``x_request_id="abc"`` sends that header."""
    return raw(json.dumps(document).encode(), status=status, **headers)


def raw(body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> Act:
    """Any reply."""
    return lambda connection: connection.send(status, body, kind, _named(headers))


def status(code: int, message: str = "no", **headers: str) -> Act:
    """An error as most services tell it."""
    return reply({"error": {"message": message, "code": code}}, code, **headers)


def html(code: int = 502, more: str = "") -> Act:
    """The error page of a gateway."""
    return raw(HTML.format(more=more).encode(), "text/html; charset=utf-8", code)


def redirect(to: str, code: int = 302) -> Act:
    return raw(b"", "text/plain", code, location=to)


def slow(act: Act, seconds: float) -> Act:
    """The same, later."""

    def later(connection: Connection) -> None:
        connection.loopback.stopping.wait(seconds)
        act(connection)

    return later


def hang() -> Act:
    """No answer at all until the server stops."""
    return lambda connection: _drop(connection, connection.loopback.stopping.wait(60))


def reset() -> Act:
    """The connection is reset before any answer."""
    return _reset


def truncated(body: bytes, sent: int | None = None, kind: str = "application/json") -> Act:
    """The whole length is announced, and only ``sent`` bytes (the half) come before the connection ends."""

    def act(connection: Connection) -> None:
        connection.head(200, kind, {"Content-Length": str(len(body))})
        connection.wfile.write(body[: len(body) // 2 if sent is None else sent])
        _drop(connection)

    return act


def drip(body: bytes, every: float = 0.05, size: int = 1, kind: str = "application/json") -> Act:
    """The body comes ``size`` bytes every so often."""

    def act(connection: Connection) -> None:
        connection.head(200, kind, {"Content-Length": str(len(body))})
        for start in range(0, len(body), size):
            connection.wfile.write(body[start : start + size])
            connection.wfile.flush()
            if connection.loopback.stopping.wait(every):
                return

    return act


def oversized(size: int, *, declared: bool = False, kind: str = "application/json") -> Act:
    """A reply of ``size`` bytes; without ``declared`` its length is not reported before."""

    def act(connection: Connection) -> None:
        piece = b" " * 65536
        connection.head(200, kind, {"Content-Length": str(size)} if declared else {"Transfer-Encoding": "chunked"})
        for start in range(0, size, len(piece)):
            part = piece[: size - start]
            if declared:
                connection.wfile.write(part)
            else:
                connection.chunk(part)
        if not declared:
            connection.chunk(b"")

    return act


def gzipped(body: bytes, kind: str = "application/json") -> Act:
    """A compressed reply, asked for or not."""
    return raw(gzip.compress(body), kind, content_encoding="gzip")


def sse(
    *events: Any,
    names: Iterable[str | None] = (),
    done: bool = True,
    before: str = ": PROCESSING\n\n",
    cut: bool = False,
    **headers: str,
) -> Act:
    """Server-sent events: documents become JSON, texts stay; the n-th gets the n-th of ``names``; then ``[DONE]``, or
    with ``cut`` the end of the connection in the middle of the reply."""
    names = list(names)

    def act(connection: Connection) -> None:
        head = {"Transfer-Encoding": "chunked", "Cache-Control": "no-cache", **_named(headers)}
        connection.head(200, "text/event-stream", head)
        connection.chunk(before.encode())
        for index, event in enumerate(events):
            name = names[index] if index < len(names) else None
            text = event if isinstance(event, str) else json.dumps(event)
            lines = "".join(f"data: {line}\n" for line in text.split("\n"))
            connection.chunk(((f"event: {name}\n" if name else "") + lines + "\n").encode())
        if cut:
            _drop(connection)
            return
        if done:
            connection.chunk(b"data: [DONE]\n\n")
        connection.chunk(b"")

    return act


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _drop(connection: Connection, _waited: object = None) -> None:
    connection.wfile.flush()
    connection.close_connection = True
    connection.connection.shutdown(socket.SHUT_RDWR)


def _reset(connection: Connection) -> None:
    connection.close_connection = True
    connection.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.connection.close()
