"""Cancelling from another thread: what is registered is called, and a call ends wherever it is."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from harness.http import Call, Cancellation, Deadline, HttpError, Settings, Transport
from harness.http.breaker import Breaker
from tests.http.waiting import Pauses, until
from tests.provider.servers.base import Act, Connection, Loopback, drip, hang, raw, reply, status

LIMIT = 60.0


@contextmanager
def cancelling(when: Callable[[], object]) -> Iterator[Deadline]:
    """A deadline that another thread cancels when this is true; the block must end by that, not by the time."""
    cancellation = Cancellation()
    deadline = Deadline.after(LIMIT).ended_by(cancellation)

    def cancel() -> None:
        until(when)
        cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        yield deadline
    finally:
        thread.join()
    assert time.monotonic() < deadline.at, "it ended by its time"


def cancelled(transport: Transport, when: Callable[[], object], call: Call | None = None) -> HttpError:
    with cancelling(when) as deadline, pytest.raises(HttpError) as caught:
        transport.request(call or Call("POST", "", json={}), deadline)
    assert caught.value.kind == "cancelled"
    return caught.value


def port_of(connection: Connection) -> None:
    """Answers with the port of the client, so that connections can be told apart."""
    reply({"port": connection.client_address[1]})(connection)


def headless(connection: Connection) -> None:
    """A reply without a length that goes on: its end is the end of the connection."""
    connection.close_connection = True
    connection.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n")
    while not connection.loopback.stopping.wait(0.02):
        connection.wfile.write(b"x")
        connection.wfile.flush()


def stalled(connection: Connection) -> None:
    """A reply of which half comes, and then nothing."""
    connection.head(200, "application/json", {"Content-Length": "1000"})
    connection.wfile.write(b" " * 500)
    connection.wfile.flush()
    connection.loopback.stopping.wait(LIMIT)


def test_a_callback_is_called_once_by_the_thread_that_cancels() -> None:
    cancellation, seen = Cancellation(), []
    with cancellation.on_cancel(lambda: seen.append(threading.current_thread())):
        thread = threading.Thread(target=cancellation.cancel)
        thread.start()
        thread.join()
        cancellation.cancel()
    assert seen == [thread]
    assert cancellation.is_cancelled


def test_after_its_block_a_callback_is_not_called() -> None:
    cancellation, seen = Cancellation(), []
    with cancellation.on_cancel(lambda: seen.append(1)):
        assert not cancellation.is_cancelled
    cancellation.cancel()
    assert seen == []


def test_what_is_registered_later_is_called_at_once() -> None:
    cancellation, seen = Cancellation(), []
    cancellation.cancel()
    with cancellation.on_cancel(lambda: seen.append(1)):
        assert seen == [1]
    assert seen == [1]
    assert cancellation.wait(LIMIT)


def test_a_callback_that_raises_does_not_stop_the_others() -> None:
    cancellation, seen = Cancellation(), []

    def broken() -> None:
        seen.append("broken")
        raise ValueError("broken")

    with cancellation.on_cancel(broken), cancellation.on_cancel(lambda: seen.append("other")):
        with pytest.raises(ValueError, match="broken"):
            cancellation.cancel()
        assert seen == ["broken", "other"]


def test_what_is_left_of_a_cancelled_deadline() -> None:
    cancellation = Cancellation()
    deadline = Deadline.after(LIMIT).reserving(5.0).ended_by(cancellation)
    assert deadline.left() > 0
    cancellation.cancel()
    assert deadline.left() == 0.0
    assert deadline.reserved().left() > 0, "what is to be done then has time"
    assert deadline == Deadline(deadline.seconds, deadline.at, deadline.reserve)


@pytest.mark.parametrize("act", [hang(), drip(b" " * 10**6), headless, stalled])
def test_a_call_in_progress_ends_and_its_connection_is_not_used_again(
    server: Loopback, transport: Transport, act: Act
) -> None:
    server.script(port_of, act, port_of, port_of)

    def port() -> int:
        return int(transport.request(Call("POST", "", json={}), Deadline.after(LIMIT)).json()["port"])

    first = port()
    fault = cancelled(transport, lambda: len(server.requests) == 2)
    assert fault.possibly_billed
    assert len(server.requests) == 2, "it is not sent again"
    second = port()
    assert first != second
    assert port() == second, "others are"


@pytest.mark.parametrize("act", [hang(), drip(b" " * 10**6), stalled])
def test_a_call_in_progress_ends_over_tls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Act) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with Loopback(lambda _: act, tls=context) as server:
        transport = Transport("mine", Settings(server.url))
        pause = Pauses()
        fault = cancelled(transport, lambda: server.requests and pause())
        assert fault.possibly_billed
        assert len(server.requests) == 1
        transport.close()


def test_a_stream_ends(server: Loopback, transport: Transport) -> None:
    server.script(drip(b"data: {}\n\n" * 10**5, 0.01, 10, "text/event-stream"))
    seen: list[object] = []

    def noted(event: object) -> object:
        came.set()
        return event

    came = threading.Event()
    with cancelling(came.is_set) as deadline, pytest.raises(HttpError) as caught:
        seen.extend(map(noted, transport.events(Call("POST", "", json={}), deadline)))
    assert (caught.value.kind, caught.value.possibly_billed) == ("cancelled", True)


def test_a_wait_between_two_attempts_ends(server: Loopback, transport: Transport) -> None:
    answered = threading.Event()

    def unavailable(connection: Connection) -> None:
        status(503, retry_after="30")(connection)
        answered.set()

    server.script(unavailable, raw(b"{}"))
    begun = time.monotonic()
    pause = Pauses()
    cancelled(transport, lambda: answered.is_set() and pause())
    assert time.monotonic() < begun + 30, "it waited to the end"
    assert len(server.requests) == 1


def test_what_is_cancelled_before_is_not_sent(server: Loopback, transport: Transport) -> None:
    cancellation, sent = Cancellation(), []
    cancellation.cancel()
    deadline = Deadline.after(LIMIT).ended_by(cancellation)
    with pytest.raises(HttpError) as caught:
        transport.request(Call("POST", "", json={}, sending=lambda: sent.append(1)), deadline)
    assert (caught.value.kind, caught.value.possibly_billed) == ("cancelled", False)
    assert (sent, server.requests) == ([], [])


@pytest.mark.parametrize("limits", [{"concurrency": 1}, {"rate": 1, "per": 50.0}])
def test_a_wait_for_a_turn_ends(server: Loopback, limits: dict[str, float]) -> None:
    transport = Transport("mine", Settings(server.url, **limits))  # type: ignore[arg-type]
    server.script(hang() if "concurrency" in limits else raw(b"{}"))
    other = Cancellation()

    def first() -> None:
        with suppress(HttpError):
            transport.request(Call("GET", ""), Deadline.after(LIMIT).ended_by(other))

    thread = threading.Thread(target=first)
    thread.start()
    until(lambda: server.requests)
    fault = cancelled(transport, Pauses())
    assert not fault.possibly_billed
    assert len(server.requests) == 1
    other.cancel()
    thread.join()
    transport.close()


def test_a_wait_for_a_service_that_went_down_ends_and_says_nothing_of_it() -> None:
    breaker = Breaker(failures=1, rest=LIMIT)
    with breaker.watch(Deadline.after(LIMIT)):
        """It answers once: only then its probe is waited for."""
    with pytest.raises(HttpError), breaker.watch(Deadline.after(LIMIT)):
        raise HttpError("connect", "down")
    with cancelling(Pauses()) as deadline, pytest.raises(HttpError) as caught, breaker.watch(deadline):
        raise AssertionError("it was sent")
    assert (caught.value.kind, caught.value.possibly_billed) == ("cancelled", False)


def test_a_cancelled_call_does_not_count_as_a_failure_of_the_service() -> None:
    breaker = Breaker(failures=1, rest=LIMIT)
    with pytest.raises(HttpError), breaker.watch(Deadline.after(LIMIT)):
        raise HttpError("cancelled", "cancelled")
    with breaker.watch(Deadline.after(0.1)):
        pass


def test_a_handshake_that_is_not_answered_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = threading.Event()
        opened: list[socket.socket] = []

        def accept() -> None:
            connection, _ = silent.accept()
            opened.append(connection)
            connection.recv(1)
            begun.set()

        thread = threading.Thread(target=accept)
        thread.start()
        transport = Transport("mine", Settings(f"https://127.0.0.1:{silent.getsockname()[1]}"))
        assert not cancelled(transport, begun.is_set).possibly_billed
        thread.join()
        opened[0].close()
        transport.close()


def test_a_connection_that_is_not_accepted_is_given_up_and_nothing_sent_through_it() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        # the queue of the server is filled: what comes after waits
        others = [socket.socket() for _ in range(3)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(address)
        transport = Transport("mine", Settings(f"http://127.0.0.1:{address[1]}"))
        assert not cancelled(transport, Pauses()).possibly_billed
        transport.close()
        full.settimeout(2.5)
        for other in others:
            other.close()
        assert received_by(full) == b""


def received_by(server: socket.socket) -> bytes:
    """What comes over all connections that are made within a while."""
    found = b""
    with suppress(TimeoutError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5.0)
                found += connection.recv(100)
    return found
