"""What is added to a pipeline shapes its images, repeats to the bit, and is recorded by digest."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.errors import GenerationError
from harness.image import encode_png
from harness.provider import Job, Provider, identity_of
from harness.provider.local.identity import digest_of_file
from harness.suite import ProviderSpec
from tests.provider.extra_diffusers import tiny

Build = Callable[..., Provider]
Make = Callable[..., Job]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what can be added to the tiny model, two images and a mask."""
    root = tmp_path_factory.mktemp("parts")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = tiny.build("sd15")
        torch.manual_seed(7)
        tiny.controlnet().save_pretrained(root / "controlnet")
        tiny.save_ip_adapter(pipeline, root / "ip")
        tiny.save_lora(pipeline, root / "lora")
        tiny.build("sd15", channels=9).save_pretrained(root / "inpainting")
    random = np.random.default_rng(0)
    for name in ("one.png", "two.png"):
        (root / name).write_bytes(encode_png(random.integers(0, 255, (32, 32, 3), dtype=np.uint8)))
    half = np.zeros((32, 32), np.uint8)
    half[:, 16:] = 255
    (root / "mask.png").write_bytes(encode_png(half))
    return root


def repeated(build: Build, job: Job, **options: Any) -> Any:
    """Generate twice, each time loaded anew; the image and its environment must be the same."""
    first, again = (build(**options).generate(job) for _ in range(2))
    assert first.data == again.data
    assert first.environment == again.environment
    assert json.loads(json.dumps(first.environment, allow_nan=False)) == first.environment
    assert first.notes == ()
    return first


def test_a_controlnet_stands_beside_init_image_and_mask(build: Build, job: Make, parts: Path) -> None:
    one, two, mask = (parts / name for name in ("one.png", "two.png", "mask.png"))
    with_it = {"controlnet": str(parts / "controlnet"), "control_image": str(two)}
    for asked, pipeline in (
        ({}, "StableDiffusionControlNetPipeline"),
        ({"image": one, "strength": 0.6}, "StableDiffusionControlNetImg2ImgPipeline"),
        ({"image": one, "mask": mask, "strength": 0.6}, "StableDiffusionControlNetInpaintPipeline"),
    ):
        made = repeated(build, job(**asked), **with_it)
        assert made.environment["pipeline"] == pipeline
        assert made.environment["control_image"] == digest_of_file(two)
        assert len(made.environment["controlnet"]["digest"]) == 64
        others = [
            build().generate(job(**asked)),
            build(**with_it).generate(job(**asked, control_scale=0.1)),
            build(**with_it).generate(job(**asked, control_image=str(one))),
            build(**with_it).generate(job(**(asked | {"seed": 5}))),
        ]
        assert len({made.data, *(other.data for other in others)}) == 5
        if "image" in asked:
            assert made.data != build(**with_it).generate(job(**(asked | {"image": two}))).data


def test_an_image_for_no_controlnet_is_left_out(build: Build, job: Make, parts: Path) -> None:
    made = build(control_image=str(parts / "one.png"), ip_adapter_scale=0.5).generate(job(control_scale=0.5))
    assert made.environment["omitted"] == ["control_image", "control_scale", "ip_adapter_scale"]
    assert made.data == build().generate(job()).data


def test_loras_count_by_their_scale(build: Build, job: Make, parts: Path) -> None:
    file = parts / "lora" / "pytorch_lora_weights.safetensors"
    whole = repeated(build, job(), loras=[str(file)])
    (recorded,) = whole.environment["loras"]
    assert (recorded["digest"], recorded["scale"]) == (digest_of_file(file), 1.0)
    plain = build().generate(job())
    assert whole.environment["weights"] == plain.environment["weights"], "those of the model itself"
    half = build(loras=[{"model": str(file.parent), "weight_name": file.name, "scale": 0.5}]).generate(job())
    both = build(loras=[{"model": str(file), "scale": 0.25}, {"model": str(file), "scale": 0.25}]).generate(job())
    assert len({plain.data, whole.data, half.data}) == 3
    assert [lora["scale"] for lora in both.environment["loras"]] == [0.25, 0.25]
    nothing = build(loras=[{"model": str(file), "scale": 0.0}]).generate(job())
    assert nothing.data == plain.data


def test_an_ip_adapter_takes_an_image(build: Build, job: Make, parts: Path) -> None:
    options = {"ip_adapter": str(parts / "ip" / "adapter.safetensors"), "ip_adapter_image": str(parts / "one.png")}
    made = repeated(build, job(), **options)
    assert made.environment["ip_adapter"]["digest"] == digest_of_file(parts / "ip" / "adapter.safetensors")
    assert len(made.environment["ip_adapter"]["image_encoder"]) == 64
    assert made.environment["ip_adapter_image"] == digest_of_file(parts / "one.png")
    provider = build(**options)
    weak = provider.generate(job(ip_adapter_scale=0.1))
    other = provider.generate(job(ip_adapter_image=str(parts / "two.png")))
    assert len({made.data, weak.data, other.data, build().generate(job()).data}) == 4
    assert provider.generate(job()).data == made.data, "a scale does not stay"
    together = provider.generate_batch([job(), job(seed=4)])  # type: ignore[attr-defined]
    assert together[0].data == made.data
    assert [one.environment["batch"]["size"] for one in together] == [1, 1]


