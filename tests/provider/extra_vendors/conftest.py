"""The vendors' own clients, unmodified: what they send to the vendors' hosts comes to the loopback servers.

A proxy on loopback takes each CONNECT to the server, whose certificate is that of every host, by an authority that the
process trusts for these tests alone.
"""

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.provider.servers import fal, huggingface, replicate
from tests.provider.servers.jobs import Jobs

HOSTS = (
    "queue.fal.run", "fal.run", "router.huggingface.co", "huggingface.co", "api.wavespeed.ai",
    "127.0.0.1",
)  # fmt: skip


class _Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.server.asked.append(self.rfile.readline().split()[1].decode())
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            sides = {self.connection: there, there: self.connection}
            while True:
                for side in select.select(list(sides), [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    sides[side].sendall(data)


class Proxy(socketserver.ThreadingTCPServer):
    """``asked`` are the hosts that were asked for."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.port = port
        self.asked: list[str] = []


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def reach(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[..., Jobs]], tuple[Any, Proxy]]]:
    """Start a server that every host leads to."""
    certificates = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(certificates)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    ended: list[Callable[[], object]] = []

    def start(make: Callable[..., Jobs]) -> tuple[Any, Proxy]:
        server = make(tls=context)
        server.__enter__()
        proxy = Proxy(server.port)
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        ended.extend([lambda: server.__exit__(None, None, None), proxy.shutdown, proxy.server_close])
        # Replicate's client goes through no proxy, and says itself where it goes
        monkeypatch.setenv("REPLICATE_BASE_URL", server.url)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        return server, proxy

    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates))
    monkeypatch.setenv("REPLICATE_API_TOKEN", replicate.KEY)
    monkeypatch.setenv("FAL_KEY", fal.KEY)
    monkeypatch.setenv("HF_TOKEN", huggingface.KEY)
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    yield start
    for end in ended:
        end()
