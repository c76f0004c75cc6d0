"""The npm package openai."""

from pathlib import Path
from typing import Any

import pytest

from tests.extra_clients.conftest import Call, caller
from tests.extra_clients.painting import PROMPT, SIZE, painted, white_half
from tests.extra_clients.serving import Addresses, serving

BODY: dict[str, Any] = {"model": "gpt-image-1", "prompt": PROMPT, "size": SIZE, "quality": "low", "seed": 7}
CHAT: dict[str, Any] = {
    "model": "gpt-5-image-mini",
    "messages": [{"role": "user", "content": PROMPT}],
    "modalities": ["image", "text"],
    "image_config": {"quality": "draft", "aspect_ratio": "1:1", "image_size": "0.5K"},
    "seed": 7,
}
TOOL: dict[str, Any] = {"type": "image_generation", "quality": "low", "size": SIZE, "seed": 7}
RESPONSES: dict[str, Any] = {"model": "gpt-5", "input": PROMPT, "tools": [TOOL]}


@pytest.fixture
def call(gateway: Addresses) -> Call:
    return caller("openai", gateway.rest)


def test_models_are_listed(call: Call) -> None:
    assert {"painter", "gpt-image-1", "gpt-5"} <= set(call("models")["ids"])


def test_images_are_the_painters(call: Call) -> None:
    received = call("generate", body=BODY | {"n": 2})
    assert received["digests"] == [painted(7), painted(8)]
    assert received["seeds"] == received["harness"]["seeds"] == [7, 8]
    assert received["harness"]["not_honored"] == []
    assert received["usage"]["total_tokens"] > 0


def test_the_image_behind_a_url_is_the_painters(call: Call) -> None:
    assert call("url", body=BODY)["digests"] == [painted(7)]


def test_a_stream_has_partial_images_and_the_image(call: Call) -> None:
    received = call("generate_stream", body=BODY | {"partial_images": 2})
    assert [event["type"].rpartition(".")[2] for event in received] == ["partial_image"] * 2 + ["completed"]
    assert received[-1]["digest"] == painted(7)
    assert len({event["digest"] for event in received}) == 3


def test_an_edit_is_the_painters(call: Call, white: Path) -> None:
    received = call("edit", body=BODY, images=[str(white)])
    assert received["digests"] == [painted(7, image=white)]


def test_an_edit_with_a_mask_is_the_painters(call: Call, white: Path, mask: Path, tmp_path: Path) -> None:
    received = call("edit", body=BODY, images=[str(white)], mask=str(mask))
    expected = painted(7, image=white, mask=white_half(tmp_path / "half.png"))
    assert received["digests"] == [expected]
    assert expected != painted(7, image=white)


def test_an_edit_of_a_list_of_one_image_is_streamed(call: Call, white: Path) -> None:
    received = call("edit_stream", body=BODY | {"partial_images": 1}, images=[str(white)])
    assert [event["type"] for event in received] == ["image_edit.partial_image", "image_edit.completed"]
    assert received[-1]["digest"] == painted(7, image=white)


def test_several_images_are_refused(call: Call, white: Path) -> None:
    error = call("edit", body=BODY, images=[str(white)] * 2)["error"]
    assert (error["class"], error["code"]) == ("BadRequestError", "several-images")


def test_chat_has_the_painters_image(call: Call) -> None:
    received = call("chat", body=CHAT)
    assert received["digests"] == [painted(7, side=512)]
    assert received["harness"]["seeds"] == [7]
    assert received["harness"]["not_honored"] == []


def test_chat_is_streamed(call: Call) -> None:
    assert call("chat_stream", body=CHAT) == {"digests": [painted(7, side=512)], "reasons": ["stop"]}


def test_a_response_has_the_painters_image(call: Call) -> None:
    received = call("responses", body=RESPONSES)
    assert received["status"] == "completed"
    assert received["digests"] == [painted(7)]


def test_a_response_in_the_background_is_polled(call: Call) -> None:
    received = call("responses_background", body=RESPONSES)
    assert received["states"][0] in ("queued", "in_progress")
    assert received["states"][-1] == "completed"
    assert received["digests"] == [painted(7)]


def test_a_response_in_the_background_is_cancelled(call: Call) -> None:
    tool = TOOL | {"size": "1024x1024", "quality": "high"}
    received = call("responses_cancel", body=RESPONSES | {"tools": [tool]})
    assert received["status"] == "cancelled"
    assert received["digests"] == []


def test_a_response_is_streamed(call: Call) -> None:
    received = call("responses_stream", body=RESPONSES | {"tools": [TOOL | {"partial_images": 2}]})
    assert received["types"][0] == "response.created"
    assert received["types"][-1] == "response.completed"
    assert len(set(received["partial"])) == 2
    assert received["digests"] == [painted(7)]


def test_a_job_is_submitted_and_polled(call: Call) -> None:
    received = call("job", body=BODY | {"quality": "draft"})
    assert (received["first"], received["state"]) == ("queued", "completed")
    assert received["digests"] == [painted(7)]


def test_an_unknown_model_is_not_found(call: Call) -> None:
    received = call("refused", body=BODY | {"model": "paintr"})
    assert (received["class"], received["status"], received["code"]) == ("NotFoundError", 404, "unknown-model")
    assert (received["param"], received["is_api_error"], received["requests"]) == ("model", True, 1)


def test_what_is_not_honored_is_refused_when_strict(call: Call) -> None:
    received = call("refused", body=BODY | {"strict": True, "style": "vivid"})
    assert (received["class"], received["code"], received["param"]) == ("BadRequestError", "not-honored", "style")


def test_a_rate_limit_is_raised_after_the_retries(tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "429:1") as gateway:
        received = caller("openai", gateway.rest)("refused", body=BODY, retries=1)
    assert (received["class"], received["status"], received["requests"]) == ("RateLimitError", 429, 2)


def test_a_rate_limit_is_overcome_by_a_retry(tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "429:0.5", "--fault-seed", "4") as gateway:  # the first of two requests
        received = caller("openai", gateway.rest)("generate", body=BODY, retries=1)
    assert (received["digests"], received["requests"]) == ([painted(7)], 2)
