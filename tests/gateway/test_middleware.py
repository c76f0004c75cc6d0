"""What every request passes: ids, keys, limits of bodies, pages of other sites, the log."""

import io
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.keys import add_key, revoke_key
from harness.gateway.logs import logging_to
from harness.gateway.rest import limited_body
from harness.http import HttpError, Transport

IMAGE = {"prompt": "a red circle", "size": "64x64", "quality": "low", "seed": 1}
Serve = Callable[[Gateway], str]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.jsonl"


@pytest.fixture
def open_gateway(gateway_options: GatewayOptions) -> Iterator[Callable[..., Gateway]]:
    opened: list[Gateway] = []

    def make(**options: object) -> Gateway:
        opened.append(Gateway.open(replace(gateway_options, **options)))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for gateway in opened:
        gateway.close()


def code_of(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])


def until(holds: Callable[[], bool]) -> None:
    """Wait for what follows a response that the client already has."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def exchange(url: str, data: bytes) -> bytes:
    """Return all that a server answers to bytes, until it closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def test_a_key_is_needed_for_all_but_the_probes(open_gateway: Callable[..., Gateway], keys: Path, serve: Serve) -> None:
    key = add_key(keys, "one")
    url = serve(open_gateway(keys=keys))
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(url + path).status_code == 200
    for path in ("/v1/models", "/openapi.json", "/", "/status", "/v1/webhooks/deliveries", "/nothing"):
        response = httpx.get(url + path)
        assert (response.status_code, code_of(response)) == (401, "unauthorized")
        assert "WWW-Authenticate" in response.headers
    for headers in ({"Authorization": f"Bearer {key}"}, {"Authorization": f"bearer {key}"}, {"x-api-key": key}):
        assert httpx.get(url + "/v1/models", headers=headers).status_code == 200
    assert httpx.get(url + "/v1/models", headers={"x-api-key": key + "x"}).status_code == 401
    openrouter = httpx.post(url + "/api/v1/images", json={})
    assert openrouter.json()["error"]["code"] == 401
    revoke_key(keys, "one")
    assert httpx.get(url + "/v1/models", headers={"x-api-key": key}).status_code == 401


def test_figures_need_a_key_where_another_name_leads_here(
    open_gateway: Callable[..., Gateway], keys: Path, serve: Serve
) -> None:
    key = add_key(keys, "one")
    url = serve(open_gateway(keys=keys))
    headers = {"Host": "images.example.com"}
    assert httpx.get(url + "/metrics", headers=headers).status_code == 401
    assert httpx.get(url + "/metrics", headers=headers | {"x-api-key": key}).status_code == 200


def test_a_browser_sends_its_key_for_reading_only(
    open_gateway: Callable[..., Gateway], keys: Path, serve: Serve
) -> None:
    login = httpx.BasicAuth("", add_key(keys, "one"))
    url = serve(open_gateway(keys=keys))
    assert httpx.get(url + "/").headers["WWW-Authenticate"].startswith("Basic ")
    assert httpx.get(url + "/", auth=login).status_code == 200
    assert httpx.post(url + "/v1/images/generations", json=IMAGE, auth=login).status_code == 401
    assert httpx.get(url + "/", headers={"Authorization": "Basic %%"}).status_code == 401


def test_without_keys_pages_of_other_sites_are_refused(server: str) -> None:
    own = urlsplit(server).netloc
    assert httpx.get(server + "/v1/models", headers={"Origin": f"http://{own}"}).status_code == 200
    for headers in (
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Host": "example.com"},
        {"Host": f"{own}.example.com"},
        {"Host": "127.0.0.1.example.com:80"},
        {"Host": ""},
        {"Host": "[::1"},
    ):
        response = httpx.get(server + "/v1/models", headers=headers)
        assert (response.status_code, code_of(response)) == (403, "forbidden")
    preflight = httpx.options(server + "/v1/models", headers={"Access-Control-Request-Method": "GET"})
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


def test_a_request_has_an_id_and_a_line_in_the_log(
    open_gateway: Callable[..., Gateway], keys: Path, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    key = add_key(keys, "one")
    url = serve(open_gateway(keys=keys))
    headers = {"x-api-key": key, "x-request-id": "abc-1"}
    with caplog.at_level(logging.INFO, "harness.gateway.access"):
        made = httpx.post(url + "/v1/images/generations?secret=1", json=IMAGE, headers=headers)
        other = httpx.get(url + "/v1/nothing", headers=headers | {"x-request-id": "not one"})
        until(lambda: len(caplog.records) >= 2)
    assert made.status_code == 200
    assert made.headers["x-request-id"] == "abc-1"
    assert other.headers["x-request-id"].startswith("req_")
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "harness.gateway.access"]
    first = lines[0]
    assert first["request"] == "abc-1"
    assert (first["key"], first["method"], first["path"], first["status"]) == (
        "one",
        "POST",
        "/v1/images/generations",
        200,
    )
    assert first["job"].startswith("job_")
    assert first["ms"] > 0
    assert lines[1]["request"] == other.headers["x-request-id"]
    for secret in (key, "secret", "red circle"):
        assert secret not in caplog.text


