"""Chat completions with unmodified clients."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from harness.gateway import Gateway, GatewayOptions
from tests.gateway.lab import Lab, final

BOTH = ["image", "text"]
SMALL = {"image_config": {"quality": "draft", "aspect_ratio": "1:1", "image_size": "0.5K"}}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    ours = {"lab": lab.provider, "shelf": lab.shelf}
    return replace(gateway_options, providers={**gateway_options.providers, **ours})


@pytest.fixture
def client(server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{server}/v1", api_key="none", max_retries=0, _strict_response_validation=True
    ) as opened:
        yield opened


def user(text: str, *images: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    return {
        "role": "user",
        "content": parts + [{"type": "image_url", "image_url": {"url": url}} for url in images],
    }


def data_url(size: tuple[int, int] = (64, 64)) -> str:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def image_of(url: str) -> Image.Image:
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def generated(message: Any) -> Image.Image:
    (image,) = message.images
    return image_of(image["image_url"]["url"])


def test_openai_generates_images(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-5-image-mini",
        messages=[{"role": "user", "content": "a red circle"}],
        n=2,
        seed=7,
        extra_body={"modalities": BOTH, **SMALL},
    )
    reply = raw.parse()
    assert [choice.finish_reason for choice in reply.choices] == ["stop", "stop"]
    assert [generated(choice.message).size for choice in reply.choices] == [(512, 512)] * 2
    assert reply.choices[0].message.images != reply.choices[1].message.images
    assert reply.system_fingerprint is None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 3
    assert reply.usage.cost == 0
    assert reply.provider == "painter"
    assert reply.harness["seeds"] == [7, 8]
    assert reply.harness["not_honored"] == []
    assert raw.headers["x-harness-job"] == reply.harness["job"]


def test_the_same_seed_gives_the_same_image(client: openai.OpenAI) -> None:
    same = {"model": "painter", "messages": [user("a red circle")], "seed": 7}
    one, two = (client.chat.completions.create(**same, extra_body={"modalities": BOTH, **SMALL}) for _ in range(2))
    assert one.choices[0].message.images == two.choices[0].message.images


def test_openai_streams_images(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="painter",
            messages=[user("a red circle")],
            seed=7,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"modalities": BOTH, **SMALL},
        )
    )
    images = [image for chunk in chunks for choice in chunk.choices for image in getattr(choice.delta, "images", ())]
    assert [image_of(image["image_url"]["url"]).size for image in images] == [(512, 512)]
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason] == ["stop"]
    assert chunks[-1].usage.completion_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_without_usage_has_none(client: openai.OpenAI) -> None:
    body = {"modalities": BOTH}
    chunks = list(client.chat.completions.create(model="lab", messages=[user("any")], stream=True, extra_body=body))
    assert not [chunk for chunk in chunks if chunk.usage]


def test_openai_asks_about_an_image(client: openai.OpenAI) -> None:
    message = user("what is it?", data_url((64, 32)))
    reply = client.chat.completions.create(model="lab", messages=[message], modalities=["text"])
    assert reply.choices[0].message.content == "asked: what is it?; image: (64, 32)"
    assert not hasattr(reply.choices[0].message, "images")
    reply = client.chat.completions.create(model="lab", messages=[message])
    assert reply.choices[0].message.content == "asked: what is it?; image: (64, 32)"
    chunks = list(client.chat.completions.create(model="lab", messages=[message], stream=True))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == "asked: what is it?; image: (64, 32)"


def test_what_a_question_does_not_need_is_reported(client: openai.OpenAI) -> None:
    more = {"image_config": {"quality": "low"}, "provider": {"options": {"lab": {"steps": 3}}}}
    asked = client.chat.completions.create(
        model="lab", messages=[user("what is it?")], modalities=["text"], extra_body=more
    )
    assert asked.choices[0].message.content == "asked: what is it?; image: None"
    assert asked.harness["not_honored"] == ["image_config", "provider.options"]


def test_a_question_to_a_model_that_does_not_answer_is_refused(client: openai.OpenAI) -> None:
    message = user("what is it?", data_url())
    for more in ({}, {"modalities": ["text"]}):
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model="shelf", messages=[message], **more)
        assert caught.value.code == "unsupported"


def test_the_painter_answers_about_its_images(client: openai.OpenAI) -> None:
    words = user("two red circles left of a blue house")
    # a text alone, without modalities, is what it generates
    first = client.chat.completions.create(model="painter", messages=[words], seed=1)
    url = first.choices[0].message.images[0]["image_url"]["url"]

    def asked(question: str, *images: str) -> str | None:
        made = client.chat.completions.create(model="painter", messages=[user(question, *images)], modalities=["text"])
        return made.choices[0].message.content

    assert asked("how many red circles?", url) == "2"
    assert asked("what is to the left of the house?", url) == "2 red circles"
    assert asked("who is the mayor?", url) == asked("how many red circles?") == "cannot tell"


def test_an_image_is_edited(client: openai.OpenAI) -> None:
    first = client.chat.completions.create(
        model="painter", messages=[user("a red circle")], seed=1, extra_body={"modalities": BOTH, **SMALL}
    )
    url = first.choices[0].message.images[0]["image_url"]["url"]
    body = {"modalities": BOTH, "image_config": {"quality": "draft"}}
    edited = client.chat.completions.create(
        model="painter", messages=[user("the same at night", url)], seed=1, extra_body=body
    )
    assert generated(edited.choices[0].message).size == (512, 512)
    assert edited.harness["not_honored"] == []
    # the image of an earlier turn is what the last words are about; the words of that turn change nothing
    turns = [
        user("a red circle"),
        {"role": "assistant", "content": "", "images": first.choices[0].message.images},
        user("the same at night"),
    ]
    again = client.chat.completions.create(model="painter", messages=turns, seed=1, extra_body=body)
    assert again.choices[0].message.images == edited.choices[0].message.images
    assert again.harness["not_honored"] == ["messages[0]"]


def test_nothing_of_a_conversation_is_left_out_in_silence(client: openai.OpenAI) -> None:
    messages = [
        {"role": "system", "content": "you are an artist"},
        user("a blue square"),
        {"role": "assistant", "content": "which blue?"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a red circle"},
                {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
            ],
        },
    ]
    raw = client.chat.completions.with_raw_response.create(
        model="lab",
        messages=messages,
        temperature=0.5,
        user="me",
        extra_body={"modalities": BOTH, "image_config": {"aspect_ratio": "1:1", "size": "big"}},
    )
    expected = [
        "image_config.size",
        "messages[0]",
        "messages[1]",
        "messages[2]",
        "messages[3].content[1]",
        "temperature",
        "user",
    ]
    assert raw.parse().harness["not_honored"] == expected
    assert raw.headers["x-harness-not-honored"] == ", ".join(expected)
    for strict in (
        {"extra_body": {"modalities": BOTH, "strict": True}},
        {"extra_headers": {"x-harness-strict": "true"}},
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model="lab", messages=messages, **strict)
        assert caught.value.code == "not-honored"


def test_a_failure_is_an_error_whole_and_streamed(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"model": "lab", "messages": [user("fail")], "extra_body": {"modalities": BOTH}}
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**asked)
    assert (caught.value.status_code, caught.value.code) == (502, "generation")
    with pytest.raises(openai.APIError) as streamed:
        list(client.chat.completions.create(**asked, stream=True))
    assert streamed.value.code == "generation"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"messages": []}, "invalid-request", "messages"),
    ({"messages": [{"role": "user", "content": "  "}]}, "invalid-request", "messages"),
    ({"messages": [{"role": "system", "content": "be"}]}, "invalid-request", "messages"),
    ({"messages": [{"role": "boss", "content": "be"}]}, "invalid-request", "messages.0.role"),
    ({"messages": [{"role": "user", "content": 5}]}, "invalid-request", "messages.0.content.items"),
    ({"modalities": ["audio"]}, "invalid-request", "modalities.0"),
    ({"modalities": []}, "invalid-request", "modalities"),
    ({"n": 0}, "invalid-request", "n"),
    ({"seed": 2**53}, "invalid-request", "seed"),
    ({"seed": "1"}, "invalid-request", "seed"),
    ({"stream": "yes"}, "invalid-request", "stream"),
    ({"image_config": {"aspect_ratio": "wide"}}, "invalid-request", "image_config.aspect_ratio"),
    ({"image_config": {"image_size": "9K"}}, "invalid-request", "image_config.image_size"),
    ({"image_config": {"quality": "best"}}, "invalid-request", "image_config.quality"),
    ({"messages": [user("it", "data:image/png;base64,AAAA")]}, "invalid-request", "messages[0].content[1]"),
    ({"messages": [user("it", "data:text/plain,hello")]}, "invalid-request", "messages[0].content[1]"),
    ({"messages": [user("it", "https://127.0.0.1/a.png")]}, "invalid-request", "messages[0].content[1]"),
    ({"messages": [user("it", "http://10.0.0.1/a.png")]}, "invalid-request", "messages[0].content[1]"),
    ({"messages": [user("it", data_url(), data_url())]}, "several-images", "messages[0].content[2]"),
    ({"provider": {"only": ["openai"]}}, "no-allowed-provider", "provider.only"),
]


@pytest.mark.parametrize(("fields", "code", "param"), WRONG)
def test_a_wrong_request_is_refused_in_each_shape(server: str, fields: dict[str, Any], code: str, param: str) -> None:
    body = {"model": "lab", "messages": [user("it")], "modalities": BOTH} | fields
    reply = httpx.post(f"{server}/v1/chat/completions", json=body)
    error = reply.json()["error"]
    assert error["code"] == code
    assert error["param"] == param
    assert reply.status_code in (400, 404)
    other = httpx.post(f"{server}/api/v1/chat/completions", json=body)
    assert other.status_code == reply.status_code
    assert other.json()["error"]["code"] == other.status_code
    assert other.json()["error"]["metadata"]["error_type"] == code


def test_an_unknown_model_is_404(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="paintr", messages=[user("it")])
    assert caught.value.code == "unknown-model"


def test_a_client_that_goes_away_cancels_its_job(server: str, lab: Lab, gateway: Gateway) -> None:
    body = {"model": "lab", "messages": [user("wait")], "modalities": BOTH}
    for stream in (False, True):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server}/v1/chat/completions", json=body | {"stream": stream}, timeout=1.0)
    jobs = [final(gateway, job.id) for job in gateway.store.newest(10)]
    assert [job.state for job in jobs] == ["cancelled", "cancelled"]
    assert lab.cancelled == ["wait", "wait"]


def test_openrouter_generates_and_streams(server: str) -> None:
    from openrouter import OpenRouter

    with OpenRouter(api_key="none", server_url=f"{server}/api/v1") as client:
        asked: dict[str, Any] = {
            "model": "openai/gpt-5-image-mini",
            "messages": [{"role": "user", "content": "a red circle"}],
            "modalities": BOTH,
            "image_config": {"quality": "draft", "aspect_ratio": "16:9", "image_size": "0.5K"},
            "seed": 7,
        }
        reply = client.chat.send(**asked)
        assert image_of(reply.choices[0].message.images[0].image_url.url).size == (512, 288)
        assert reply.usage.cost == 0
        chunks = list(client.chat.send(**asked, stream=True))
        assert chunks[-1].usage.total_tokens == reply.usage.total_tokens


def test_openrouter_reads_errors_in_its_shape(server: str) -> None:
    from openrouter import OpenRouter, errors

    with OpenRouter(api_key="none", server_url=f"{server}/api/v1") as client:
        with pytest.raises(errors.NotFoundResponseError) as caught:
            client.chat.send(model="paintr", messages=[{"role": "user", "content": "it"}])
        assert caught.value.data.error.code == 404
