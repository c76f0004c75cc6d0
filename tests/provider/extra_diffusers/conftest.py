"""A tiny Stable Diffusion of random weights, built from configurations: nothing is downloaded.

These tests need the extra (``make test-diffusers`` sets it up in an environment of its own) and fail without it.
"""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.provider import Job, Provider, create
from harness.records import InputImage, Recipe, Request, Subject, TrialKey

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the libraries' own, at import
    import diffusers
    import torch
    import transformers

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


def tiny(seed: int = 0, *, checker: Any = None) -> Any:
    """A whole pipeline of a few thousand parameters."""
    torch.manual_seed(seed)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(4, 8),
        layers_per_block=1,
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        norm_num_groups=2,
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=[4, 8],
        in_channels=3,
        out_channels=3,
        down_block_types=["DownEncoderBlock2D", "DownEncoderBlock2D"],
        up_block_types=["UpDecoderBlock2D", "UpDecoderBlock2D"],
        latent_channels=4,
        norm_num_groups=2,
    )
    signs = [chr(code) for code in range(33, 127)]
    words = ["<|startoftext|>", "<|endoftext|>", *signs, *(f"{sign}</w>" for sign in signs)]
    tokenizer = transformers.CLIPTokenizer(
        vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=77
    )
    text = transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
            hidden_size=32,
            intermediate_size=37,
            num_attention_heads=4,
            num_hidden_layers=2,
            vocab_size=len(words),
        )
    )
    scheduler = diffusers.DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    return diffusers.StableDiffusionPipeline(
        unet=unet,
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        scheduler=scheduler,
        safety_checker=checker,
        feature_extractor=None,
        requires_safety_checker=False,
    )


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny model."""
    folder = tmp_path_factory.mktemp("tiny")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny().save_pretrained(folder)
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
