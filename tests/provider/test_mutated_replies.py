"""Replies with a value of another type than the service gives: an image, or a fault of this package with a hint."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.http import HttpError, decode_json
from harness.provider import Job, create
from tests.proofs.replies import NAMES, PNG, generated
from tests.provider.hosting import KEY_ENV
from tests.provider.servers.base import Loopback, raw
from tests.provider.servers.images import b64

TRIALS = 200


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_of_another_form_is_a_fault_with_a_hint(name: str, tmp_path: Path) -> None:
    outcome = generated(name, TRIALS, tmp_path)
    assert not outcome.wrong
    faults = outcome.found["GenerationError"] + outcome.found["GenerationRefusedError"]
    assert TRIALS / 20 < faults < TRIALS, "some mutations spoil the image, and some do not matter"


@pytest.mark.parametrize("cost", ["1e999", "1e308", "-1", '"0.04"', "1" + "0" * 400, "1" + "0" * 5000, "NaN", "true"])
def test_a_cost_that_is_none_is_not_counted_and_costs_no_image(
    cost: str, job: Callable[..., Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, "unused-key-0123456789")
    body = json.dumps({"created": 1, "data": [{"b64_json": b64(PNG), "revised_prompt": "\ud800"}], "usage": {}})
    with Loopback(lambda _: raw(body.replace("{}", f'{{"cost": {cost}}}').encode())) as server:
        options = {"model": "a/b", "endpoint": "images", "base_url": server.url, "api_key_env": KEY_ENV}
        provider = create("mine", "openrouter", options, tmp_path)
        output = provider.generate(job())
        provider.close()
    assert output.data == PNG
    assert output.cost is None
    notes = [note.partition(":")[0] for note in output.notes]
    assert notes[0] == "cost"
    assert "environment.reply.revised_prompt" in notes
    assert output.environment["reply"]["revised_prompt"] == "\\ud800"


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": 1e999}', float("inf")), ('{"a": "\\ud800"}', "\ud800"), (f'{{"a": 1{"0" * 5000}}}', float("inf"))],
)
def test_one_odd_value_costs_no_reply(text: str, value: Any) -> None:
    assert decode_json(text.encode()) == {"a": value}


@pytest.mark.parametrize("body", [b"", b"{", b"{]", b"\xff", b"[" * 10**5, b'{"a": 1e999', b"nothing"])
def test_what_is_not_json_is_a_fault_with_a_hint(body: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        decode_json(body)
    assert caught.value.kind == "body"
    assert caught.value.hint
