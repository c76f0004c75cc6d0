"""The way to a service: names, certificates, proxies; each fault on one line with its hint."""

import ssl
from pathlib import Path

import pytest
import trustme

from harness.errors import UsageError
from harness.http import Call, Deadline, HttpError, Settings, Transport, checked_url
from tests.provider.servers.base import Act, Loopback, drip, hang, raw, reply

GET = Call("GET", "/v1/models")
LOGIN = "http://someone:pa55word@"


def fault(url: str, *, retries: int = 0) -> HttpError:
    transport = Transport("mine", Settings(url, retries=retries))
    with pytest.raises(HttpError) as caught:
        transport.request(GET, Deadline.after(10))
    transport.close()
    reported = caught.value
    assert "\n" not in str(reported)
    assert reported.hint
    assert "pa55word" not in str(reported) + reported.hint + repr(reported)
    assert reported.__cause__ is None
    assert not reported.possibly_billed
    return reported


def test_a_name_that_is_not_known() -> None:
    reported = fault("https://api.does-not-exist.invalid/v1")
    assert (reported.kind, str(reported)) == ("dns", "the host api.does-not-exist.invalid cannot be found")


def test_a_port_where_nothing_is() -> None:
    reported = fault("http://127.0.0.1:9", retries=1)
    assert (reported.kind, str(reported)) == ("connect", "127.0.0.1:9 refuses connections (2 attempts)")


def test_a_server_that_speaks_no_tls(server: Loopback) -> None:
    reported = fault(server.url.replace("http:", "https:"))
    assert reported.kind == "tls"
    assert "no secured connection" in str(reported)


def test_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Loopback(tls=context) as server:
        reported = fault(server.url)
        assert reported.kind == "tls"
        assert f"the certificate of 127.0.0.1:{server.port} is not trusted" in str(reported)
        assert "SSL_CERT_FILE" in reported.hint
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        transport = Transport("mine", Settings(server.url))
        assert transport.request(GET, Deadline.after(10)).status == 200
        transport.close()
    (tmp_path / "bad.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bad.pem"))
    reported = fault("https://127.0.0.1:9")
    assert reported.kind == "tls"
    assert "certificates cannot be read" in str(reported)


def test_a_proxy_is_used_and_its_login_is_not_reported(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"{LOGIN}127.0.0.1:{server.port}")
    transport = Transport("mine", Settings("http://service.example/v1"))
    assert transport.request(GET, Deadline.after(10)).status == 200
    assert server.requests[0].headers["host"] == "service.example"
    assert server.requests[0].headers["proxy-authorization"].startswith("Basic ")
    transport.close()


def test_a_proxy_that_refuses(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"{LOGIN}127.0.0.1:{server.port}")
    reported = fault("https://service.example/v1")
    assert reported.kind == "proxy"
    assert f"the proxy 127.0.0.1:{server.port} refused to connect to service.example" in str(reported)
    monkeypatch.setenv("http_proxy", f"{LOGIN}127.0.0.1:{server.port}")
    server.script(raw(b"who are you", "text/plain", 407))
    reported = fault("http://service.example/v1")
    assert (reported.kind, reported.status) == ("proxy", 407)


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"{LOGIN}127.0.0.1:9")
    reported = fault("https://service.example/v1")
    assert reported.kind in ("proxy", "connect")
    assert "127.0.0.1:9" in str(reported)
    assert "HTTPS_PROXY" in reported.hint


def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "gopher://someone:pa55word@127.0.0.1:9")
    reported = fault("https://service.example/v1")
    assert reported.kind == "proxy"
    assert "cannot be used" in str(reported)


def test_no_proxy_is_honored(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    transport = Transport("mine", Settings(server.url))
    server.script(reply({}))
    assert transport.request(GET, Deadline.after(10)).json() == {}
    transport.close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("api.example.com/v1", "does not begin with https://"),
        ("ftp://api.example.com", "does not begin with https://"),
        ("https://", "names no host"),
        ("https:///v1", "names no host"),
        ("https://exa mple.com", "names no host"),
        ("https://someone:pa55word@api.example.com/v1", "holds a login"),
        ("https://api.example.com:99999", "damaged"),
        ("https://[::1", "damaged"),
        ("https://api.example.com/v1?key=pa55word", "behind '?'"),
    ],
)
def test_a_base_url_that_is_none(url: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem.replace("?", r"\?")) as caught:
        checked_url(url)
    assert caught.value.hint
    assert caught.value.exit_code == 2
    assert "pa55word" not in str(caught.value)


def test_a_base_url_loses_its_last_slash() -> None:
    assert checked_url(" https://api.example.com/v1/ ") == "https://api.example.com/v1"


@pytest.mark.parametrize("act", [hang(), drip(b" " * 400, 0.02)])
def test_the_deadline_holds_over_tls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Act) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with Loopback(lambda _: act, tls=context) as server:
        transport = Transport("mine", Settings(server.url))
        with pytest.raises(HttpError, match=r"within 0\.5 s") as caught:
            transport.request(GET, Deadline.after(0.5))
        assert caught.value.kind == "timeout"
        transport.close()
