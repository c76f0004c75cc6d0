"""Calls against a real server that answers, and misbehaves."""

import pytest

from harness.http import Call, Deadline, HttpError, Settings, Transport
from tests.provider.servers.base import Loopback, drip, gzipped, hang, html, oversized, reply, reset, status, truncated

GET = Call("GET", "/x")


def soon(seconds: float = 10.0) -> Deadline:
    return Deadline.after(seconds)


def test_a_call_and_its_reply(server: Loopback, transport: Transport) -> None:
    server.script(reply({"a": 1}, x_request_id="abc", x_ratelimit_remaining="9", set_cookie="a=b"))
    got = transport.request(Call("POST", "/v1/x", json={"b": [1, None]}, params={"q": "ü"}), soon())
    assert got.json() == {"a": 1}
    assert got.story() == {"request_id": "abc", "attempts": 1, "rate_limit": {"x-ratelimit-remaining": "9"}}
    assert "set-cookie" not in got.headers
    (received,) = server.requests
    assert (received.method, received.path, received.query, received.json()) == (
        "POST",
        "/v1/x",
        {"q": "ü"},
        {"b": [1, None]},
    )


@pytest.mark.parametrize(
    "act", [status(429, retry_after="0"), status(500), status(408), reset(), truncated(b"{}" * 20), html(503)]
)
def test_what_may_pass_is_tried_again(server: Loopback, transport: Transport, act: object) -> None:
    server.script(act)
    assert transport.request(GET, soon()).attempts == 2
    assert len(server.requests) == 2


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422])
def test_what_will_not_pass_is_not(server: Loopback, transport: Transport, code: int) -> None:
    server.script(status(code, "so it is"))
    with pytest.raises(HttpError, match="so it is") as caught:
        transport.request(GET, soon())
    assert caught.value.status == code
    assert len(server.requests) == 1


def test_an_html_page_is_one_line(server: Loopback, transport: Transport) -> None:
    server.script(*[html(502)] * 3)
    with pytest.raises(HttpError, match=r"status 502: an HTML page titled '502 Bad Gateway' \(3 attempts\)"):
        transport.request(GET, soon())


@pytest.mark.parametrize("act", [hang(), drip(b" " * 400, 0.02)])
def test_the_deadline_holds_over_everything(server: Loopback, transport: Transport, act: object) -> None:
    server.script(act)
    with pytest.raises(HttpError) as caught:
        transport.request(GET, soon(0.3))
    assert caught.value.kind == "timeout"
    assert caught.value.possibly_billed


@pytest.mark.parametrize("act", [oversized(2**20), oversized(2**20, declared=True), gzipped(b" " * 2**20)])
def test_a_reply_is_limited(server: Loopback, act: object) -> None:
    transport = Transport("mine", Settings(server.url, max_bytes=100_000))
    server.script(act)
    with pytest.raises(HttpError, match="larger than the 100000 bytes"):
        transport.request(GET, soon())
    transport.close()
