"""Images by URL: only from where they may come, and from the address that was checked."""

import base64
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from harness.http import Deadline, HttpError, Settings, Transport, b64_image
from harness.http.address import is_public, target_of
from tests.provider.servers.base import Loopback, html, raw, redirect, reply

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC")
HOST = "images.example"


def soon() -> Deadline:
    return Deadline.after(10)


@pytest.fixture
def https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server with a certificate for HOST, whose authority is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    with Loopback(lambda _: raw(PNG, "image/png"), tls=context) as server:
        yield server


def names(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """The names that are asked for from now on; the n-th question gets the n-th answer, the last one for ever."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if isinstance(host, bytes):
            host = host.decode()
        if host[:1].isdigit() or ":" in host:
            return real(host, port, *more, **named)
        asked.append(host)
        return real(answers[min(len(asked), len(answers)) - 1], port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked


def test_the_checked_address_is_connected_to_under_the_name_s_certificate(
    https: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, "127.0.0.1", "192.0.2.1")
    transport = Transport("mine", Settings("https://api.example", allow_private=True))
    assert transport.image(f"https://{HOST}:{https.port}/a.png?x=1", soon()) == PNG
    assert asked == [HOST], "asked once: a second answer could be another address"
    assert https.requests[0].headers["host"] == f"{HOST}:{https.port}"
    assert "authorization" not in https.requests[0].headers
    names(monkeypatch, "127.0.0.1")
    with pytest.raises(HttpError, match=f"the certificate of other.example:{https.port} is not trusted: Hostname"):
        transport.image(f"https://other.example:{https.port}/a.png", soon())
    transport.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.png",
        "https://127.1/a.png",
        "https://2130706433/a.png",
        "https://0x7f000001/a.png",
        "https://localhost/a.png",
        "https://10.1.2.3/a.png",
        "https://192.168.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/a.png",
        "https://0.0.0.0/a.png",
        "https://224.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://[::ffff:10.0.0.1]/a.png",
        "https://[fe80::1]/a.png",
        "https://[fd00::1]/a.png",
        "https://[64:ff9b::7f00:1]/a.png",
        "https://[2002:7f00:1::]/a.png",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(HttpError, match="private, local or reserved") as caught:
        target_of(url, allow_private=False)
    assert "allow_private: true" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8080/a.png", True),
        ("http://192.168.1.9/a.png", True),
        ("http://[::1]/a.png", True),
        ("http://Localhost/a.png", True),
        ("http://93.184.215.14/a.png", False),
        ("http://example.com/a.png", False),
    ],
)
def test_the_hint_of_an_address_without_tls_is_for_own_services(url: str, own: bool) -> None:
    with pytest.raises(HttpError, match="only https:// addresses are fetched") as caught:
        target_of(url, allow_private=False)
    assert ("allow_private: true" in caught.value.hint) == own


@pytest.mark.parametrize(
    "url",
    ["http://93.184.215.14/a.png", "ftp://x/a.png", "file:///etc/passwd", "//x/a.png", "https://", "", "https://[::1/"],
)
@pytest.mark.parametrize("private", [False, True])
def test_other_addresses_are_refused(url: str, private: bool) -> None:
    with pytest.raises(HttpError) as caught:
        target_of(url, allow_private=private)
    assert caught.value.kind == "unsafe-url"


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 443)) for host in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(HttpError, match="private"):
        target_of("https://two.example/a.png", allow_private=False)


def test_public_addresses_are_public() -> None:
    assert all(map(is_public, map(ipaddress.ip_address, ("93.184.215.14", "2606:2800:21f:cb07::1"))))


def test_the_own_network_where_it_is_allowed(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, allow_private=True))
    server.script(raw(PNG, "application/octet-stream"))
    assert transport.image(f"{server.url}/a.png", soon()) == PNG
    server.script(redirect("/b.png"), raw(PNG, "image/png"))
    assert transport.image(f"{server.url}/a.png", soon()) == PNG
    assert server.requests[-1].path == "/b.png"
    server.script(redirect(f"http://localhost:{server.port}/c.png"))
    with pytest.raises(HttpError, match="another host, localhost"):
        transport.image(f"{server.url}/a.png", soon())
    server.script(*[redirect("/again")] * 9)
    with pytest.raises(HttpError, match="more than 3 times"):
        transport.image(f"{server.url}/a.png", soon())
    transport.close()


def test_what_is_no_image_is_refused_whatever_it_is_called(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, allow_private=True, retries=0))
    kinds = (
        (html(200), "an HTML page"),
        (raw(b"<svg/>", "image/png"), "an SVG image"),
        (raw(b"", "image/png"), "an empty body"),
        (reply({}), "JSON text"),
    )
    for act, what in kinds:
        server.script(act)
        with pytest.raises(HttpError, match=f"an image was expected, but {what} came"):
            transport.image(f"{server.url}/a.png", soon())
    server.script(raw(b"gone", "text/plain", 404))
    with pytest.raises(HttpError, match="status 404: gone"):
        transport.image(f"{server.url}/a.png", soon())
    transport.close()


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(PNG).decode(),
        base64.b64encode(PNG).decode().rstrip("="),
        base64.urlsafe_b64encode(PNG).decode(),
        base64.encodebytes(PNG).decode(),
        "data:image/png;base64," + base64.b64encode(PNG).decode(),
        "DATA:image/png;charset=x;BASE64," + base64.b64encode(PNG).decode(),
    ],
)
def test_base64_as_it_comes(text: str) -> None:
    assert b64_image(text) == PNG


@pytest.mark.parametrize("text", ["", "AAAA", "ä", "data:image/png,abc", "data:", "%%%", "A"])
def test_base64_that_is_no_image(text: str) -> None:
    with pytest.raises(HttpError) as caught:
        b64_image(text)
    assert caught.value.kind == "body"
