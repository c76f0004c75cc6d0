"""A service that goes down in the middle: calls wait for one that tries, and nothing else is sent."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.http import Call, Deadline, HttpError, Reply, Settings, Transport
from harness.http.breaker import Breaker
from tests.provider.servers.base import Act, Loopback, Received, reply, status

GET = Call("GET", "/x")
OPEN_SECONDS = 0.15
FINE = reply({})


class Service:
    """A service that is up or down as reported; a probe that reaches it can be held back."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.act: Act = FINE
        self.let = threading.Event()
        self.let.set()
        server.answer = self.answer
        self.transport = Transport("mine", Settings(server.url, retries=0, concurrency=16))
        self.transport._breaker = Breaker(failures=3, rest=OPEN_SECONDS, probes=2)
        self.threads = ThreadPoolExecutor(16)

    def answer(self, _received: Received) -> Act:
        def act(connection: object) -> None:
            self.let.wait(10)
            self.act(connection)

        return act

    def call(self, seconds: float = 20.0, *, patient: bool = True) -> Reply:
        return self.transport.request(Call("GET", "/x", patient=patient), Deadline.after(seconds))

    def calls(self, count: int) -> list[Future[Reply]]:
        return [self.threads.submit(self.call) for _ in range(count)]

    def go_down(self) -> None:
        """Answer once, then fail as often as it takes."""
        self.call()
        self.act = status(500, "down")
        for _ in range(3):
            with pytest.raises(HttpError, match="status 500"):
                self.call()

    @property
    def sent(self) -> int:
        return len(self.server.requests)

    def until_sent(self, count: int) -> None:
        while self.sent < count:
            time.sleep(0.005)


@pytest.fixture
def service(server: Loopback) -> Iterator[Service]:
    service = Service(server)
    yield service
    service.let.set()
    service.transport.close()
    service.threads.shutdown()


def kinds(calls: list[Future[Reply]]) -> list[str]:
    faults = [call.exception(20) for call in calls]
    return sorted(fault.kind if isinstance(fault, HttpError) else "" for fault in faults)


def test_while_it_rests_nothing_is_sent_and_then_one_call(service: Service) -> None:
    service.go_down()
    opened = time.monotonic()
    service.let.clear()
    service.act = FINE
    waiting = service.calls(8)
    service.until_sent(5)
    assert service.server.requests[-1].at - opened >= OPEN_SECONDS * 0.9
    time.sleep(OPEN_SECONDS)
    assert service.sent == 5
    service.let.set()
    assert kinds(waiting) == [""] * 8
    assert service.sent == 12


def test_those_that_waited_for_a_probe_fail_with_it(service: Service) -> None:
    service.go_down()
    assert kinds(service.calls(8)) == ["open"] * 7 + ["server"]
    assert service.sent == 5
    service.act = FINE
    assert kinds(service.calls(8)) == [""] * 8


def test_after_some_probes_no_call_waits_until_one_comes_through(service: Service) -> None:
    service.go_down()
    for _ in range(2):
        kinds(service.calls(4))
    assert service.sent == 6
    with pytest.raises(HttpError, match=r"the last 5 calls all failed .*status 500: down") as caught:
        service.call()
    assert caught.value.kind == "open"
    assert "--rerun failed" in caught.value.hint
    assert service.sent == 6
    time.sleep(OPEN_SECONDS)
    service.act = FINE
    service.call()
    assert kinds(service.calls(4)) == [""] * 4
    service.go_down()
    service.act = FINE
    assert kinds(service.calls(4)) == [""] * 4, "it waits again"


def test_a_service_that_never_answered_is_not_waited_for(service: Service) -> None:
    service.act = status(503, "down", retry_after="9")
    for _ in range(3):
        with pytest.raises(HttpError, match="status 503"):
            service.call()
    with pytest.raises(HttpError, match="not sent"):
        service.call()
    assert service.sent == 3


def test_an_answer_that_says_no_is_an_answer(service: Service) -> None:
    service.go_down()
    service.act = status(400, "not that")
    assert kinds(service.calls(4)) == ["refused"] * 4


@pytest.mark.parametrize("how", ["deadline", "close", "impatient"])
def test_a_wait_ends(service: Service, how: str) -> None:
    service.transport._breaker = Breaker(failures=3, rest=60)
    service.go_down()
    calls: dict[str, Callable[[], Future[Reply]]] = {
        "deadline": lambda: service.threads.submit(service.call, 0.2),
        "close": lambda: service.threads.submit(service.call, 60),
        "impatient": lambda: service.threads.submit(service.call, 60, patient=False),
    }
    call = calls[how]()
    if how == "close":
        time.sleep(0.1)
        assert not call.done()
        service.transport.close()
    with pytest.raises(HttpError, match="not sent") as caught:
        call.result(20)
    assert not caught.value.possibly_billed
    assert service.sent == 4


def test_a_probe_that_is_given_up_makes_room_for_another() -> None:
    breaker = Breaker(failures=1, rest=0.0)
    later = Deadline.after(20)
    with pytest.raises(HttpError), breaker.watch(later):
        raise HttpError("connect", "so it is")
    with pytest.raises(KeyboardInterrupt), breaker.watch(later):
        raise KeyboardInterrupt
    with breaker.watch(later):
        pass


class Clock:
    """Time that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("harness.http.breaker.time.monotonic", lambda: self.now)


steps = st.lists(st.tuples(st.sampled_from([0, 1, 20, 31]), st.sampled_from(["ok", "server", "connect", "auth"])))


@given(steps)
def test_no_call_is_sent_while_it_is_open_but_the_probe(steps: list[tuple[int, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(patch)
        breaker = Breaker(failures=3, rest=30)
        row, until = 0, 0.0
        for seconds, outcome in steps:
            clock.now += seconds
            kind, sent = called(breaker, clock, outcome)
            assert kind == (outcome if sent else "open")
            assert sent is (row < 3 or clock.now >= until)
            if sent:
                row = row + 1 if outcome in ("server", "connect") else 0
                until = clock.now + 30


def called(breaker: Breaker, clock: Clock, outcome: str) -> tuple[str, bool]:
    """How a call ended, and whether it was sent."""
    sent = []
    try:
        with breaker.watch(Deadline(60, clock.now + 60), patient=False):
            sent.append(outcome)
            came(outcome)
    except HttpError as fault:
        return fault.kind, bool(sent)
    return "ok", True


def came(outcome: str) -> None:
    if outcome != "ok":
        raise HttpError(outcome, "so it is")
