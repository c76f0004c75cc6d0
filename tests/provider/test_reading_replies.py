"""Whatever JSON a service answers with is read without a surprise: as pictures, as words, or as a named fault."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DrawFault
from harness.http import HttpFault, Reply
from harness.provider.chat import assembled_chat, read_chat
from harness.provider.gemini import read_content
from harness.provider.images_api import assembled_images, read_images
from harness.provider.served import unfaulted
from harness.provider.told import Told, answer_of, finished, picture_of
from harness.records import Recipe, Request, Subject

NAMES = (
    "choices", "message", "delta", "images", "image_url", "url", "content", "text", "type", "finish_reason", "refusal",
    "usage", "cost", "prompt_tokens", "completion_tokens", "total_tokens", "completion_tokens_details", "image_tokens",
    "error", "code", "model", "provider", "system_fingerprint", "data", "b64_json", "revised_prompt", "size", "quality",
    "seed", "input_tokens", "output_tokens", "input_tokens_details", "candidates", "parts", "inlineData", "thought",
    "finishReason", "promptFeedback", "blockReason", "usageMetadata", "promptTokenCount", "candidatesTokenCount",
    "candidatesTokensDetails", "modality", "tokenCount", "thoughtsTokenCount", "modelVersion", "created_at",
)  # fmt: skip
WORDS = ("", "IMAGE", "STOP", "stop", "error", "content_filter", "SAFETY", "image_generation.completed", "aGk=", "auto",
         "image_generation.partial_image", "http://127.0.0.1/x", "I can't draw that")  # fmt: skip
numbers = st.integers(-5, 10**20) | st.floats(allow_nan=False)
leaves = st.none() | st.booleans() | numbers | st.sampled_from(WORDS) | st.text(max_size=3)
anything: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


def shaped(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these fields, or something else in its place."""
    return st.fixed_dictionaries({}, optional=fields) | st.fixed_dictionaries(fields) | anything


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=3) | anything


part = shaped(type=leaves, text=leaves, thought=leaves, image_url=shaped(url=leaves), inlineData=shaped(data=leaves))
message = shaped(content=several(part), images=several(part), refusal=anything)
details = several(shaped(modality=leaves, tokenCount=leaves))
usage = shaped(
    cost=leaves, prompt_tokens=leaves, completion_tokens=leaves, total_tokens=leaves, input_tokens=leaves,
    output_tokens=leaves, completion_tokens_details=shaped(image_tokens=leaves), promptTokenCount=leaves,
    input_tokens_details=shaped(image_tokens=leaves), candidatesTokenCount=leaves, candidatesTokensDetails=details,
)  # fmt: skip
row = shaped(b64_json=leaves, url=leaves, revised_prompt=anything, seed=leaves)
documents = shaped(
    choices=several(shaped(message=message, delta=message, finish_reason=anything, error=anything)),
    candidates=several(shaped(content=shaped(parts=several(part)), finishReason=anything, finishMessage=leaves)),
    promptFeedback=shaped(blockReason=leaves), usage=usage, usageMetadata=usage, data=several(row), type=leaves,
    error=shaped(message=leaves, code=leaves), size=anything, quality=anything, model=anything, b64_json=leaves,
)  # fmt: skip
RECIPE = Recipe(Request("a", seed=1), Subject("mine", "kind"))


def end_of(call: Callable[[], Any]) -> Any:
    """What a call gives, or the fault it raises."""
    try:
        return call()
    except (DrawFault, HttpFault) as fault:
        return fault


def checked(told: Told) -> None:
    """The story of a reply is plain JSON, and its end a picture, an answer or a named fault."""
    drawn = finished(told, Reply(200, {}, b""), RECIPE, honours={"prompt"}, sent={"quality": "low", "seed": 1})
    assert json.loads(json.dumps(drawn.environment)) == drawn.environment
    assert drawn.cost is None or drawn.cost >= 0
    assert drawn.source in ("drawn", "cache")
    picture = end_of(lambda: picture_of("mine", told, lambda url: url.encode()))
    assert isinstance(picture, bytes) or "\n" not in str(picture)
    answer = end_of(lambda: answer_of("mine", told))
    assert (isinstance(answer, str) and answer) or "\n" not in str(answer)


@given(documents)
def test_any_reply_can_be_read(document: Any) -> None:
    checked(read_chat(document, {}))
    checked(read_images(document, {}))
    checked(read_content(document))


@given(st.lists(documents, max_size=4))
def test_any_stream_can_be_read(chunks: list[Any]) -> None:
    checked(read_chat(assembled_chat(chunks), {}))
    whole = assembled_images(chunks)
    assert whole is None or isinstance(whole, dict)
    checked(read_images(whole, {}))


@given(documents)
def test_an_error_is_found_or_the_reply_is_given_back(document: Any) -> None:
    end = end_of(lambda: unfaulted(document))
    assert end is document or (isinstance(end, HttpFault) and str(end) and "\n" not in str(end))


@pytest.mark.parametrize("message", ["gone", ""])
def test_an_error_is_found_wherever_it_is_told(message: str) -> None:
    for document in (
        {"error": {"message": message, "code": 500}},
        {"type": "error", "message": message, "code": "server_error"},
        {"choices": [{"error": {"message": message, "code": 500}}]},
        {"choices": [{"finish_reason": "error"}]},
    ):
        with pytest.raises(HttpFault, match="the service began, then told an error"):
            unfaulted(document)
