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
from hypothesis import given
from hypothesis import strategies as st

from harness.http import Deadline, HttpError, Settings, Transport, b64_image
from harness.http.address import is_private, is_public, target_of
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
        "https://0177.0.0.1/a.png",
        "https://[::10.0.0.1]/a.png",
        "https://[fec0::1]/a.png",
        "https://[fd00:ec2::254]/latest/meta-data",
        "https://168.63.129.16/metadata",
        "https://100.100.100.200/latest/meta-data",
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


NOT_PUBLIC = [
    *("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "0.0.0.0/8"),
    *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "100.100.100.200/32", "198.18.0.0/15", "224.0.0.0/3"),
    *("::/96", "fec0::/10", "fc00::/7", "fe80::/10", "ff00::/8", "3fff::/20", "2001:db8::/32", "2001::/23", "100::/64"),
    *("64:ff9b:1::/48", "fd00:ec2::254/128"),
]


@given(st.sampled_from(NOT_PUBLIC), st.integers(0, 2**128 - 1))
def test_no_address_of_these_networks_is_public_in_any_form(network: str, host: int) -> None:
    inside = ipaddress.ip_network(network)
    address = inside[host % inside.num_addresses]
    assert not is_public(address)
    if address.version == 4:
        last, high = int(address), 0x20010DB9 << 96
        forms = (
            0xFFFF << 32 | last,
            0x64FF9B << 96 | last,
            0x2002 << 112 | last << 80 | 1,
            last,
            high | 0x5EFE << 32 | last,
        )
        for form in forms:
            assert not is_public(ipaddress.IPv6Address(form)), ipaddress.IPv6Address(form)


def test_public_addresses_are_public() -> None:
    public = ("93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1")
    assert all(map(is_public, map(ipaddress.ip_address, public)))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "017700000001", "127.1", "[::1%25lo]", "[fec0::1]", "a.localhost."]
)
def test_private_hosts_are_known_however_they_are_written(host: str) -> None:
    assert is_private(f"http://{host}/v1")


def test_a_name_is_connected_to_as_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["93.184.215.14", "127.0.0.1"])
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]
    )
    assert target_of("https://rebinds.example/a.png", allow_private=False).address == "93.184.215.14"
    with pytest.raises(HttpError, match="private"):
        target_of("https://rebinds.example/a.png", allow_private=False)


def test_what_stands_behind_an_address_is_not_shown() -> None:
    with pytest.raises(HttpError) as caught:
        target_of("https://10.0.0.1/a.png?sig=5ecret#5ecret", allow_private=False)
    assert "10.0.0.1/a.png" in str(caught.value)
    assert "5ecret" not in str(caught.value)


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
