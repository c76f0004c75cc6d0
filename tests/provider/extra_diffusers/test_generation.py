"""Real diffusers pipelines on the CPU: they repeat, alone and in a batch, and tell what they were generated with."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.image import decode, encode_png
from harness.provider import BatchProvider, IsolatedProvider, Job, Provider, identity_of
from harness.suite import ProviderSpec

Build = Callable[..., Provider]
Make = Callable[..., Job]


def pixels(generated: Any) -> np.ndarray:
    return decode(generated.data).pixels


def same(one: Any, other: Any) -> bool:
    return bool((pixels(one) == pixels(other)).all())


def test_generated_twice_it_is_the_same_to_the_bit(build: Build, job: Make) -> None:
    provider = build()
    first, again = provider.generate(job(seed=3)), provider.generate(job(seed=3))
    assert first.data == again.data
    assert first.environment == again.environment
    assert pixels(first).shape == (32, 32, 3)
    assert pixels(first).std() > 1, "something was generated"
    assert not same(first, provider.generate(job(seed=4)))
    assert not same(first, provider.generate(job("a blue square", seed=3)))
    assert provider.capabilities.seed == "exact-per-environment"


def test_nothing_leaks_from_one_image_into_the_next(build: Build, job: Make) -> None:
    provider = build()
    first = provider.generate(job(seed=1))
    provider.generate(job("another", seed=2, scheduler="EulerAncestralDiscreteScheduler", steps=5))
    torch.rand(100)
    random.random()
    np.random.rand(3)
    assert first.data == provider.generate(job(seed=1)).data


def test_loaded_anew_it_is_the_same(build: Build, job: Make) -> None:
    assert build().generate(job(seed=1)).data == build().generate(job(seed=1)).data


def test_a_batch_has_a_generator_for_each_image(build: Build, job: Make) -> None:
    provider = build()
    assert isinstance(provider, BatchProvider)
    jobs = [job(seed=1), job("a blue square", seed=2), job(seed=3, steps=2), job(seed=4)]
    together = provider.generate_batch(jobs)
    alone = [provider.generate(one) for one in jobs]
    for one, other in zip(together, alone, strict=True):
        gap = np.abs(pixels(one).astype(int) - pixels(other)).max()
        assert gap <= 1, "batch and single may round differently, and no more"
    assert [generated.environment["batch"] for generated in together] == [
        {"size": 3, "position": 0},
        {"size": 3, "position": 1},
        {"size": 1, "position": 0},
        {"size": 3, "position": 2},
    ]
    assert [generated.data for generated in provider.generate_batch(jobs)] == [generated.data for generated in together]


def test_a_fresh_process_generates_the_same(build: Build, job: Make) -> None:
    provider = build()
    assert isinstance(provider, IsolatedProvider)
    here = provider.generate(job(seed=1))
    assert here.environment["threads"] == 1
    with provider.isolated(threads=1) as apart:
        there = apart.generate(job(seed=1))
        assert there.data == here.data
        assert there.environment == here.environment


def test_it_tells_what_decides_the_image(build: Build, job: Make) -> None:
    parsed = build().generate(job()).environment
    assert json.loads(json.dumps(parsed)) == parsed
    assert parsed["torch"] == torch.__version__
    assert {"diffusers", "transformers", "cpu", "threads"} <= set(parsed)
    assert set(parsed["weights"]) == {"text_encoder", "unet", "vae"}
    assert all(len(digest) == 64 for digest in parsed["weights"].values())
    assert (parsed["pipeline"], parsed["device"], parsed["dtype"]) == ("StableDiffusionPipeline", "cpu", "float32")
    assert parsed["scheduler"]["class"] == "DDIMScheduler"
    assert (parsed["deterministic"], parsed["cudnn_benchmark"], parsed["tf32"], parsed["attention"]) == (
        True, False, False, "math",
    )  # fmt: skip
    assert "omitted" not in parsed


def test_other_weights_are_another_digest(build: Build, job: Make, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    provider = build()
    first = provider.generate(job())
    other = tmp_path / "other"
    shutil.copytree(str(provider.options.model), other)  # type: ignore[attr-defined]
    file = other / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    name = sorted(weights)[0]
    weights[name] = weights[name] + 1e-3
    save_file(weights, file, metadata={"format": "pt"})
    second = build(model=str(other)).generate(job())
    differing = {part for part, digest in first.environment["weights"].items()
                 if second.environment["weights"][part] != digest}  # fmt: skip
    assert differing == {"unet"}
    assert not same(first, second)


def test_the_switches_are_put_back(build: Build, job: Make) -> None:
    before = (torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.deterministic,
              torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision())  # fmt: skip
    build().generate(job())
    assert before == (torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.deterministic,
                      torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision())  # fmt: skip


def test_words_reach_the_pipeline(build: Build, job: Make) -> None:
    provider = build(quality_steps={"draft": 2})
    plain = provider.generate(job())
    for more in (
        {"negative_prompt": "green"},
        {"guidance": 1.5},
        {"steps": 5},
        {"scheduler": "EulerDiscreteScheduler"},
    ):
        generated = provider.generate(job(**more))
        assert not same(plain, generated), more
        assert "omitted" not in generated.environment
    assert provider.generate(job(quality="draft", steps=None)).environment["steps"] == 2
    assert provider.generate(job(quality="hd", steps=4)).environment["steps"] == 4
    assert pixels(provider.generate(job(width=48, height=16))).shape == (16, 48, 3)
    assert provider.generate(job(style="flat")).environment["omitted"] == ["style"]


def test_a_scheduler_may_be_changed_in_part(build: Build, job: Make) -> None:
    changed = build(scheduler={"timestep_spacing": "trailing"}).generate(job())
    assert changed.environment["scheduler"]["timestep_spacing"] == "trailing"
    assert changed.environment["scheduler"]["class"] == "DDIMScheduler"
    assert not same(changed, build().generate(job()))


def test_an_image_is_changed_and_a_mask_limits_it(build: Build, job: Make, tmp_path: Path) -> None:
    image, mask = tmp_path / "in.png", tmp_path / "mask.png"
    shown = np.full((32, 32, 3), 90, np.uint8)
    shown[8:24, 8:24] = (200, 30, 30)
    image.write_bytes(encode_png(shown))
    half = np.zeros((32, 32), np.uint8)
    half[:, 16:] = 255
    Image.fromarray(half).save(mask)
    provider = build()
    weak = provider.generate(job(image=image, strength=0.3, steps=10))
    strong = provider.generate(job(image=image, strength=0.9, steps=10))
    assert weak.environment["pipeline"] == "StableDiffusionImg2ImgPipeline"
    assert not same(weak, strong)
    assert weak.data == provider.generate(job(image=image, strength=0.3, steps=10)).data
    masked = provider.generate(job(image=image, mask=mask, strength=0.9, steps=10))
    assert masked.environment["pipeline"] == "StableDiffusionInpaintPipeline"
    assert not same(masked, strong)
    again = provider.generate(job(seed=5))
    assert again.environment["pipeline"] == "StableDiffusionPipeline"
    with pytest.raises(GenerationError, match="is 32x32, the case asks for 64x32"):
        provider.generate(job(image=image, width=64, height=32))


def test_an_unseeded_image_has_a_seed_of_its_own(build: Build, job: Make) -> None:
    provider = build()
    first, second = provider.generate(job(seed=None)), provider.generate(job(seed=None))
    assert not same(first, second)
    assert same(first, provider.generate(job(seed=first.environment["reply"]["seed"])))


def test_a_function_may_build_the_pipeline(build: Build, job: Make) -> None:
    built = build(function="build.py:pipeline").generate(job(seed=2))
    assert built.data == build().generate(job(seed=2)).data
    assert built.environment["function"] == "build.py:pipeline"
    assert len(built.environment["function_digest"]) == 64
    with pytest.raises(GenerationError, match="returned a int, no pipeline"):
        build(function="build.py:nothing").generate(job())
    with pytest.raises(GenerationError, match=r"build\.py:broken failed: OSError: the weights are on the other disk"):
        build(function="build.py:broken").generate(job())


def test_a_pipeline_without_words_tells_what_it_leaves_out(build: Build, job: Make, tmp_path: Path) -> None:
    (tmp_path / "ddpm.py").write_text(
        "from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel\n"
        "import torch\n"
        "def pipeline():\n"
        "    torch.manual_seed(0)\n"
        "    unet = UNet2DModel(sample_size=16, block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2,\n"
        "        down_block_types=('DownBlock2D', 'DownBlock2D'), up_block_types=('UpBlock2D', 'UpBlock2D'))\n"
        "    return DDPMPipeline(unet, DDPMScheduler(num_train_timesteps=20))\n"
    )
    provider = build(function="ddpm.py:pipeline")
    generated = provider.generate(job(seed=1, negative_prompt="green"))
    assert generated.environment["omitted"] == ["negative_prompt", "prompt", "size"]
    assert pixels(generated).shape == (16, 16, 3)
    assert generated.data == provider.generate(job(seed=1, negative_prompt="green")).data
    assert isinstance(provider, BatchProvider)
    two = provider.generate_batch([job(seed=1), job(seed=2)])
    assert not same(*two)


def test_a_flagged_image_is_a_refusal(build: Build, job: Make, tmp_path: Path, model: Path) -> None:
    (tmp_path / "flagging.py").write_text(
        "from diffusers import StableDiffusionPipeline\n"
        "class Flagging(StableDiffusionPipeline):\n"
        "    def run_safety_checker(self, image, device, dtype):\n"
        "        return image * 0, [True] * len(image)\n"
        "def pipeline(dtype):\n"
        f"    return Flagging.from_pretrained({str(model)!r}, torch_dtype=dtype, local_files_only=True)\n"
    )
    with pytest.raises(GenerationRefusedError, match="safety checker flagged the image"):
        build(function="flagging.py:pipeline").generate(job())


def test_values_that_are_no_numbers_are_reported(build: Build, job: Make, tmp_path: Path, model: Path) -> None:
    (tmp_path / "nan.py").write_text(
        "from diffusers import StableDiffusionPipeline as Kind\n"
        "def pipeline(dtype):\n"
        f"    found = Kind.from_pretrained({str(model)!r}, torch_dtype=dtype, local_files_only=True)\n"
        "    found.vae.decoder.conv_out.bias.data.fill_(float('nan'))\n"
        "    return found\n"
    )
    with pytest.raises(GenerationError, match="values that are not numbers") as caught:
        build(function="nan.py:pipeline").generate(job())
    assert caught.value.hint == "say `dtype: float32`"


def test_what_has_no_deterministic_form_is_reported(build: Build, job: Make, tmp_path: Path, model: Path) -> None:
    (tmp_path / "loose.py").write_text(
        "import torch\n"
        "from diffusers import StableDiffusionPipeline\n"
        "class Loose(StableDiffusionPipeline):\n"
        "    def run_safety_checker(self, image, device, dtype):\n"
        "        torch.zeros(3).put_(torch.tensor([0]), torch.tensor([1.0]), accumulate=False)\n"
        "        return image, None\n"
        "def pipeline(dtype):\n"
        f"    return Loose.from_pretrained({str(model)!r}, torch_dtype=dtype, local_files_only=True)\n"
    )
    with pytest.raises(GenerationError, match="deterministic") as caught:
        build(function="loose.py:pipeline").generate(job())
    assert caught.value.hint == "say `deterministic: false`: its seed is then best-effort"
    loose = build(function="loose.py:pipeline", deterministic=False)
    assert loose.capabilities.seed == "best-effort"
    assert loose.generate(job()).environment["deterministic"] is False


def test_it_stops_when_its_time_is_over(build: Build, job: Make) -> None:
    provider = build()
    provider.generate(job())
    with pytest.raises(GenerationTimeoutError, match=r"no image within 0\.05 s"):
        provider.generate(job(steps=500, timeout=0.05))
    assert provider.generate(job(seed=9)).source == "generated", "the pipeline is free again"


@pytest.mark.parametrize(
    ("options", "asked", "problem", "hint"),
    [
        ({"model": "no/such-model"}, {}, "cannot load no/such-model", "local_files_only"),
        ({"pipeline": "NoPipeline"}, {}, "diffusers has no pipeline `NoPipeline`", "`pipeline`"),
        ({}, {"scheduler": "NoScheduler"}, "diffusers has no scheduler `NoScheduler`", "DDIMScheduler"),
        ({}, {"width": 63}, "have to be divisible by 8", "settings of the case"),
        ({"call": {"clip_skipp": 1}}, {}, "the pipeline takes no `clip_skipp`", "`call`"),
        ({"device": "cuda"}, {}, "cannot move the model to cuda", "`device`"),
        ({}, {"steps": 0}, "`steps` is at least 1", ""),
        ({}, {"dtype": "float8"}, "`dtype` cannot be", ""),
        ({}, {"ask": "how many?"}, "gets no question", "another provider"),
    ],
)
def test_what_cannot_be_is_reported_in_one_line(
    build: Build, job: Make, options: Any, asked: Any, problem: str, hint: str
) -> None:
    if options.get("device") == "cuda" and torch.cuda.is_available():
        options = {"device": "mps"}
        problem = "cannot move the model to mps"
    with pytest.raises(GenerationError, match=problem) as caught:
        build(**options).generate(job(**asked))
    assert "\n" not in str(caught.value)
    assert hint in caught.value.hint


def test_files_that_changed_are_no_hit_of_a_cache(build: Build, job: Make, model: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(model, folder)
    spec = ProviderSpec("d", "diffusers", {"model": str(folder)}, str(tmp_path))
    first = identity_of(spec, job().recipe)
    assert first is not None
    assert identity_of(spec, job().recipe) == first
    config = folder / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("0.012", "0.013"))
    assert identity_of(spec, job().recipe) != first
    assert identity_of(ProviderSpec("d", "diffusers", {"model": "some/name"}, str(tmp_path)), job().recipe) is None
