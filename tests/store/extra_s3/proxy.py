"""A proxy on loopback that spoils replies: it delays them, answers 503 in their place, and cuts them."""

import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Self

_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
Fault = Callable[[bytes], "bytes | None"]
"""From a whole reply to what is sent of it; None closes the connection."""


def whole(reply: bytes) -> bytes:
    return reply


def cut(reply: bytes) -> bytes:
    return reply[: len(reply) * 2 // 3]


def unavailable(_: bytes) -> bytes:
    return _answer("503 Slow Down", "SlowDown")


def skewed(_: bytes) -> bytes:
    return _answer("403 Forbidden", "RequestTimeTooSkewed")


def altered(reply: bytes) -> bytes:
    return reply[:-1] + bytes([reply[-1] ^ 1])


def closed(_: bytes) -> None:
    return None


def late(seconds: float) -> Fault:
    def wait(reply: bytes) -> bytes:
        time.sleep(seconds)
        return reply

    return wait


def _answer(status: str, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>by the proxy</Message></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


class Proxy:
    """Forwards each request to ``port``. ``spoil(fault, first, count, method)`` spoils replies from the ``first`` on,
    ``count`` of them, of requests with that method; :meth:`heal` ends it."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heal()
        threading.Thread(target=self._serve, daemon=True).start()

    def spoil(self, fault: Fault, first: int = 0, count: float = float("inf"), method: bytes = b"") -> None:
        self._fault, self._first, self._count, self._method, self._seen = fault, first, count, method, 0

    def heal(self) -> None:
        self.spoil(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client:
            request = _request(client)
            if not request:
                return
            fault = whole
            if request.startswith(self._method):
                if self._first <= self._seen < self._first + self._count:
                    fault = self._fault
                self._seen += 1
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                reply = b""
                while data := server.recv(1 << 16):
                    reply += data
            sent = fault(reply)
            if sent is not None:
                try:
                    client.sendall(sent)
                except OSError:
                    return


def _request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(1 << 16)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    while len(body) < length:
        more = client.recv(1 << 16)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body
