"""The npm package ai, with the providers of @ai-sdk/openai and @ai-sdk/openai-compatible."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.image import file_digest
from tests.extra_clients.conftest import Call, caller
from tests.extra_clients.painting import PROMPT, SIZE, painted, white_half
from tests.extra_clients.serving import Addresses, serving

OPENAI: dict[str, Any] = {"prompt": PROMPT, "size": SIZE, "providerOptions": {"openai": {"quality": "low"}}}
COMPATIBLE: dict[str, Any] = OPENAI | {"providerOptions": {"gateway": {"quality": "low", "seed": 7}}}


@pytest.fixture
def call(gateway: Addresses) -> Call:
    return caller("ai_sdk", gateway.rest)


def is_served(gateway: Addresses, digest: str) -> bool:
    """Return whether an image is one of the gateway's."""
    return file_digest(httpx.get(f"{gateway.rest}/v1/artifacts/{digest}").content) == digest


def test_the_openai_provider_receives_images(call: Call, gateway: Addresses) -> None:
    received = call("image", model="gpt-image-1", n=2, **OPENAI)
    assert (len(received["digests"]), received["warnings"], received["requests"]) == (2, [], 1)
    assert all(is_served(gateway, digest) for digest in received["digests"])


def test_the_openai_provider_asks_for_one_image_a_request_of_a_model_that_it_does_not_know(
    call: Call, gateway: Addresses
) -> None:
    received = call("image", model="painter", n=2, **OPENAI)
    assert (len(received["digests"]), received["warnings"], received["requests"]) == (2, [], 2)
    assert all(is_served(gateway, digest) for digest in received["digests"])


def test_the_openai_provider_leaves_out_the_seed_with_a_warning(call: Call, gateway: Addresses) -> None:
    received = call("image", model="gpt-image-1", seed=7, **OPENAI)
    assert received["warnings"] == ["seed"]
    assert is_served(gateway, *received["digests"])


def test_the_openai_provider_edits(call: Call, gateway: Addresses, white: Path) -> None:
    received = call("edit", model="gpt-image-1", images=[str(white)], **OPENAI)
    assert is_served(gateway, *received["digests"])


def test_the_compatible_provider_receives_the_painters_image(call: Call) -> None:
    received = call("compatible_image", model="painter", **COMPATIBLE)
    assert received == {"digests": [painted(7)], "warnings": [], "requests": 1}


def test_the_compatible_provider_edits_as_the_painter_does(call: Call, white: Path, mask: Path, tmp_path: Path) -> None:
    received = call("compatible_edit", model="painter", images=[str(white)], mask=str(mask), **COMPATIBLE)
    assert received["digests"] == [painted(7, image=white, mask=white_half(tmp_path / "half.png"))]


def test_the_tool_of_responses_generates(call: Call, gateway: Addresses) -> None:
    received = call("responses_tool", model="gpt-5", prompt=PROMPT, tool={"size": "1024x1024", "quality": "low"})
    assert is_served(gateway, *received["digests"])
    assert received["usage"]["totalTokens"] > 0


@pytest.mark.parametrize("kind", ["image", "compatible_image"])
def test_an_unknown_model_is_an_error(call: Call, kind: str) -> None:
    error = call(kind, model="paintr", **OPENAI)["error"]
    assert (error["class"], error["status"]) == ("APICallError", 404)


def test_a_rate_limit_is_raised_after_the_retries(tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "429:1") as gateway:
        received = caller("ai_sdk", gateway.rest)("image", model="gpt-image-1", maxRetries=1, **OPENAI)
    assert received["raised"] == "RetryError"
    assert (received["error"]["class"], received["error"]["status"]) == ("APICallError", 429)
