"""JSON that Python reads and nothing else can store: it is refused or reported, never a fault of the server."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from harness.gateway import GatewayOptions
from tests.gateway.lab import Lab

SURROGATE = '"\\ud800"'
VALUES = [SURROGATE, "NaN", "1e999", "1" * 400, "[" * 500 + "]" * 500, '{"\\ud800": 1}', '"\\u0000"']
CHAT = '{"model": "lab", "messages": [{"role": "user", "content": "it"}], "modalities": ["image"]'
RESPONSES = '{"model": "lab", "input": "it", "tools": [{"type": "image_generation"'
JOBS = '{"model": "lab", "prompt": "it"'
BODIES = [
    ("/v1/chat/completions", CHAT + ', "odd": VALUE}'),
    ("/v1/chat/completions", CHAT + ', "image_config": {"odd": VALUE}}'),
    ("/v1/chat/completions", CHAT + ', "provider": {"sort": VALUE, "options": {"lab": {"odd": VALUE}}}}'),
    ("/v1/responses", RESPONSES + ', "odd": VALUE}]}'),
    ("/v1/responses", RESPONSES + '}, {"type": "other", "odd": VALUE}]}'),
    ("/v1/responses", RESPONSES + '}], "tool_choice": {"odd": VALUE}}'),
    ("/v1/responses", RESPONSES + '}], "instructions": VALUE}'),
    ("/v1/responses", RESPONSES + '}], "metadata": {"a": VALUE}}'),
    ("/v1/jobs", JOBS + ', "settings": {"odd": VALUE}}'),
    ("/v1/jobs", JOBS + ', "metadata": {"a": VALUE}}'),
]
NAMES = [
    ("/v1/chat/completions", CHAT + ", VALUE: 1}"),
    ("/v1/chat/completions", CHAT + ', "image_config": {VALUE: 1}}'),
    ("/v1/responses", RESPONSES + "}], VALUE: 1}"),
    ("/v1/responses", RESPONSES + ", VALUE: 1}]}"),
    ("/v1/jobs", JOBS + ', "metadata": {VALUE: "a"}}'),
    ("/v1/jobs", JOBS + ', "settings": {VALUE: 1}}'),
]


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, tmp_path: Path) -> GatewayOptions:
    return replace(gateway_options, providers={"lab": Lab(tmp_path / "lab").provider}, default="lab")


def answered(server: str, path: str, body: str) -> None:
    reply = httpx.post(server + path, content=body, headers={"content-type": "application/json"}, timeout=30)
    # what is generated from an odd setting may fail, and says so; the server has no fault of its own
    assert reply.status_code in (200, 202, 400, 502), (body[:200], reply.text[:300])
    if reply.status_code >= 400:
        assert reply.json()["error"]["code"] in ("invalid-request", "generation", None)


def test_odd_values_are_no_fault_of_the_server(server: str) -> None:
    for path, body in BODIES:
        for value in VALUES:
            answered(server, path, body.replace("VALUE", value))


def test_odd_names_are_no_fault_of_the_server(server: str) -> None:
    for path, body in NAMES:
        for name in (SURROGATE, '"\\u0000"', '"a\\r\\nb: c"', '"ä☃"', '"' + "x" * 5000 + '"'):
            answered(server, path, body.replace("VALUE", name))
