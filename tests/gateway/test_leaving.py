"""A client that goes away cancels its job, unless it can ask for it again."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.gateway import Gateway, GatewayOptions
from harness.vocabulary import JobState
from tests.gateway.lab import Lab

SMALL = {"model": "lab", "prompt": "wait", "size": "64x64"}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    return replace(gateway_options, providers={**gateway_options.providers, "lab": lab.provider})


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def opened(server: str, path: str, body: dict[str, Any], **headers: str) -> socket.socket:
    """Send a request and return the connection, with no reply read."""
    host, port = server.removeprefix("http://").split(":")
    data = json.dumps(body).encode()
    fields = {"Host": host, "Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + data)
    return connection


@pytest.mark.parametrize("path", ["/v1/images/generations", "/api/v1/images"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_cancels_its_job(
    server: str, gateway: Gateway, lab: Lab, path: str, stream: bool
) -> None:
    connection = opened(server, path, SMALL | {"stream": stream})
    until(lambda: lab.begun)
    if stream:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    connection.close()
    until(lambda: lab.cancelled)
    (job,) = gateway.store.newest()
    until(lambda: gateway.store.get(job.id).state is JobState.CANCELLED)


def test_a_job_with_an_idempotency_key_is_joined_after_its_client_went_away(
    server: str, gateway: Gateway, lab: Lab
) -> None:
    headers = {"Idempotency-Key": "again"}
    opened(server, "/v1/images/generations", SMALL, **headers).close()
    until(lambda: lab.begun)
    # what would cancel it looks for the client's end at once
    time.sleep(0.5)
    lab.go()
    reply = httpx.post(f"{server}/v1/images/generations", json=SMALL, headers=headers, timeout=30)
    assert reply.status_code == 200
    assert [job.id for job in gateway.store.newest()] == [reply.json()["harness"]["job"]]
    assert lab.begun == ["wait"]