def test_weights_are_quantized_while_they_are_loaded(build: Build, job: Make) -> None:
    asked = {"backend": "torchao", "settings": {"quant_type": "Int8WeightOnlyConfig"}}
    made = repeated(build, job(), quantization=asked)
    plain = build().generate(job())
    assert made.environment["quantization"] == asked
    differing = {
        name for name, digest in made.environment["weights"].items() if plain.environment["weights"][name] != digest
    }
    assert differing == {"unet"}
    assert made.data != plain.data
    other = build(quantization={**asked, "components": ["text_encoder"]}).generate(job())
    differing = {
        name for name, digest in other.environment["weights"].items() if plain.environment["weights"][name] != digest
    }
    assert differing == {"text_encoder"}


def test_what_computes_attention_is_recorded(build: Build, job: Make) -> None:
    assert build().generate(job()).environment["attention_processors"] == ["AttnProcessor2_0"]
    other = repeated(build, job(), attention_processor="AttnProcessor")
    assert other.environment["attention_processors"] == ["AttnProcessor"]
    assert repeated(build, job(), attention_backend="native").environment["attention_backend"] == "native"


@pytest.mark.parametrize("settings", [{"backend": "eager"}, {"backend": "eager", "regional": True}])
def test_it_is_compiled(build: Build, job: Make, settings: dict[str, Any]) -> None:
    made = build(compile=settings).generate(job(negative_prompt="green"))
    assert made.environment["compile"] == settings
    assert "omitted" not in made.environment
    assert made.environment["weights"] == build().generate(job()).environment["weights"]
    unguided = build(compile=settings).generate(job(negative_prompt="green", guidance=1.0))
    assert unguided.environment["omitted"] == ["negative_prompt"], "passes are counted around what is compiled"


def test_an_inpainting_checkpoint_needs_image_and_mask(build: Build, job: Make, parts: Path) -> None:
    provider = build(model=str(parts / "inpainting"))
    for asked in ({}, {"image": parts / "one.png", "strength": 0.5}):
        with pytest.raises(GenerationError, match="9 channels, the noise 4") as caught:
            provider.generate(job(**asked))
        assert "\n" not in str(caught.value)
        assert "`mask:`" in caught.value.hint
    whole = {"image": parts / "one.png", "mask": parts / "mask.png", "strength": 0.9}
    assert provider.generate(job(**whole)).data == provider.generate(job(**whole)).data


@pytest.mark.parametrize(
    ("options", "problem", "hint"),
    [
        ({"controlnet": "{parts}/controlnet"}, "needs an image of its own", "`control_image`"),
        ({"ip_adapter": "{parts}/ip/adapter.safetensors"}, "needs an image of its own", "`ip_adapter_image`"),
        ({"controlnet": "no/such", "control_image": "{parts}/one.png"}, "no/such", "`controlnet`"),
        ({"loras": ["{parts}/lora"]}, "`weight_name`", "`loras`"),
        ({"loras": ["{parts}/ip/adapter.safetensors"]}, "what is added to the model", "`loras`"),
        ({"attention_processor": "NoProcessor"}, "no attention processor `NoProcessor`", ""),
        ({"attention_backend": "no-backend"}, "no-backend", ""),
        ({"compile": {"backend": "no-backend"}}, "no-backend", "`compile`"),
        ({"quantization": {"backend": "no-backend"}}, "there is no quantization `no-backend`", "`quantization`"),
        (
            {"quantization": {"backend": "torchao", "components": ["lungs"], "settings": {}}},
            "has no component `lungs`",
            "`quantization`",
        ),
    ],
)
def test_what_cannot_be_added_is_reported_in_one_line(
    build: Build, job: Make, parts: Path, options: dict[str, Any], problem: str, hint: str
) -> None:
    options = json.loads(json.dumps(options).replace("{parts}", str(parts)))
    with pytest.raises(GenerationError, match=problem) as caught:
        build(**options).generate(job())
    assert "\n" not in str(caught.value)
    assert hint in caught.value.hint


def test_a_model_of_the_hub_is_known_by_its_commit(
    build: Build, job: Make, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    cached = tmp_path / "hub" / "models--some--tiny"
    shutil.copytree(model, cached / "snapshots" / COMMIT)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    for options in ({}, {"revision": "main"}, {"revision": COMMIT}):
        made = build(model="some/tiny", **options).generate(job())
        assert made.environment["source"] == {"hub": "some/tiny", "revision": COMMIT}
        assert made.environment["weights"] == build().generate(job()).environment["weights"]


def test_an_image_is_cached_as_long_as_all_files_are_the_same(
    job: Make, model: Path, parts: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(parts, mine)

    def identity(**more: Any) -> Any:
        options = {"model": str(model), "controlnet": "mine/controlnet", "loras": ["mine/one.png"], **more}
        return identity_of(
            ProviderSpec("d", "diffusers", options, str(tmp_path)), job(control_image="mine/two.png").recipe
        )

    first = identity()
    assert first is not None
    assert first == identity()
    assert first != identity(loras=["mine/mask.png"])
    for name in ("controlnet/config.json", "one.png", "two.png"):
        before, file = identity(), mine / name
        file.write_bytes(file.read_bytes() + b" ")
        assert identity() != before, name
    assert identity(controlnet="some/name") is None
    assert identity(controlnet={"model": "some/name", "revision": "main"}) is None
    assert identity(controlnet={"model": "some/name", "revision": COMMIT}) is not None
