"""OpenAI: families of models, edits, streams, echoed parameters, costs from tokens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import GenerationError, GenerationRefusedError
from harness.provider import Job, adapter_of, create, price_of
from harness.provider.hosted.geometry import sides_of
from harness.provider.hosted.openai_models import FAMILIES, family_of, is_seedless
from harness.provider.remote.images_api import assembled_images
from harness.suite import ProviderSpec
from tests.provider.servers.images import PROMPT, encoded, opened, painted
from tests.provider.servers.openai import KEY, OpenAI, error, images_reply

Make = Callable[..., Job]
MINI = "gpt-image-1-mini"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAI]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAI() as server:
        yield server


def generated(server: OpenAI, job: Job, **options: Any) -> Any:
    provider = create("mine", "openai", {"base_url": server.base_url, "retries": 0, **options}, Path())
    try:
        return provider.generate(job)
    finally:
        provider.close()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    path.write_bytes(encoded(np.full((64, 64, 3), 200, np.uint8)))
    return path


def test_a_generation(server: OpenAI, job: Make) -> None:
    made = job(PROMPT, seed=None, width=512, height=768, quality="draft", background="opaque", format="jpeg")
    got = generated(server, made, model=MINI, body={"moderation": "low"})
    assert server.requests[-1].path == "/v1/images/generations"
    assert server.requests[-1].json() == {
        "model": MINI,
        "prompt": PROMPT,
        "n": 1,
        "size": "1024x1536",
        "quality": "low",
        "background": "opaque",
        "output_format": "jpeg",
        "moderation": "low",
    }
    assert got.data[:3] == b"\xff\xd8\xff"
    assert "omitted" not in got.environment
    assert got.environment["reply"]["request_id"] == "req_1"


def test_an_edit_with_a_mask(server: OpenAI, job: Make, image: Path, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    white = np.zeros((64, 64, 3), np.uint8)
    white[:20] = 255
    mask.write_bytes(encoded(white))
    pixels = opened(generated(server, job(PROMPT, image=image, mask=mask, quality="hd"), model=MINI).data)
    assert (pixels[20:] == 200).all()
    parts = {part.name: part for part in server.requests[-1].form()}
    assert server.requests[-1].path == "/v1/images/edits"
    assert (parts["image"].filename, parts["image"].kind) == ("in.png", "image/png")
    assert parts["image"].data == image.read_bytes()
    assert {name: parts[name].data for name in ("quality", "n")} == {"quality": b"high", "n": b"1"}


def test_a_streamed_edit(server: OpenAI, job: Make, image: Path) -> None:
    got = generated(server, job(PROMPT, image=image), model=MINI, stream=True, body={"partial_images": 1})
    assert got.environment["reply"]["partial"] == 1
    assert got.cost == pytest.approx((50 * 2.0 + 272 * 8.0) / 1e6)
    assert opened(got.data).shape == (64, 64, 3)


def test_previews_are_only_counted() -> None:
    assert assembled_images([{"type": "image_generation.partial_image", "b64_json": "x"}]) is None
    assert assembled_images([]) is None
    done = assembled_images(
        [
            {"type": "image_generation.partial_image", "b64_json": "x"},
            {"type": "image_edit.completed", "b64_json": "y", "created_at": 3, "size": "auto"},
        ]
    )
    assert done == {
        "created": 3,
        "created_at": 3,
        "size": "auto",
        "data": [{"b64_json": "y"}],
        "partial": 1,
        "text": "",
    }


def test_cost_by_tokens(server: OpenAI, job: Make) -> None:
    assert generated(server, job(PROMPT), model=MINI).cost == pytest.approx((50 * 2.0 + 272 * 8.0) / 1e6)
    assert generated(server, job(PROMPT), model="gpt-image-1.5").cost is None, "no page reported the price of its words"
    assert generated(server, job(PROMPT), model=MINI, price=0.4).cost == 0.4
    usage = {
        "input_tokens": 300,
        "output_tokens": 100,
        "input_tokens_details": {"text_tokens": 100, "image_tokens": 200},
        "output_tokens_details": {"text_tokens": 0, "image_tokens": 100},
    }
    server.script(images_reply(painted(), usage=usage))
    assert generated(server, job(PROMPT), model=MINI).cost == pytest.approx((100 * 2.0 + 200 * 2.5 + 100 * 8.0) / 1e6)


def test_what_the_service_did_otherwise(server: OpenAI, job: Make) -> None:
    server.extra = {"quality": "medium", "output_format": "png", "size": "1024x1024"}
    got = generated(server, job(PROMPT, quality="draft", format="png", width=256, height=256), model=MINI)
    assert got.environment["clamped"] == {
        "quality": {"asked": "low", "got": "medium"},
        "size": {"asked": "256x256", "got": "64x64"},
    }
    assert "clamped" not in generated(server, job(PROMPT, quality="auto"), model=MINI).environment


def test_a_model_of_another_time(server: OpenAI, job: Make) -> None:
    got = generated(server, job(PROMPT, style="vivid", quality="hd", format="png"), model="dall-e-3", stream=True)
    assert server.requests[-1].json() == {
        "model": "dall-e-3",
        "prompt": PROMPT,
        "n": 1,
        "size": "1024x1024",
        "quality": "hd",
        "style": "vivid",
        "response_format": "b64_json",
    }
    assert got.environment["omitted"] == ["format", "seed"]
    assert got.environment["reply"]["revised_prompt"] == f"A generation of {PROMPT}"
    assert got.cost is None


def test_a_question_is_answered_by_a_model_that_can(server: OpenAI, job: Make, image: Path) -> None:
    got = generated(server, job("", ask="how many?", image=image, seed=None), model="gpt-5-mini")
    assert got.answer == "I see 1 image."
    assert got.environment["served_model"] == "gpt-5-mini-2025-08-07"
    with pytest.raises(GenerationError, match="gpt-image-1-mini answers no questions"):
        generated(server, job("", ask="how many?", image=image), model=MINI)
    with pytest.raises(GenerationError, match="gpt-5-mini generates no images"):
        generated(server, job(PROMPT), model="gpt-5-mini")


def test_an_organization_that_may_not_generate(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAI(unverified=True) as server, pytest.raises(GenerationError, match="must be verified") as caught:
        generated(server, job(PROMPT), model=MINI)
    assert caught.value.hint.startswith("verify the organization")


@pytest.mark.parametrize(
    ("act", "kind", "hint"),
    [
        (error(400, "Your request was rejected.", "moderation_blocked"), GenerationRefusedError, "reword the prompt"),
        (error(400, "Bad.", "content_policy_violation"), GenerationRefusedError, "reword the prompt"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), GenerationError, "top up"),
        (
            error(404, "The model 'x' does not exist", "model_not_found"),
            GenerationError,
            "check `model: gpt-image-1-mini`",
        ),
        (error(400, "Invalid value: 'size'.", "invalid_value"), GenerationError, "check the settings"),
    ],
)
def test_errors_have_their_hint(server: OpenAI, job: Make, act: Any, kind: type, hint: str) -> None:
    server.script(act)
    with pytest.raises(GenerationError) as caught:
        generated(server, job(PROMPT), model=MINI)
    assert type(caught.value) is kind
    assert hint in caught.value.hint
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-image-2.6-flare", "gpt-image-2.5 and after"),
        ("gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.5 and after"),
        ("gpt-image-2-2026-04-21", "gpt-image-2"),
        ("gpt-image-1.5", "gpt-image-1 and 1.5"),
        ("gpt-image-1-mini", "gpt-image-1-mini"),
        ("chatgpt-image-latest", "chatgpt-image"),
        ("dall-e-3", "dall-e-3"),
    ],
)
def test_families(model: str, name: str) -> None:
    family = family_of(model)
    assert family is not None
    assert family.name == name
    assert is_seedless(model)
    assert adapter_of("openai").capabilities({"model": model}).seed == "none"


@given(st.integers(1, 16384), st.integers(1, 16384))
def test_a_size_is_one_that_the_family_generates(width: int, height: int) -> None:
    for family in FAMILIES:
        size = family.size(width, height)
        wide, high = sides_of(size)
        if size not in family.sizes:
            assert family.free
            assert (wide, high) == (width, height)
            assert wide % 16 == 0 == high % 16
            assert max(wide, high) <= 3 * min(wide, high)
            assert 655_360 <= wide * high <= 8_294_400
        elif min(width, height) > 0.9 * max(width, height):
            assert wide == high, "what is nearly square is generated square"


def test_a_free_size_is_kept() -> None:
    family = family_of("gpt-image-2")
    assert family is not None
    assert family.size(1536, 864) == "1536x864"
    assert family.size(256, 256) == "1024x1024"
    assert family.size(1000, 1000) == "1024x1024"


def test_prices_before_generation(job: Make) -> None:
    spec = ProviderSpec("mine", "openai", {"model": MINI})
    assert price_of(spec, job(PROMPT, quality="draft", width=512, height=768).recipe) == 0.006
    assert price_of(spec, job(PROMPT, quality="auto").recipe) == 0.036
    assert price_of(spec, job(PROMPT, model="gpt-image-2").recipe) is None
    assert price_of(spec, job("", ask="how many?", model="gpt-5-mini").recipe) is None
