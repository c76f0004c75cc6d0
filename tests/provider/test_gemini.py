"""Gemini: what is asked, what is passed over in a reply, and what a block becomes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationRefusedError
from harness.provider import Job, create, price_of
from harness.provider.hosted.gemini import content_tokens
from harness.provider.remote.pricing import Tokens
from harness.suite import ProviderSpec
from tests.provider.servers.gemini import KEY, Gemini, content_reply
from tests.provider.servers.images import PROMPT, b64, painted

Make = Callable[..., Job]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gemini]:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with Gemini() as server:
        yield server


def generated(server: Gemini, job: Job, **options: Any) -> Any:
    provider = create("mine", "gemini", {"base_url": server.base_url, "retries": 0, **options}, Path())
    try:
        return provider.generate(job)
    finally:
        provider.close()


def test_an_image(server: Gemini, job: Make, tmp_path: Path) -> None:
    image = tmp_path / "in.webp"
    image.write_bytes(painted(PROMPT, 1, "webp"))
    settings = {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]}
    got = generated(server, job(PROMPT, seed=7, width=2000, height=1125, image=image), body=settings)
    received = server.requests[-1]
    assert received.path == "/v1beta/models/gemini-3.1-flash-image:generateContent"
    assert KEY not in f"{received.path} {received.query}"
    body = received.json()
    assert body == {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"text": PROMPT},
                    {"inlineData": {"mimeType": "image/webp", "data": b64(image.read_bytes())}},
                ],
            }
        ],
        "generationConfig": {
            "seed": 7,
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        },
        **settings,
    }
    assert got.data != painted(seed=97), "what it generated while thinking is no result"
    assert got.environment["served_model"] == "gemini-3.1-flash-image"


def test_a_model_of_one_size(server: Gemini, job: Make) -> None:
    got = generated(server, job(PROMPT, seed=None), model="gemini-2.5-flash-image")
    assert server.requests[-1].json()["generationConfig"] == {
        "responseModalities": ["IMAGE"],
        "imageConfig": {"aspectRatio": "1:1"},
    }
    assert got.cost == pytest.approx((8 * 0.3 + 1290 * 30.0) / 1e6)
    assert generated(server, job(PROMPT)).cost is None, "no page reported the price of its tokens"


def test_a_question(server: Gemini, job: Make, tmp_path: Path) -> None:
    image = tmp_path / "in.png"
    image.write_bytes(painted())
    assert generated(server, job("", ask="how many?", image=image, seed=None), model="gemini-3.5-flash").answer == (
        "I see 1 image."
    )
    assert "generationConfig" not in server.requests[-1].json()


def test_a_seed_too_large_is_not_sent(server: Gemini, job: Make) -> None:
    assert generated(server, job(PROMPT, seed=2**31 - 1)).data
    with pytest.raises(GenerationError, match="seed 2147483648 is larger than this service takes"):
        generated(server, job(PROMPT, seed=2**31))
    assert len(server.requests) == 1


@pytest.mark.parametrize("model", ["", "a b", "../files", "x?key=1", "x#y", "models:x"])
def test_a_model_is_a_name(server: Gemini, job: Make, model: str) -> None:
    with pytest.raises(GenerationError, match="is not the name of a model"):
        generated(server, job(PROMPT, model=model or " "))
    assert not server.requests


@pytest.mark.parametrize("reason", ["IMAGE_SAFETY", "SAFETY", "PROHIBITED_CONTENT", "IMAGE_RECITATION"])
def test_what_is_withheld_is_refused(server: Gemini, job: Make, reason: str) -> None:
    server.script(content_reply([], finish=reason))
    with pytest.raises(GenerationRefusedError, match=rf"refused: the image was withheld \({reason}\)"):
        generated(server, job(PROMPT))


def test_what_is_blocked_is_refused(server: Gemini, job: Make) -> None:
    with pytest.raises(GenerationRefusedError, match=r"refused: the prompt was blocked \(PROHIBITED_CONTENT\)"):
        generated(server, job("something forbidden"))


def test_a_key_that_is_not_valid(server: Gemini, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaWrong0123456789")
    with pytest.raises(GenerationError, match="API key not valid") as caught:
        generated(server, job(PROMPT))
    assert caught.value.hint == "check the key in GEMINI_API_KEY"


def test_tokens_by_what_they_carried() -> None:
    usage = {
        "promptTokenCount": 300,
        "candidatesTokenCount": 1300,
        "thoughtsTokenCount": 7,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 42}, {"modality": "IMAGE", "tokenCount": 258}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
    }
    assert content_tokens(usage) == Tokens(text_in=42, image_in=258, text_out=17, image_out=1290)
    assert content_tokens({}) is None
    assert content_tokens({"promptTokenCount": "8", "candidatesTokenCount": 1}) is None


def test_prices_before_generation(job: Make) -> None:
    spec = ProviderSpec("mine", "gemini", {})
    assert price_of(spec, job(PROMPT, width=1024, height=1024).recipe) == 0.067
    assert price_of(spec, job(PROMPT, width=4096, height=4096).recipe) is None
