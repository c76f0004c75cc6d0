"""The npm package @openrouter/sdk."""

from pathlib import Path
from typing import Any

import pytest

from tests.extra_clients.conftest import Call, caller
from tests.extra_clients.painting import PROMPT, SIZE, painted
from tests.extra_clients.serving import Addresses, serving

BODY: dict[str, Any] = {"model": "openai/gpt-image-1", "prompt": PROMPT, "size": SIZE, "quality": "low", "seed": 7}
CHAT: dict[str, Any] = {
    "model": "openai/gpt-5-image-mini",
    "messages": [{"role": "user", "content": PROMPT}],
    "modalities": ["image", "text"],
    "imageConfig": {"quality": "draft", "aspect_ratio": "1:1", "image_size": "0.5K"},
    "seed": 7,
}


@pytest.fixture
def call(gateway: Addresses) -> Call:
    return caller("openrouter", gateway.rest)


def test_image_models_are_listed(call: Call) -> None:
    assert {"painter", "openai/gpt-image-1"} <= set(call("models")["ids"])


def test_images_are_the_painters(call: Call) -> None:
    received = call("generate", body=BODY | {"n": 2})
    assert received["digests"] == [painted(7), painted(8)]
    assert received["usage"]["cost"] == 0


def test_a_stream_has_partial_images_and_the_image(call: Call) -> None:
    received = call("generate_stream", body=BODY)
    names = [event["type"].rpartition(".")[2] for event in received]
    assert names == ["partial_image"] * (len(names) - 1) + ["completed"]
    assert len({event["digest"] for event in received}) == len(names) > 1
    assert received[-1]["digest"] == painted(7)


def test_chat_has_the_painters_image(call: Call) -> None:
    received = call("chat", body=CHAT)
    assert received["digests"] == [painted(7, side=512)]
    assert received["usage"]["cost"] == 0


def test_a_stream_of_chat_ends(call: Call) -> None:
    # this client leaves out the images of a stream: its type of a delta has none
    whole, streamed = call("chat", body=CHAT), call("chat_stream", body=CHAT)
    assert streamed == {"reasons": ["stop"], "usage": whole["usage"]}


def test_an_unknown_model_is_not_found(call: Call) -> None:
    error = call("generate", body=BODY | {"model": "openai/gpt-imge-1"})["error"]
    assert (error["class"], error["status"]) == ("NotFoundResponseError", 404)


def test_a_rate_limit_is_raised(tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "429:1") as gateway:
        error = caller("openrouter", gateway.rest)("generate", body=BODY)["error"]
    assert (error["class"], error["status"]) == ("TooManyRequestsResponseError", 429)
