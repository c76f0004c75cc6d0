"""Chat completions with LangChain and LiteLLM, unmodified."""

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.gateway import GatewayOptions
from tests.gateway.lab import Lab
from tests.gateway.test_chat_clients import BOTH, SMALL, data_url, image_of, user


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, tmp_path: Path) -> GatewayOptions:
    lab = Lab(tmp_path / "lab")
    return replace(gateway_options, providers={**gateway_options.providers, "lab": lab.provider})


def test_langchain_asks_and_generates(server: str) -> None:
    from langchain_openai import ChatOpenAI

    chat: dict[str, Any] = {"base_url": f"{server}/v1", "api_key": "none", "max_retries": 0}
    answer = ChatOpenAI(model="lab", **chat).invoke("what is it?")
    assert answer.content == "asked: what is it?; image: None"
    # it drops the images of a chat completion: its Responses API has them
    model = ChatOpenAI(model="painter", use_responses_api=True, **chat)
    tool = {"type": "image_generation", "quality": "low", "size": "64x64"}
    reply = model.bind_tools([tool]).invoke("a red circle")
    (call,) = [part for part in reply.content if part["type"] == "image_generation_call"]
    assert Image.open(io.BytesIO(base64.b64decode(call["result"]))).size == (64, 64)


def test_litellm_generates_and_completes(server: str) -> None:
    import litellm

    common: dict[str, Any] = {"api_base": f"{server}/api/v1", "api_key": "none"}
    image = litellm.image_generation("a red circle", model="openrouter/painter", size="512x512", **common)
    assert Image.open(io.BytesIO(base64.b64decode(image.data[0].b64_json))).size == (1024, 1024)
    answer = litellm.completion("openrouter/lab", [user("what is it?", data_url())], **common)
    assert answer.choices[0].message.content == "asked: what is it?; image: (64, 64)"
    reply = litellm.completion("openrouter/painter", [user("a red circle")], modalities=BOTH, **SMALL, **common)
    assert image_of(reply.choices[0].message.images[0]["image_url"]["url"]).size == (512, 512)
