"""Whatever stands in place of a field of a reply is read without a surprise: an image, words, or a named fault."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.errors import GenerationError
from harness.http import HttpError, Reply
from harness.provider.hosted.gemini import read_content
from harness.provider.remote.chat import assembled_chat, read_chat
from harness.provider.remote.images_api import assembled_images, read_images
from harness.provider.remote.parsed_reply import ParsedReply, answer_of, finished, image_of
from harness.provider.remote.service import unfaulted
from harness.records import Recipe, Request, Subject
from tests.provider.servers.images import b64, data_url, painted

RECIPE = Recipe(Request("a", seed=1), Subject("mine", "kind"))
IMAGE = painted()
ODD: tuple[Any, ...] = (None, 5, -1, 1e300, True, "", "x", "error", "IMAGE", [], [5], [None], [[]], {}, {"a": 1})
"""What may stand where something else should."""
USAGE = {
    "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.1,
    "completion_tokens_details": {"image_tokens": 2},
}  # fmt: skip
PARTS = [{"type": "text", "text": "here"}, {"type": "image_url", "image_url": {"url": data_url(IMAGE)}}]
CHAT = {
    "id": "1", "created": 1, "model": "m", "provider": "p", "system_fingerprint": "f", "usage": USAGE,
    "choices": [{"finish_reason": "stop", "message": {"content": PARTS, "images": PARTS[1:], "refusal": None}}],
}  # fmt: skip
CHUNKS = [
    {"id": "1", "model": "m", "choices": [{"delta": {"content": "he", "refusal": None}}]},
    {"choices": [{"delta": {"images": PARTS[1:]}, "finish_reason": "stop"}], "usage": USAGE},
]
IMAGES = {
    "created": 1, "size": "1x1", "quality": "low", "background": "auto", "output_format": "png", "seed": 1,
    "model": "m", "text": "",
    "data": [{"b64_json": b64(IMAGE), "url": None, "revised_prompt": "r", "seed": 1}],
    "usage": {
        "input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"text_tokens": 1, "image_tokens": 2},
        "output_tokens_details": {"text_tokens": 0, "image_tokens": 4},
    },
}  # fmt: skip
EVENTS = [
    {"type": "image_generation.partial_image", "b64_json": "eA=="},
    {"type": "image_generation.text_chunk", "text": "hm"},
    {"type": "image_generation.completed", "b64_json": b64(IMAGE), "created_at": 1, "usage": IMAGES["usage"]},
]
CONTENT = {
    "responseId": "1", "modelVersion": "m", "promptFeedback": {"blockReason": None},
    "candidates": [
        {
            "finishReason": "STOP", "finishMessage": "m",
            "content": {"parts": [{"text": "t", "thought": False}, {"inlineData": {"data": b64(IMAGE)}}]},
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 1, "candidatesTokenCount": 2, "thoughtsTokenCount": 1,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 2}],
    },
}  # fmt: skip

READERS: dict[str, tuple[Any, Callable[[Any], ParsedReply]]] = {
    "chat": (CHAT, read_chat),
    "chat streamed": (CHUNKS, lambda chunks: read_chat(assembled_chat(chunks))),
    "images": (IMAGES, read_images),
    "images streamed": (EVENTS, lambda events: read_images(assembled_images(events))),
    "gemini": (CONTENT, read_content),
}


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if at:
        yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(inner, (*at, key))


def replaced(document: Any, path: tuple[Any, ...], by: Any) -> Any:
    other = copy.deepcopy(document)
    place = other
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = by
    return other


def end_of(call: Callable[[], Any]) -> Any:
    """What a call gives, or the fault it raises."""
    try:
        return call()
    except (GenerationError, HttpError) as fault:
        return fault


def checked(parsed: ParsedReply) -> None:
    """The story of a reply is plain JSON, and its end an image, an answer or a named fault."""
    generated = finished(parsed, Reply(200, {}, b""), RECIPE, honors={"prompt"}, sent={"quality": "low", "seed": 1})
    assert json.loads(json.dumps(generated.environment)) == generated.environment
    assert generated.cost is None or generated.cost >= 0
    assert generated.source in ("generated", "cache")
    image = end_of(lambda: image_of("mine", parsed, lambda url: url.encode()))
    assert isinstance(image, bytes) or "\n" not in str(image)
    answer = end_of(lambda: answer_of("mine", parsed))
    assert (isinstance(answer, str) and answer) or "\n" not in str(answer)


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_whole_reply_holds_its_image(name: str) -> None:
    document, read = READERS[name]
    parsed = read(document)
    assert len(parsed.base64) + len(parsed.urls) >= 1
    checked(parsed)


@pytest.mark.parametrize("name", sorted(READERS))
def test_anything_in_place_of_a_field(name: str) -> None:
    document, read = READERS[name]
    places = list(paths(document))
    assert len(places) > 10
    for path in places:
        for odd in ODD:
            try:
                checked(read(replaced(document, path, odd)))
            except Exception as error:
                error.add_note(f"{odd!r} at {path}")
                raise


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_anything_in_place_of_a_reply(odd: Any) -> None:
    for name in ("chat", "images", "gemini"):
        checked(READERS[name][1](odd))


@pytest.mark.parametrize("message", ["gone", "", None, 5])
def test_an_error_is_found_wherever_it_is_reported(message: Any) -> None:
    for document in (
        {"error": {"message": message, "code": 500}},
        {"type": "error", "message": message, "code": "server_error"},
        {"choices": [{"error": {"message": message, "code": 500}}]},
        {"choices": [{"finish_reason": "error"}]},
    ):
        with pytest.raises(HttpError, match=r"the service began, then reported an error: .") as caught:
            unfaulted(document)
        assert caught.value.possibly_billed
        assert "\n" not in str(caught.value)
    for document in (CHAT, IMAGES, CONTENT, {"error": None}, None, 5, [], "x"):
        assert unfaulted(document) is document
