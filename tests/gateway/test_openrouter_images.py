"""OpenRouter's images API: its own client, unmodified, and what that client does not show."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from openrouter import OpenRouter, errors
from PIL import Image

from harness.gateway import GatewayOptions
from harness.suite import ProviderSpec
from tests.gateway.lab import Lab
from tests.gateway.pixels import painted, pixels, png

PROMPT = "a red circle left of a blue square"
EVEN = """
from PIL import Image

def generate(prompt, seed, width, height):
    if seed % 2:
        raise RuntimeError("an odd seed")
    return Image.new("RGB", (width, height), seed)
"""
SMALL = {"model": "painter", "prompt": PROMPT, "size": "64x64", "quality": "low", "seed": 4}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    (lab.folder / "even.py").write_text(EVEN, encoding="utf-8")
    options = {"function": "even.py:generate", "price": 0.0}
    even = ProviderSpec("even", "python", options, root=str(lab.folder))
    return replace(gateway_options, providers={**gateway_options.providers, "lab": lab.provider, "even": even})


@pytest.fixture
def client(server: str) -> Iterator[OpenRouter]:
    with OpenRouter(api_key="none", server_url=f"{server}/api/v1") as opened:
        yield opened


def posted(server: str, **fields: Any) -> httpx.Response:
    return httpx.post(f"{server}/api/v1/images", json=SMALL | fields, timeout=30)


def code_of(reply: httpx.Response) -> tuple[int, str, str | None]:
    error = reply.json()["error"]
    assert error["code"] == reply.status_code
    return reply.status_code, error["metadata"]["error_type"], error["metadata"].get("param")


def test_an_image_has_the_pixels_of_the_painter(client: OpenRouter) -> None:
    reply = client.images.generate(**SMALL, n=2)
    assert [np.array_equal(pixels(item.b64_json), painted(PROMPT, seed, (64, 64), quality="draft"))
            for item, seed in zip(reply.data, (4, 5), strict=True)] == [True, True]  # fmt: skip
    assert reply.data[0].media_type == "image/png"
    assert reply.usage.cost == 0
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0


def test_a_stream_ends_with_the_image_and_done(client: OpenRouter, server: str) -> None:
    events = list(client.images.generate(**SMALL, stream=True))
    assert events[-1].type == "image_generation.completed"
    assert np.array_equal(pixels(events[-1].b64_json), painted(PROMPT, 4, (64, 64), quality="draft"))
    assert events[-1].usage.cost == 0
    assert posted(server, stream=True).text.endswith("data: [DONE]\n\n")


def test_a_fault_after_the_stream_began_is_an_event(client: OpenRouter) -> None:
    events = list(client.images.generate(model="lab", prompt="fail", stream=True))
    assert [event.type for event in events] == ["error"]
    assert events[0].error.code == "generation"


def test_models_say_what_they_support(client: OpenRouter) -> None:
    models = {model.id: model for model in client.images.list_models().data}
    painter = models["openai/gpt-5-image-mini"]
    assert painter.supported_parameters["seed"].max == 2**53 - 1
    assert painter.supported_parameters["quality"].type == "enum"
    assert painter.supports_streaming
    endpoints = client.images.list_model_endpoints(author="openai", slug="gpt-5-image-mini")
    assert endpoints.endpoints[0].provider_slug == "painter"
    assert endpoints.endpoints[0].pricing[0].cost_usd == 0
    assert "openai/gpt-5-image-mini" in {model.id for model in client.models.list().result.data}
    assert client.models.get(author="openai", slug="gpt-5-image-mini").data.id == "openai/gpt-5-image-mini"


def test_an_input_reference_is_edited(client: OpenRouter) -> None:
    image = png(Image.new("RGB", (64, 64), "white"))
    url = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    fields = {**SMALL, "size": None, "input_references": [{"type": "image_url", "image_url": {"url": url}}]}
    reply = client.images.generate(**fields)
    assert pixels(reply.data[0].b64_json).shape == (64, 64, 3)
    with pytest.raises(errors.BadRequestResponseError) as raised:
        client.images.generate(**{**fields, "input_references": fields["input_references"] * 2})
    assert raised.value.data.error.metadata["error_type"] == "several-images"


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"size": "128x64", "aspect_ratio": "2:1"}, (128, 64)),
        ({"size": None, "resolution": "512", "aspect_ratio": "16:9"}, (512, 288)),
        ({"size": "512", "aspect_ratio": "1:2"}, (256, 512)),
    ],
)
def test_sizes(server: str, fields: dict[str, Any], size: tuple[int, int]) -> None:
    reply = posted(server, model="lab", **fields).json()
    height, width, _ = pixels(reply["data"][0]["b64_json"]).shape
    assert (width, height) == size


@pytest.mark.parametrize(
    "fields",
    [
        {"size": "128x64", "aspect_ratio": "1:1"},
        {"size": "128x64", "resolution": "1K"},
        {"size": "1K", "resolution": "2K"},
    ],
)
def test_a_size_that_contradicts_is_refused(server: str, fields: dict[str, Any]) -> None:
    assert code_of(posted(server, **fields)) == (400, "invalid-request", "size")


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("painter", {"only": ["openai"]}),
        ("painter", {"order": ["openai"], "allow_fallbacks": False}),
        ("openai/gpt-5-image-mini", {"ignore": ["openai"]}),
        ("painter", {"ignore": ["painter"]}),
    ],
)
def test_preferences_that_allow_no_provider_are_refused(server: str, model: str, provider: dict[str, Any]) -> None:
    param = f"provider.{next(iter(provider))}"
    assert code_of(posted(server, model=model, provider=provider)) == (404, "no-allowed-provider", param)


@pytest.mark.parametrize(
    ("model", "provider", "unused"),
    [
        ("painter", {"only": ["painter"], "allow_fallbacks": False}, []),
        ("openai/gpt-5-image-mini", {"only": ["openai"]}, []),
        ("painter", {"order": ["openai"]}, []),
        ("painter", {"ignore": ["openai"], "zdr": True}, ["provider.zdr"]),
    ],
)
def test_preferences_are_honored_or_reported(server: str, model: str, provider: Any, unused: list[str]) -> None:
    reply = posted(server, model=model, provider=provider)
    assert reply.status_code == 200
    assert reply.json()["harness"]["not_honored"] == unused


def test_options_of_the_provider_are_settings(server: str) -> None:
    provider = {"options": {"painter": {"steps": 3}, "openai": {"steps": 1}}}
    reply = posted(server, provider=provider).json()
    expected = painted(PROMPT, 4, (64, 64), quality="draft", steps=3)
    assert np.array_equal(pixels(reply["data"][0]["b64_json"]), expected)


def test_the_images_that_came_are_sent_where_others_failed(server: str) -> None:
    reply = posted(server, model="even", seed=1, n=3)
    assert reply.status_code == 200
    assert [item["seed"] for item in reply.json()["data"]] == [2]
    assert reply.json()["harness"]["error"]["code"] == "generation"
    assert code_of(posted(server, model="even", seed=1)) == (502, "generation", None)


def test_an_unknown_model_names_the_nearest(server: str) -> None:
    reply = posted(server, model="paintr")
    assert code_of(reply) == (404, "unknown-model", "model")
    assert "`painter`" in reply.json()["error"]["metadata"]["hint"]
    other = httpx.get(f"{server}/api/v1/models/openai/gpt-image-2")
    assert code_of(other) == (404, "unknown-model", "model")
