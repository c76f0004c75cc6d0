"""Server-sent events, however they are cut into pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.http import Call, Deadline, Event, HttpError, Settings, Transport
from harness.http.sse import events_of
from tests.provider.servers.base import Act, Connection, Loopback, reply, reset, sse, status

STREAM = (
    '\ufeff: PROCESSING\r\n\r\nevent: image.partial\r\ndata: {"a": "é"}\r\n\r\n'
    "data: one\rdata: two\r\rid: 7\nretry: 5\ndata:no blank\n\ndata\n\nevent: x\n\ndata: [DONE]\n\ndata: never\n\n"
)
EVENTS = [
    Event("image.partial", '{"a": "é"}'),
    Event("message", "one\ntwo"),
    Event("message", "no blank"),
    Event("message", ""),
]
CALL = Call("POST", "/stream", json={"stream": True})


@given(st.lists(st.integers(0, 300), max_size=40))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    data = STREAM.encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(places)]
    assert list(events_of(pieces)) == EVENTS


def test_an_event_that_was_cut_off_is_not_reported() -> None:
    assert list(events_of([b"data: a\n\ndata: b\n"])) == [Event("message", "a")]
    assert list(events_of([])) == []


def test_a_stream_from_a_server(server: Loopback, transport: Transport) -> None:
    server.script(status(503, retry_after="0"), sse({"n": 1}, "plain\ntwo lines", names=["image"]))
    events = list(transport.events(CALL, Deadline.after(10)))
    assert events == [Event("image", '{"n": 1}'), Event("message", "plain\ntwo lines")]
    assert len(server.requests) == 2
    assert server.requests[0].headers["accept"] == "text/event-stream"


def test_a_server_that_does_not_stream(server: Loopback, transport: Transport) -> None:
    server.script(reply({"data": []}))
    assert list(transport.events(CALL, Deadline.after(10))) == [Event("reply", '{"data": []}')]


def broken(connection: Connection) -> None:
    connection.head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
    connection.chunk(b"data: first\n\n")
    reset()(connection)


def endless(connection: Connection) -> None:
    connection.head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
    while not connection.loopback.stopping.wait(0.02):
        connection.chunk(b": still working\n\n")


@pytest.mark.parametrize(("act", "kind"), [(broken, "body"), (endless, "timeout")])
def test_after_the_first_byte_nothing_is_tried_again(
    server: Loopback, transport: Transport, act: Act, kind: str
) -> None:
    server.script(act)
    with pytest.raises(HttpError) as caught:
        list(transport.events(CALL, Deadline.after(1.0)))
    assert caught.value.kind == kind
    assert caught.value.possibly_billed
    assert len(server.requests) == 1


def test_a_reader_that_stops_gives_the_connection_back(server: Loopback) -> None:
    transport = Transport("mine", Settings(server.url, concurrency=1))
    for _ in range(3):
        server.script(sse({"n": 1}, {"n": 2}))
        events = transport.events(CALL, Deadline.after(5))
        assert next(events).data == '{"n": 1}'
        events.close()
    transport.close()
