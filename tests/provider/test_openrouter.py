"""OpenRouter: what is asked, what is recorded of who served it, and what its caches, answers and errors become."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationRefusedError
from harness.provider import BadOptionError, Job, adapter_of, create, price_of
from harness.provider.remote.chat import assembled_chat, read_chat
from harness.suite import ProviderSpec
from tests.provider.servers.base import reply, sse
from tests.provider.servers.images import PROMPT, painted
from tests.provider.servers.openrouter import KEY, PRICE, OpenRouter, chat_reply, error, image_message, usage_of

Make = Callable[..., Job]
MINI = "openai/gpt-5-image-mini"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenRouter]:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    with OpenRouter() as server:
        yield server


def generated(server: OpenRouter, job: Job, **options: Any) -> Any:
    provider = create("mini", "openrouter", {"base_url": server.base_url, "retries": 0, **options}, Path())
    try:
        return provider.generate(job)
    finally:
        provider.close()


def asked(server: OpenRouter) -> Any:
    return server.requests[-1].json()


def test_an_image_over_chat(server: OpenRouter, job: Make) -> None:
    generated(
        server, job(PROMPT, seed=7, width=1024, height=576, quality="draft"), only=["openai"], body={"temperature": 0}
    )
    assert server.requests[-1].path == "/api/v1/chat/completions"
    assert asked(server) == {
        "model": MINI,
        "messages": [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}],
        "modalities": ["image", "text"],
        "image_config": {"aspect_ratio": "16:9", "quality": "low"},
        "seed": 7,
        "temperature": 0,
        "provider": {"only": ["openai"], "allow_fallbacks": False},
    }


def test_other_models_are_asked_otherwise(server: OpenRouter, job: Make) -> None:
    generated(server, job(PROMPT, width=2000, height=1000, quality="hd"), model="google/gemini-3.1-flash-image")
    assert asked(server)["image_config"] == {"aspect_ratio": "16:9", "image_size": "2K"}
    got = generated(server, job(PROMPT, seed=None, quality="hd"), model="black-forest-labs/flux.2-pro", fallbacks=True)
    assert asked(server)["modalities"] == ["image"]
    assert asked(server)["provider"] == {"allow_fallbacks": True}
    assert "seed" not in asked(server)
    assert got.environment["omitted"] == ["quality"]


def test_an_image_over_the_images_api(server: OpenRouter, job: Make, tmp_path: Path) -> None:
    image = tmp_path / "in.jpg"
    image.write_bytes(painted(PROMPT, 2, "jpeg"))
    made = job(PROMPT, seed=7, image=image, quality="hd", format="webp", background="opaque")
    got = generated(server, made, endpoint="images")
    body = asked(server)
    assert server.requests[-1].path == "/api/v1/images"
    url = body.pop("input_references")[0]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    assert body == {
        "model": MINI,
        "prompt": PROMPT,
        "n": 1,
        "aspect_ratio": "1:1",
        "quality": "high",
        "background": "opaque",
        "output_format": "webp",
        "seed": 7,
        "provider": {"allow_fallbacks": False},
    }
    assert got.data[8:12] == b"WEBP"
    assert got.cost == PRICE


def test_who_served_it_is_recorded(server: OpenRouter, job: Make) -> None:
    server.extra = {"model": "openai/gpt-5-image-mini-2025-10-14", "provider": "Azure", "system_fingerprint": "fp_1"}
    got = generated(server, job(PROMPT))
    parsed = {name: got.environment[name] for name in ("served_model", "served_by", "fingerprint")}
    assert parsed == {
        "served_model": "openai/gpt-5-image-mini-2025-10-14",
        "served_by": "Azure",
        "fingerprint": "fp_1",
    }
    assert got.cost == PRICE
    occasion = got.environment["reply"]
    assert occasion["request_id"] == occasion["id"]
    assert occasion["usage"]["completion_tokens_details"] == {"image_tokens": 272}


def test_a_kept_reply_is_no_generation(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    with OpenRouter(caching=True) as server:
        first, second = generated(server, job(PROMPT)), generated(server, job(PROMPT))
    assert (first.source, first.cost, first.environment["reply"]["cache"]) == ("generated", PRICE, "MISS")
    assert (second.source, second.cost, second.environment["reply"]["cache"]) == ("cache", 0.0, "HIT")
    assert first.data == second.data


@pytest.mark.parametrize("cost", [10**400, 1e308])
def test_a_cost_that_is_no_price_is_not_counted(server: OpenRouter, job: Make, cost: float) -> None:
    server.script(chat_reply(image_message(painted()), usage={**usage_of(), "cost": cost}))
    got = generated(server, job(PROMPT))
    assert got.cost is None
    assert any(note.startswith("cost:") for note in got.notes)
    assert got.data == painted()


@pytest.mark.parametrize(
    ("usage", "source"),
    [
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, "cache"),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0.01}, "generated"),
        ({"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3, "cost": 0}, "generated"),
        ({}, "generated"),
        (None, "generated"),
    ],
)
def test_usage_of_nothing_is_a_kept_reply(server: OpenRouter, job: Make, usage: Any, source: str) -> None:
    server.script(chat_reply(image_message(painted()), usage=usage))
    assert generated(server, job(PROMPT)).source == source


def test_a_question_is_answered(server: OpenRouter, job: Make, tmp_path: Path) -> None:
    image = tmp_path / "in.png"
    image.write_bytes(painted())
    got = generated(server, job("", ask="how many?", image=image, seed=None))
    assert (got.answer, got.data) == ("I see 1 image.", b"")
    assert "modalities" not in asked(server)
    server.script(chat_reply({"role": "assistant", "content": " "}))
    with pytest.raises(GenerationError, match="the reply holds no answer"):
        generated(server, job("", ask="how many?", image=image))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (chat_reply({"role": "assistant", "content": "Not this one."}, "content_filter"), r"refused: Not this one\."),
        (
            chat_reply({"role": "assistant", "content": None}, "content_filter"),
            "refused: the content filter stopped it",
        ),
        (chat_reply({"role": "assistant", "content": "", "refusal": "I will not."}), r"refused: I will not\."),
        (error(403, "No.", {"reasons": ["hate"], "flagged_input": "x"}), r"status 403: No\."),
        (error(400, "Your request was rejected by the safety system."), "status 400: Your request was rejected"),
        (
            reply(
                {"choices": [{"finish_reason": "error", "error": {"code": 403, "message": "content violates policy"}}]}
            ),
            "content violates policy",
        ),
    ],
)
def test_refusals(server: OpenRouter, job: Make, act: Any, message: str) -> None:
    server.script(act)
    with pytest.raises(GenerationRefusedError, match=message):
        generated(server, job(PROMPT))


@pytest.mark.parametrize(
    ("act", "message", "hint"),
    [
        (
            error(400, "no/such is not a valid model ID"),
            "not a valid model ID",
            "check `model: openai/gpt-5-image-mini`",
        ),
        (error(404, "No endpoints found for x"), "No endpoints found", "check `model: openai/gpt-5-image-mini`"),
        (error(404, "No allowed providers are available"), "No allowed providers", "check `only:`"),
        (error(402, "Insufficient credits"), "Insufficient credits", "top up"),
        (error(400, "We cannot generate images of this size"), "cannot generate", "check the settings of the case"),
        (error(400, "The value violates the schema"), "violates the schema", "check the settings of the case"),
        (error(401, "User not found."), "User not found", "check the key in OPENROUTER_API_KEY"),
    ],
)
def test_errors_have_their_hint(server: OpenRouter, job: Make, act: Any, message: str, hint: str) -> None:
    server.script(act)
    with pytest.raises(GenerationError, match=message) as caught:
        generated(server, job(PROMPT))
    assert hint in caught.value.hint
    assert not caught.value.possibly_billed


def test_only_who_may_serve_it_does(server: OpenRouter, job: Make) -> None:
    with pytest.raises(GenerationError, match="No allowed providers"):
        generated(server, job(PROMPT), only=["azure"])


def test_a_stream_is_one_reply(server: OpenRouter, job: Make) -> None:
    got = generated(server, job(PROMPT, seed=4), stream=True)
    assert got.data == generated(server, job(PROMPT, seed=4)).data
    assert got.environment["served_by"] == "OpenAI"
    assert got.cost == PRICE


def test_chunks_are_put_together() -> None:
    chunks = [
        {"id": "a", "model": "m", "choices": [{"delta": {"content": "He"}}]},
        {"choices": [{"delta": {"content": "re", "images": image_message(b"\x89PNG")["images"]}}]},
        {"choices": []},
        "noise",
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage_of()},
    ]
    parsed = read_chat(assembled_chat(chunks))
    assert (parsed.text, len(parsed.urls), parsed.cost, parsed.occasion["finish"]) == ("Here", 1, PRICE, None)


def test_an_error_within_a_stream(server: OpenRouter, job: Make) -> None:
    broken = {
        "id": "1",
        "error": {"code": 502, "message": "gone"},
        "choices": [{"delta": {}, "finish_reason": "error"}],
    }
    server.script(sse({"choices": [{"delta": {"content": ""}}]}, broken))
    with pytest.raises(GenerationError, match="the service began, then reported an error: gone") as caught:
        generated(server, job(PROMPT), stream=True)
    assert caught.value.possibly_billed
    server.script(sse({"error": {"code": "moderation_blocked", "message": "blocked"}}))
    with pytest.raises(GenerationRefusedError, match="blocked"):
        generated(server, job(PROMPT), stream=True)


def test_an_image_elsewhere_is_not_fetched_from_a_private_place(server: OpenRouter, job: Make) -> None:
    message = image_message(painted())
    message["images"][0]["image_url"]["url"] = "https://169.254.169.254/latest/meta-data"
    server.script(chat_reply(message))
    with pytest.raises(GenerationError, match=r"169\.254\.169\.254"):
        generated(server, job(PROMPT))


@pytest.mark.parametrize(
    ("model", "seed"),
    [
        (MINI, "none"),
        ("openai/gpt-5-image", "none"),
        ("openai/gpt-5.4-image-2", "none"),
        ("openai/gpt-image-1-mini", "none"),
        ("google/gemini-3.1-flash-image", "best-effort"),
        ("black-forest-labs/flux.2-pro", "best-effort"),
    ],
)
def test_what_a_seed_promises(model: str, seed: str) -> None:
    assert adapter_of("openrouter").capabilities({"model": model}).seed == seed


def test_prices_before_generation(job: Make) -> None:
    spec = ProviderSpec("mini", "openrouter", {})
    prices = [price_of(spec, job(PROMPT, quality=quality).recipe) for quality in ("draft", "standard", "hd")]
    assert prices == [0.005, 0.011, 0.036]
    assert price_of(spec, job(PROMPT).recipe) == 0.036, "the dearest where no quality is said"
    assert price_of(spec, job(PROMPT, model="google/gemini-3.1-flash-image").recipe) is None
    assert price_of(spec, job("", ask="how many?").recipe) is None
    stated = ProviderSpec("mini", "openrouter", {"price": 0.5})
    assert price_of(stated, job(PROMPT, quality="draft").recipe) == 0.5


def test_a_stated_price_goes_before_the_reported_one(server: OpenRouter, job: Make) -> None:
    assert generated(server, job(PROMPT), price=0.5).cost == 0.5


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"endpoint": "both"}, ("endpoint",)),
        ({"only": "openai"}, ("only",)),
        ({"fallbacks": "no"}, ("fallbacks",)),
        ({"quality": "best"}, ("quality",)),
        ({"body": {"model": "x"}}, ("body", "model")),
        ({"body": ["x"]}, ("body",)),
    ],
)
def test_options_that_cannot_be_used(options: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(BadOptionError) as caught:
        adapter_of("openrouter").capabilities(options)
    assert [problem.path for problem in caught.value.problems] == [path]
