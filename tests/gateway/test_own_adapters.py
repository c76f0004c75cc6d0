"""The harness's own adapters through a gateway give the pixels that the painter gives without one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.provider import Job, Output
from harness.provider.hosted.openrouter import OpenRouter, OpenRouterOptions
from harness.provider.local.painter import Painter, PainterOptions
from harness.provider.server.openai_compatible import OpenAICompatible, OpenAICompatibleOptions
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from harness.vocabulary import Source
from tests.gateway.pixels import pixels, png

PROMPT = "a red circle left of a blue square"
SERVERS = ("openai", "vllm-omni")


def generated(provider: OpenAICompatible | OpenRouter | Painter, request: Request, **settings: object) -> Output:
    recipe = Recipe(request, Subject(provider.name, provider.kind, settings=settings))
    try:
        return provider.generate(Job(recipe, TrialKey("through", "case"), timeout=60))
    finally:
        provider.close()


def direct(request: Request, **settings: object) -> np.ndarray:
    return pixels(generated(Painter("painter", PainterOptions(), Path()), request, **settings).data)


def compatible(server: str, dialect: str, **options: object) -> OpenAICompatible:
    given = {"base_url": f"{server}/v1", "dialect": dialect, "model": "painter", **options}
    return OpenAICompatible("gateway", OpenAICompatibleOptions.read("openai-compatible", given), Path())


def stored(folder: Path, name: str, image: Image.Image) -> InputImage:
    from harness.image import file_digest

    data = png(image)
    (folder / name).write_bytes(data)
    return InputImage(str(folder / name), file_digest(data))


@pytest.mark.parametrize("dialect", SERVERS)
def test_openai_compatible(server: str, dialect: str) -> None:
    request = Request(PROMPT, seed=11, width=128, height=64)
    output = generated(compatible(server, dialect, passes=["quality"]), request, quality="draft")
    assert np.array_equal(pixels(output.data), direct(request, quality="draft"))
    assert output.source is Source.GENERATED
    assert output.environment.get("omitted", []) == []
    assert "clamped" not in output.environment


def test_the_settings_of_another_server(server: str) -> None:
    request = Request(PROMPT, "green", seed=11, width=64, height=64)
    output = generated(compatible(server, "vllm-omni"), request, steps=3, guidance=2.0)
    assert np.array_equal(pixels(output.data), direct(request, steps=3, guidance=2.0))


@pytest.mark.parametrize("dialect", SERVERS)
def test_an_edit_with_a_mask(server: str, dialect: str, tmp_path: Path) -> None:
    mask = Image.new("RGB", (64, 64), "black")
    mask.paste("white", (32, 0, 64, 64))
    image = stored(tmp_path, "image.png", Image.new("RGB", (64, 64), "white"))
    request = Request(
        "a red square", seed=2, width=64, height=64, input_image=image, mask=stored(tmp_path, "mask.png", mask)
    )
    output = generated(compatible(server, dialect, passes=["quality"]), request, quality="draft")
    assert np.array_equal(pixels(output.data), direct(request, quality="draft"))


@pytest.mark.parametrize("stream", [False, True])
def test_openrouter(server: str, monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "none")
    given = {"base_url": f"{server}/api/v1", "endpoint": "images", "stream": stream, "only": ["openai"]}
    provider = OpenRouter("gateway", OpenRouterOptions.read("openrouter", given), Path())
    request = Request(PROMPT, seed=11, width=1024, height=1024)
    output = generated(provider, request, quality="draft")
    assert np.array_equal(pixels(output.data), direct(request, quality="draft"))
    assert output.source is Source.GENERATED
    assert output.cost == 0
