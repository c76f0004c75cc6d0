"""Webhooks against real receivers: signatures, retries, redirects, receivers that are gone, takeover."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import openai
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from harness.errors import UsageError
from harness.gateway import Gateway, GatewayOptions
from harness.gateway.delivery_store import LONGEST_LOG, Delivery
from harness.gateway.errors import DeliveryNotFoundError, InvalidRequestError
from harness.gateway.job_store import JobStore
from harness.gateway.records import Caller, ImageRequest, Job
from harness.gateway.webhooks import SENDERS, Deliverer, check_url, checked_secret
from harness.vocabulary import DeliveryState, JobState, Quality
from tests.gateway.rows import delivery_of, finish

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
REQUEST = ImageRequest("painter", "a red circle", seed=1, size=(64, 64), quality=Quality.DRAFT)


class Receiver:
    """A receiver that answers with given statuses, the last one for ever, and stores what it was sent."""

    def __init__(self) -> None:
        self.statuses: list[int] = [200]
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.gate = threading.Event()
        self.gate.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                receiver.gate.wait(20)
                status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
                try:
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    if 300 <= status < 400:
                        self.send_header("location", receiver.url + "/elsewhere")
                    self.end_headers()
                except OSError:
                    pass

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions) -> GatewayOptions:
    return replace(gateway_options, webhook_secret=SECRET, webhook_private=True)


@pytest.fixture
def quiet(gateway_options: GatewayOptions) -> Iterator[Gateway]:
    """A gateway that delivers nothing by itself, and generates nothing."""
    with Gateway.open(replace(gateway_options, webhook_secret=None, accept_only=True)) as gateway:
        yield gateway


@pytest.fixture
def deliver(quiet: Gateway) -> Iterator[Callable[..., Deliverer]]:
    started: list[Deliverer] = []

    def start(**options: object) -> Deliverer:
        given = {"allow_private": True, "schedule": (0.0, 0.01, 0.01), "look": 0.02} | options
        started.append(Deliverer(quiet.deliveries, SECRET, **given))  # type: ignore[arg-type]
        started[-1].start()
        return started[-1]

    yield start
    for deliverer in started:
        deliverer.stop(5.0)


def finished(store: JobStore, url: str, caller: Caller = Caller()) -> Job:  # noqa: B008 -- frozen
    job, _ = store.submit(REQUEST, replace(caller, webhook=url))
    return finish(store, job.id)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def only(gateway: Gateway) -> Delivery:
    (delivery,) = gateway.deliveries.newest()
    return delivery


def test_the_end_of_a_job_is_delivered_signed(gateway: Gateway, receiver: Receiver) -> None:
    async def run() -> Job:
        job = await gateway.service.submit(REQUEST, Caller(webhook=receiver.url + "/hook?token=1"))
        return await gateway.service.wait(job)

    job = asyncio.run(run())
    until(lambda: only(gateway).state is DeliveryState.DELIVERED)
    ((path, headers, body),) = receiver.received
    assert path == "/hook?token=1"
    event = Webhook(SECRET).verify(body, headers)
    assert event["type"] == "job.completed"
    assert event["id"] == headers["webhook-id"] == only(gateway).id
    assert event["data"]["id"] == job.id
    assert [image["digest"] for image in event["data"]["images"]] == [job.images[0].digest]
    assert event["data"]["images"][0]["seed"] == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    client = openai.OpenAI(api_key="none", webhook_secret=SECRET)
    unwrapped = client.webhooks.unwrap(body, headers)
    assert unwrapped.id == event["id"]
    assert unwrapped.data.id == job.id  # type: ignore[union-attr]
    entry = only(gateway).log[0]
    assert entry["status"] == 200
    assert entry["ms"] >= 0


@pytest.mark.parametrize("state", [JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED])
def test_openai_clients_read_the_event_of_a_response(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver, state: JobState
) -> None:
    caller = Caller(api="openai.responses", webhook=receiver.url)
    job, _ = quiet.store.submit(REQUEST, caller)
    finish(quiet.store, job.id, state)
    deliver()
    until(lambda: bool(receiver.received))
    _, headers, body = receiver.received[0]
    client = openai.OpenAI(api_key="none", webhook_secret=SECRET, _strict_response_validation=True)
    event = client.webhooks.unwrap(body, headers)
    assert type(event).__name__.startswith("Response")
    assert event.data.id == f"resp_{job.id.removeprefix('job_')}"  # type: ignore[union-attr]


def test_a_receiver_that_fails_is_tried_again_until_it_has_it(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    receiver.statuses = [500, 503, 204]
    finished(quiet.store, receiver.url)
    outcomes: list[str] = []
    deliver(on_attempt=outcomes.append)
    until(lambda: only(quiet).state is DeliveryState.DELIVERED)
    assert [entry["status"] for entry in only(quiet).log] == [500, 503, 204]
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1
    assert len({body for _, _, body in receiver.received}) == 1
    until(lambda: len(outcomes) == 3)
    assert outcomes == ["retry", "retry", "delivered"]


def test_the_schedule_ends_and_redelivering_begins_it_again(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    receiver.statuses = [500]
    finished(quiet.store, receiver.url)
    deliver()
    until(lambda: only(quiet).state is DeliveryState.FAILED)
    assert len(receiver.received) == 3
    receiver.statuses = [200]
    quiet.deliveries.redeliver(only(quiet).id)
    until(lambda: only(quiet).state is DeliveryState.DELIVERED)
    assert len(only(quiet).log) == 4


def test_the_next_attempt_waits_as_the_schedule_says(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    receiver.statuses = [500]
    finished(quiet.store, receiver.url)
    deliver(schedule=(0.0, 300.0))
    before = time.time()
    until(lambda: only(quiet).attempts == 1)
    assert only(quiet).state is DeliveryState.PENDING
    assert before + 290 < only(quiet).due < time.time() + 301


def test_a_redirect_is_not_followed(quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver) -> None:
    receiver.statuses = [302]
    finished(quiet.store, receiver.url)
    deliver(schedule=(0.0,))
    until(lambda: only(quiet).state is DeliveryState.FAILED)
    assert [path for path, _, _ in receiver.received] == ["/"]
    assert only(quiet).log[0]["status"] == 302


def test_a_receiver_that_is_gone_gets_nothing_more(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    receiver.statuses = [410, 200]
    first = finished(quiet.store, receiver.url)
    deliver()
    until(lambda: only(quiet).state is DeliveryState.DISABLED)
    second = finished(quiet.store, receiver.url)
    until(lambda: all(one.state is DeliveryState.DISABLED for one in quiet.deliveries.newest()))
    assert len(receiver.received) == 1
    (delivery,) = quiet.deliveries.newest(job=second.id)
    assert "status" not in delivery.log[0]
    # asked for, it is tried again, and the receiver is one again
    quiet.deliveries.redeliver(delivery.id)
    until(lambda: delivery_of(quiet.deliveries, delivery.id).state is DeliveryState.DELIVERED)
    assert first.id != second.id
    finished(quiet.store, receiver.url)
    until(lambda: len(receiver.received) == 3)


def test_a_private_address_is_not_called(quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver) -> None:
    finished(quiet.store, receiver.url.replace("127.0.0.1", "localhost"))
    deliver(allow_private=False, schedule=(0.0,))
    until(lambda: only(quiet).state is DeliveryState.FAILED)
    assert only(quiet).log[0]["error"].startswith("unsafe-url")
    assert receiver.received == []


def test_a_receiver_that_does_not_answer_is_left(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    receiver.gate.clear()
    finished(quiet.store, receiver.url)
    deliver(schedule=(0.0,), timeout=0.2)
    until(lambda: only(quiet).state is DeliveryState.FAILED)
    assert only(quiet).log[0]["error"].startswith("timeout")


def test_nobody_listening_is_a_failed_attempt(quiet: Gateway, deliver: Callable[..., Deliverer]) -> None:
    gone = Receiver()
    gone.close()
    finished(quiet.store, gone.url)
    deliver(schedule=(0.0,))
    until(lambda: only(quiet).state is DeliveryState.FAILED)
    assert only(quiet).log[0]["error"].startswith("connect")


def test_a_survivor_takes_over_what_another_had(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    finished(quiet.store, receiver.url)
    (taken,) = quiet.deliveries.claim("dead", 5, lease=0.5)
    assert quiet.deliveries.claim("other", 5, lease=5.0) == []
    deliver()
    until(lambda: only(quiet).state is DeliveryState.DELIVERED)
    # what the first one says later counts no more
    assert not quiet.deliveries.attempted("dead", taken, DeliveryState.FAILED, {"at": 0.0, "ms": 0.0})
    assert only(quiet).state is DeliveryState.DELIVERED


def test_what_is_not_sent_when_it_stops_is_sent_by_the_next_one(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver
) -> None:
    receiver.gate.clear()
    for number in range(2 * SENDERS):
        finished(quiet.store, f"{receiver.url}/{number}")
    first = deliver()
    until(lambda: len(receiver.received) == SENDERS)
    first.stop(0.2)
    receiver.gate.set()
    receiver.received.clear()
    deliver()
    until(lambda: all(one.state is DeliveryState.DELIVERED for one in quiet.deliveries.newest()))
    assert {path for path, _, _ in receiver.received} >= {f"/{number}" for number in range(SENDERS, 2 * SENDERS)}


def test_two_deliverers_send_each_once(quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver) -> None:
    for number in range(20):
        finished(quiet.store, f"{receiver.url}/{number}")
    deliver()
    deliver()
    until(lambda: all(one.state is DeliveryState.DELIVERED for one in quiet.deliveries.newest()))
    assert sorted(path for path, _, _ in receiver.received) == sorted(f"/{number}" for number in range(20))


def test_the_log_is_bounded(quiet: Gateway) -> None:
    finished(quiet.store, "http://127.0.0.1/")
    for number in range(LONGEST_LOG + 5):
        (one,) = quiet.deliveries.claim("me", 1, lease=5.0)
        entry = {"at": float(number), "ms": 0.0, "status": 500}
        assert quiet.deliveries.attempted("me", one, DeliveryState.PENDING, entry, due=0.0)
    assert [entry["at"] for entry in only(quiet).log] == [float(number) for number in range(5, LONGEST_LOG + 5)]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com",
        "http://",
        "http://user:secret@example.com/",
        "http://example.com:99999/",
        "http://[::1/",
        "https://example.com/\r\nx",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_url(url, enabled=True, allow_private=True)
    assert caught.value.param == "webhook"


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/"]
)
def test_private_addresses_need_permission(url: str) -> None:
    with pytest.raises(InvalidRequestError):
        check_url(url, enabled=True, allow_private=False)
    check_url("https://example.com/hook", enabled=True, allow_private=False)


def test_without_a_secret_a_webhook_is_refused(quiet: Gateway) -> None:
    with pytest.raises(InvalidRequestError):
        asyncio.run(quiet.service.submit(REQUEST, Caller(webhook="https://example.com/")))
    assert quiet.store.newest() == []


@pytest.mark.parametrize(
    "secret", ["", "abcdefgh", "whsec_", "whsec_????", "whsec_" + base64.b64encode(b"x" * 8).decode()]
)
def test_a_secret_that_is_none_is_refused_when_the_gateway_opens(gateway_options: GatewayOptions, secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.open(replace(gateway_options, webhook_secret=secret))
    assert len(secret) < 8 or secret not in f"{caught.value} {caught.value.hint}"
    checked_secret(SECRET)


def test_deliveries_over_rest(
    quiet: Gateway, deliver: Callable[..., Deliverer], receiver: Receiver, serve: Callable[[Gateway], str]
) -> None:
    url = serve(quiet) + "/v1/webhooks/deliveries"
    receiver.statuses = [500, 200]
    job = finished(quiet.store, receiver.url)
    finished(quiet.store, receiver.url, Caller("another key"))
    (listed,) = httpx.get(url).json()["data"]
    assert (listed["job"], listed["state"]) == (job.id, "pending")
    deliver(schedule=(0.0,))
    until(lambda: {one.state for one in quiet.deliveries.newest()} == {DeliveryState.FAILED, DeliveryState.DELIVERED})
    (listed,) = httpx.get(url, params={"job": job.id}).json()["data"]
    assert listed["next_attempt"] is None
    again = httpx.post(f"{url}/{listed['id']}/redeliver")
    assert (again.status_code, again.json()["state"]) == (200, "pending")
    until(lambda: len(delivery_of(quiet.deliveries, listed["id"]).log) == 2)
    (other,) = quiet.deliveries.newest(key="another key")
    for missing in ("msg_0", other.id):
        response = httpx.post(f"{url}/{missing}/redeliver")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "delivery-not-found")
    assert httpx.get(url, params={"limit": 0}).status_code == 400
    with pytest.raises(DeliveryNotFoundError):
        quiet.deliveries.redeliver(other.id, key="")
    assert json.loads(receiver.received[0][2])["object"] == "event"
