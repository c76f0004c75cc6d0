"""OpenAI's own client, unmodified and with strict validation of replies, against a real server."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from openai import OpenAI

from harness.gateway import Gateway, GatewayOptions
from harness.image import file_digest
from tests.gateway.lab import Lab
from tests.gateway.pixels import alpha_mask, painted, pixels

PROMPT = "a red circle left of a blue square"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    return replace(gateway_options, providers={**gateway_options.providers, "lab": lab.provider})


@pytest.fixture
def client(server: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, _strict_response_validation=True) as opened:
        yield opened


def test_models_and_aliases_are_listed_and_read(client: OpenAI) -> None:
    listed = {model.id for model in client.models.list()}
    assert {"painter", "painter@1", "gpt-image-1", "openai/gpt-5-image-mini", "lab"} <= listed
    model = client.models.retrieve("openai/gpt-5-image-mini")
    assert model.owned_by == "painter"
    assert model.harness["alias"] is True
    assert "seed" in model.harness["honors"]


def test_an_image_has_the_pixels_of_the_painter(client: OpenAI) -> None:
    reply = client.images.generate(
        model="gpt-image-1", prompt=PROMPT, size="128x64", quality="low", n=2, extra_body={"seed": 7}
    )
    assert [item.seed for item in reply.data] == [7, 8]
    for item in reply.data:
        assert np.array_equal(pixels(item.b64_json), painted(PROMPT, item.seed, (128, 64), quality="draft"))
    assert (reply.size, reply.quality, reply.output_format) == ("128x64", "low", "png")
    assert reply.usage.output_tokens == 2 * 4 * 2
    assert reply.usage.total_tokens == reply.usage.input_tokens + reply.usage.output_tokens
    assert reply.usage.cost == 0
    assert reply.harness["not_honored"] == []
    assert reply.harness["seeds"] == [7, 8]


def test_a_model_of_the_painter_is_used(client: OpenAI) -> None:
    reply = client.images.generate(
        model="painter@1", prompt=PROMPT, size="64x64", quality="low", extra_body={"seed": 1}
    )
    assert np.array_equal(pixels(reply.data[0].b64_json), painted(PROMPT, 1, (64, 64), "painter@1", quality="draft"))


def test_settings_and_a_negative_prompt_reach_the_provider(client: OpenAI) -> None:
    further = {"seed": 3, "num_inference_steps": 3, "guidance_scale": 2.0, "negative_prompt": "green"}
    reply = client.images.generate(
        model="painter", prompt=PROMPT, size="64x64", quality="low", style="pastel", extra_body=further
    )
    expected = painted(PROMPT, 3, (64, 64), quality="draft", steps=3, guidance=2.0, style="pastel")
    assert np.array_equal(pixels(reply.data[0].b64_json), expected)
    assert reply.harness["not_honored"] == []


def test_what_changes_nothing_is_reported(client: OpenAI) -> None:
    raw = client.images.with_raw_response.generate(
        model="gpt-image-1",
        prompt=PROMPT,
        size="64x64",
        quality="low",
        style="vivid",
        user="someone",
        background="transparent",
        output_compression=50,
        extra_body={"frame\nrate": 3, "seed": 1},
    )
    names = ["background", "frame\nrate", "output_compression", "style", "user"]
    assert raw.parse().harness["not_honored"] == names
    assert raw.parse().background == "opaque"
    assert raw.headers["x-harness-not-honored"] == "background, frame%0Arate, output_compression, style, user"
    assert raw.headers["x-harness-job"] == raw.parse().harness["job"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"user": "someone"}, "user"),
        ({"background": "transparent"}, "background"),
        ({"extra_body": {"frames": 2}}, "frames"),
    ],
)
@pytest.mark.parametrize("by_header", [True, False])
def test_strict_refuses_what_is_not_honored(client: OpenAI, fields: dict, param: str, by_header: bool) -> None:
    body = fields.get("extra_body", {}) | ({} if by_header else {"strict": True})
    headers = {"x-harness-strict": "true"} if by_header else {}
    with pytest.raises(openai.BadRequestError) as raised:
        client.images.generate(**{**fields, "prompt": PROMPT, "extra_body": body, "extra_headers": headers})
    assert (raised.value.code, raised.value.param) == ("not-honored", param)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_format_is_encoded(client: OpenAI, kind: str) -> None:
    reply = client.images.generate(prompt=PROMPT, size="64x64", quality="low", output_format=kind)
    assert reply.output_format == kind
    assert pixels(reply.data[0].b64_json).shape == (64, 64, 3)
    assert reply.harness["not_honored"] == []


def test_a_url_leads_to_the_bytes_in_the_format_asked_for(client: OpenAI) -> None:
    reply = client.images.generate(
        prompt=PROMPT, size="64x64", quality="low", response_format="url", output_format="jpeg", output_compression=40
    )
    item = reply.data[0]
    assert item.b64_json is None
    image = httpx.get(item.url)
    assert image.headers["content-type"] == "image/jpeg"
    assert image.content[:2] == b"\xff\xd8"


def test_an_artifact_is_immutable(client: OpenAI) -> None:
    reply = client.images.generate(prompt=PROMPT, size="64x64", quality="low", response_format="url")
    image = httpx.get(reply.data[0].url)
    assert image.headers["content-type"] == "image/png"
    digest = file_digest(image.content)
    assert reply.data[0].url.endswith(f"/v1/artifacts/{digest}")
    assert image.headers["etag"] == f'"{digest}"'
    assert "immutable" in image.headers["cache-control"]
    again = httpx.get(reply.data[0].url, headers={"if-none-match": image.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    unknown = httpx.get(reply.data[0].url.replace(digest, "0" * 64))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "job-not-found")


def test_a_stream_shows_intermediate_states_and_the_images(client: OpenAI, gateway: Gateway, lab: Lab) -> None:
    stream = client.images.generate(
        model="lab", prompt="wait", size="64x64", stream=True, partial_images=2, n=2, extra_body={"seed": 9}
    )
    job = stream.response.headers["x-harness-job"]
    end = time.monotonic() + 30
    while not gateway.bus.has_partial_listener(job) and time.monotonic() < end:
        time.sleep(0.01)
    lab.go()
    events = list(stream)
    partial = [event for event in events if event.type == "image_generation.partial_image"]
    completed = [event for event in events if event.type == "image_generation.completed"]
    # step k of 4 has the level 20 k: two of three that are not the last, evenly apart
    shown = sorted(
        (event.harness["index"], event.partial_image_index, int(pixels(event.b64_json)[0, 0, 0])) for event in partial
    )
    assert shown == [(0, 0, 20), (0, 1, 60), (1, 0, 20), (1, 1, 60)]
    assert {(event.harness["index"], int(pixels(event.b64_json)[0, 0, 0])) for event in completed} == {(0, 9), (1, 10)}
    assert {event.size for event in completed} == {"64x64"}
    assert all(event.usage.total_tokens for event in completed)
    assert all("partial_images" not in event.harness["not_honored"] for event in completed)


def test_a_stream_without_intermediate_states_says_so(client: OpenAI) -> None:
    headers = {"Idempotency-Key": "replayed"}
    client.images.generate(model="lab", prompt="at once", size="64x64", extra_headers=headers)
    stream = client.images.generate(
        model="lab", prompt="at once", size="64x64", stream=True, partial_images=1, extra_headers=headers
    )
    events = list(stream)
    assert [event.type for event in events] == ["image_generation.completed"]
    assert "partial_images" in events[0].harness["not_honored"]


def test_a_fault_after_the_stream_began_is_an_error_of_the_client(client: OpenAI) -> None:
    with pytest.raises(openai.APIError) as raised:
        list(client.images.generate(model="lab", prompt="fail", stream=True))
    assert raised.value.code == "generation"


def test_a_mask_with_alpha_is_edited_where_it_is_transparent(client: OpenAI) -> None:
    size, box = (128, 128), (64, 64, 128, 128)
    before = client.images.generate(prompt=PROMPT, size="128x128", quality="low", extra_body={"seed": 5}).data[0]
    data = base64.b64decode(before.b64_json)
    reply = client.images.edit(
        image=("../../etc/passwd", data),
        mask=("m.png", alpha_mask(size, box)),
        prompt="a green triangle",
        quality="low",
        extra_body={"seed": 6},
    )
    assert reply.size == "128x128"
    old, new = pixels(data), pixels(reply.data[0].b64_json)
    changed = (old != new).any(axis=2)
    assert changed[64:, 64:].any()
    assert not changed[:, :64].any()
    assert not changed[:64, :].any()


def test_an_edit_takes_its_size_from_its_image_and_streams(client: OpenAI) -> None:
    before = client.images.generate(prompt=PROMPT, size="96x64", quality="low", extra_body={"seed": 5}).data[0]
    events = list(
        client.images.edit(
            image=[("one.png", base64.b64decode(before.b64_json))],
            prompt="make the circle green",
            quality="low",
            stream=True,
            extra_body={"seed": 5},
        )
    )
    assert events[-1].type == "image_edit.completed"
    assert events[-1].size == "96x64"


def test_an_idempotency_key_replays_the_job(client: OpenAI) -> None:
    def sent(**fields: object) -> str:
        headers = {"Idempotency-Key": "same"}
        reply = client.images.generate(prompt=PROMPT, size="64x64", quality="low", extra_headers=headers, **fields)
        return reply.harness["job"]

    assert sent() == sent()
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        sent(n=2)
    assert raised.value.code == "idempotency"
