"""A tiny Stable Diffusion of random weights, and jobs for it.

These tests need the extra (``make test-diffusers`` sets it up in an environment of its own) and fail without it.
"""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.provider import Job, Provider, create
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from tests.provider.extra_diffusers import tiny

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the libraries' own, at import
    import torch

SIDE = 32
torch.set_num_threads(1)  # beside other work two threads mostly wait for each other
BUILDER = '''
from diffusers import StableDiffusionPipeline


def pipeline(device, dtype):
    """The tiny model, from where the test put it."""
    return StableDiffusionPipeline.from_pretrained("{model}", torch_dtype=dtype, local_files_only=True).to(device)


def nothing():
    return 3


def broken():
    raise OSError("the weights are on the other disk")
'''


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny model."""
    folder = tmp_path_factory.mktemp("tiny")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny.build("sd15").save_pretrained(folder)
    return folder


@pytest.fixture
def build(model: Path, tmp_path: Path) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []
    (tmp_path / "build.py").write_text(BUILDER.format(model=model))

    def build(**more: Any) -> Provider:
        options = {"device": "cpu", **({} if "function" in more else {"model": str(model)}), **more}
        made.append(create("mine", "diffusers", options, tmp_path))
        return made[-1]

    yield build
    for provider in made:
        provider.close()


@pytest.fixture
def job() -> Callable[..., Job]:
    def job(
        prompt: str = "two red circles",
        seed: int | None = 0,
        *,
        timeout: float = 60.0,
        model: str | None = None,
        image: Path | None = None,
        mask: Path | None = None,
        **more: Any,
    ) -> Job:
        asked = {name: more.pop(name) for name in ("negative_prompt", "strength", "ask") if name in more}
        size = {"width": more.pop("width", SIDE), "height": more.pop("height", SIDE)}
        images = {
            name: InputImage(str(path), f"{path.name:0<64}")
            for name, path in (("input_image", image), ("mask", mask))
            if path
        }
        settings = {"steps": 3, **more}
        request = Request(prompt, seed=seed, **asked, **size, **images)
        recipe = Recipe(request, Subject("mine", "diffusers", model, settings))
        return Job(recipe, TrialKey("suite", "case", "base", seed), timeout=timeout)

    return job
