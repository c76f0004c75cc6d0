"""Attempts, waits, paces and the rest that a service is given."""

import email.utils
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.http import Call, Deadline, HttpError, Settings, Transport
from harness.http.retry import FIRST, LONGEST, LONGEST_ASKED, asked_wait, wait_before
from tests.provider.servers.base import Act, Loopback, drip, hang, html, reply, reset, slow, status, truncated

GET = Call("GET", "/x")


def soon(seconds: float = 10.0) -> Deadline:
    return Deadline.after(seconds)


def test_retry_after_is_honored(server: Loopback, transport: Transport) -> None:
    server.script(status(429, retry_after="0.3"))
    transport.request(GET, soon())
    first, second = server.requests
    assert second.at - first.at >= 0.3


@pytest.mark.parametrize("how", ["in seconds", "as a date"])
def test_a_wait_past_the_deadline_is_not_begun(server: Loopback, transport: Transport, how: str) -> None:
    asked = "3600" if how == "in seconds" else email.utils.formatdate(time.time() + 3600, usegmt=True)
    server.script(status(503, "come back later", retry_after=asked))
    with pytest.raises(HttpError, match="come back later") as caught:
        transport.request(GET, soon(30))
    assert len(server.requests) == 1
    assert caught.value.retry_after is not None
    assert 3500 < caught.value.retry_after <= 3600


@given(st.integers(2, 30), st.none() | st.floats(0, 1e6))
def test_waits_are_spread_and_bounded(attempt: int, asked: float | None) -> None:
    wait = wait_before(attempt, asked)
    if asked is None:
        assert 0 <= wait <= min(LONGEST, FIRST * 2 ** (attempt - 2))
    else:
        assert min(asked, LONGEST_ASKED) <= wait <= LONGEST_ASKED + LONGEST / 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "2", "retry-after-ms": "150"}, 0.15),
        ({"retry-after-ms": "soon", "retry-after": "1.5"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
    ],
)
def test_what_a_service_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers) == seconds


@pytest.mark.parametrize(
    ("act", "calls"),
    [
        (status(429, retry_after="0"), 3),
        (status(503, retry_after="0"), 3),
        (reset(), 1),
        (truncated(b"{}" * 20), 1),
        (html(504), 1),
    ],
)
def test_a_paid_call_is_not_sent_again_once_it_may_have_been_worked_on(
    server: Loopback, transport: Transport, act: Act, calls: int
) -> None:
    server.script(*[act] * 3)
    sent: list[int] = []
    call = Call("POST", "/x", json={}, resend=False, sending=lambda: sent.append(len(server.requests)))
    with pytest.raises(HttpError) as caught:
        transport.request(call, soon())
    assert len(server.requests) == len(sent) == calls
    assert sent == list(range(calls)), "reported before each call"
    assert caught.value.attempts == calls
    assert caught.value.possibly_billed == (calls == 1)


def test_the_key_of_idempotency_stays_the_same(server: Loopback, transport: Transport) -> None:
    server.script(status(500), reset())
    transport.request(Call("POST", "/x", json={}, idempotency_key="trial-1"), soon())
    assert [received.headers["idempotency-key"] for received in server.requests] == ["trial-1"] * 3


def test_a_content_refusal_is_final(server: Loopback, transport: Transport) -> None:
    server.script(reply({"error": {"message": "no", "code": "moderation_blocked"}}, 400))
    with pytest.raises(HttpError) as caught:
        transport.request(GET, soon())
    assert caught.value.content_policy
    assert caught.value.kind == "refused"


def test_a_spent_quota_is_final(server: Loopback, transport: Transport) -> None:
    server.script(reply({"error": {"message": "no money", "type": "insufficient_quota"}}, 429))
    with pytest.raises(HttpError, match="no money") as caught:
        transport.request(GET, soon())
    assert "top up" in caught.value.hint
    assert len(server.requests) == 1


def test_the_pace(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, rate=5, per=0.5, concurrency=20))
    with ThreadPoolExecutor(11) as threads:
        list(threads.map(lambda _: transport.request(GET, soon()), range(11)))
    times = sorted(received.at for received in server.requests)
    assert all(later - earlier >= 0.4 for earlier, later in zip(times, times[5:], strict=False))
    slower = Transport("mine", Settings(server.url, rate=0.01))
    slower.request(GET, soon())
    with pytest.raises(HttpError, match=r"no free slot within 0\.2 s") as caught:
        slower.request(GET, soon(0.2))
    assert not caught.value.possibly_billed
    for one in (transport, slower):
        one.close()


def test_calls_at_a_time(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, concurrency=3))
    running, most, guard = 0, 0, threading.Lock()

    def counted(connection: object) -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        slow(reply({}), 0.05)(connection)  # type: ignore[arg-type]
        with guard:
            running -= 1

    server.answer = lambda _: counted
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda _: transport.request(GET, soon()), range(12)))
    assert most <= 3
    transport.close()


def test_connections_are_used_again(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, concurrency=4))
    server.answer = lambda _: lambda connection: reply({"port": connection.client_address[1]})(connection)
    with ThreadPoolExecutor(4) as threads:
        ports = {reply.json()["port"] for reply in threads.map(lambda _: transport.request(GET, soon()), range(60))}
    assert len(ports) <= 4
    transport.close()


def header_by_header(connection: object) -> None:
    send = connection.wfile.write  # type: ignore[attr-defined]
    send(b"HTTP/1.1 200 OK\r\n")
    for index in range(400):
        send(f"X-{index}: a\r\n".encode())
        connection.wfile.flush()  # type: ignore[attr-defined]
        if connection.loopback.stopping.wait(0.05):  # type: ignore[attr-defined]
            return


@pytest.mark.parametrize("act", [hang(), drip(b" " * 400), header_by_header, truncated(b" " * 90, 3)])
def test_one_deadline_over_all(server: Loopback, act: Act) -> None:
    transport = Transport("mine", Settings(server.url, retries=20))
    server.answer = lambda _: act
    with pytest.raises(HttpError) as caught:
        transport.request(GET, soon(0.6))
    assert caught.value.kind in ("timeout", "body")
    assert caught.value.possibly_billed
    transport.close()


def test_a_run_of_faults_from_a_real_server(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, retries=0))
    server.answer = lambda _: status(500, "down")
    for _ in range(5):
        with pytest.raises(HttpError, match="status 500: down"):
            transport.request(GET, soon())
    with pytest.raises(HttpError, match="not sent"):
        transport.request(GET, soon())
    assert len(server.requests) == 5
    transport.close()