def test_a_rate_is_answered_with_when_to_come_again(
    open_gateway: Callable[..., Gateway], keys: Path, serve: Serve
) -> None:
    headers = {"x-api-key": add_key(keys, "one", rate=2)}
    url = serve(open_gateway(keys=keys))
    answers = [httpx.post(url + "/v1/images/generations", json=IMAGE, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61
    assert 0 < int(answers[2].headers["retry-after-ms"]) <= 61_000
    # reading is not counted
    assert httpx.get(url + "/v1/models", headers=headers).status_code == 200


def test_too_many_open_jobs_of_a_key(open_gateway: Callable[..., Gateway], serve: Serve) -> None:
    gateway = open_gateway(concurrency=1, accept_only=True)
    url = serve(gateway)
    with httpx.stream("POST", url + "/v1/images/generations", json=IMAGE | {"stream": True}) as first:
        assert first.status_code == 200
        second = httpx.post(url + "/v1/images/generations", json=IMAGE)
        assert (second.status_code, code_of(second)) == (429, "rate-limited")
        assert "retry-after-ms" in second.headers


def test_a_body_over_the_limit_is_refused(open_gateway: Callable[..., Gateway], serve: Serve) -> None:
    url = serve(open_gateway(body_limit=100_000))
    big = json.dumps(IMAGE | {"user": "x" * 200_000}).encode()
    announced = httpx.post(url + "/v1/images/generations", content=big, headers={"content-type": "application/json"})
    assert (announced.status_code, code_of(announced)) == (413, "body-too-large")

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 65536

    streamed = httpx.post(
        url + "/v1/images/generations", content=endless(), headers={"content-type": "application/json"}
    )
    assert (streamed.status_code, code_of(streamed)) == (413, "body-too-large")
    assert httpx.post(url + "/v1/images/generations", json=IMAGE).status_code == 200


def test_a_body_that_does_not_come_is_ended(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_body, "IDLE", 0.2)
    head = b"POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    answer = exchange(server, head + b"Content-Length: 1000\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"body-timeout"' in answer
    # a response may take longer than a body may
    body = IMAGE | {"quality": "high"}
    assert httpx.post(server + "/v1/images/generations", json=body, timeout=60).status_code == 200


def test_while_it_stops_nothing_new_is_accepted(gateway: Gateway, server: str) -> None:
    assert httpx.post(server + "/v1/images/generations", json=IMAGE).status_code == 200
    gateway.begin_drain()
    response = httpx.post(server + "/v1/images/generations", json=IMAGE)
    assert (response.status_code, code_of(response)) == (503, "unavailable")
    assert "retry-after-ms" in response.headers
    assert httpx.get(server + "/v1/models").status_code == 200
    ready = httpx.get(server + "/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"accepting": False, "worker": True, "database": True, "disk": True}


def test_an_error_of_the_gateway_itself_has_the_usual_shape(
    gateway: Gateway, server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(gateway.catalog), "__iter__", lambda _: 1 / 0)
    response = httpx.get(server + "/v1/models")
    assert (response.status_code, code_of(response)) == (500, "internal")
    assert "division" not in response.text
    assert "ZeroDivisionError" in caplog.text


def test_each_line_of_the_log_is_json(gateway: Gateway, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(type(gateway.catalog), "__iter__", lambda _: 1 / 0)
    with logging_to(stream):
        for number, path in ((2, "/v1/models?a=1"), (3, "/healthz/%0Aforged")):
            httpx.get(server + path)
            until(lambda number=number: stream.getvalue().count("\n") == number)  # type: ignore[misc]
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["error", "request", "request"]
    assert "ZeroDivisionError" in lines[0]["trace"]
    assert lines[1]["request"] in lines[0]["message"]
    assert [line.get("status") for line in lines[1:]] == [500, 404]


@pytest.mark.parametrize("origin", ["http://[", "null", "http://evil.example", ""])
def test_a_page_of_any_other_site_is_refused(server: str, origin: str) -> None:
    found = httpx.get(f"{server}/v1/models", headers={"Origin": origin})
    assert (found.status_code, code_of(found)) == (403, "forbidden")


@pytest.mark.parametrize("piece", [b"[],", b"0,", b"{},", b"[[[[[]]]]],"])
def test_a_body_of_very_many_values_is_refused(server: str, piece: bytes) -> None:
    body = b'{"prompt": "a", "x": [' + piece * limited_body.MOST_VALUES + b"0]}"
    found = httpx.post(f"{server}/v1/images/generations", content=body, headers={"content-type": "application/json"})
    assert (found.status_code, code_of(found)) == (413, "body-too-large")


def test_settings_and_prompts_are_limited(server: str) -> None:
    long = "y" * 300_000
    job = {"model": "painter", "prompt": "a", "settings": {"x": long}}
    chat = {"model": "painter", "modalities": ["image"], "messages": [{"role": "user", "content": long}]}
    for path, body, param in (("/v1/jobs", job, "settings"), ("/v1/chat/completions", chat, "prompt")):
        found = httpx.post(server + path, json=body)
        assert (found.status_code, found.json()["error"]["param"]) == (400, param)


def test_slow_servers_of_images_hold_nothing_else_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = threading.Event(), threading.Semaphore(0)

    def slow(*_: object) -> bytes:
        begun.release()
        go.wait(20)
        raise HttpError("dns", "too late")

    monkeypatch.setattr(Transport, "image", slow)
    body = {"model": "painter", "prompt": "a", "input_image": "https://example.com/a.png"}
    senders = [
        threading.Thread(target=httpx.post, args=(f"{server}/v1/jobs",), kwargs={"json": body, "timeout": 60})
        for _ in range(39)
    ]
    for sender in senders:
        sender.start()
    try:
        for _ in range(6):
            assert begun.acquire(timeout=20)
        assert httpx.get(f"{server}/readyz", timeout=15).status_code == 200
        assert not go.is_set()
    finally:
        go.set()
        for sender in senders:
            sender.join()
