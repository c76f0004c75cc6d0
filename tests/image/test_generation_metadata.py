"""Recipes that tools store in images: written here as each tool writes them, into real files."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from harness.image import RECIPE, ImageError, decode, generation_metadata_of, with_recipe
from harness.records import GenerationMetadata, Recipe, Request, Subject

CASES = Path(__file__).parents[1] / "cases" / "comfyui"
PARAMETERS = (
    "a red fox, (snow:1.2), style: flat\nsecond line\nNegative prompt: blurry, text: bad\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 4294967295, Size: 512x768, "
    'Model hash: abc123, Model: dream_v8, Lora hashes: "one: 12, two: 34", Version: v1.9.4'
)
FLUX = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["8", 0]}},
    "3": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["2", 0]}},
    "4": {"class_type": "BasicGuider", "inputs": {"model": ["1", 0], "conditioning": ["3", 0]}},
    "5": {"class_type": "RandomNoise", "inputs": {"noise_seed": 99}},
    "6": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 4, "model": ["1", 0]}},
    "7": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {"noise": ["5", 0], "guider": ["4", 0], "sigmas": ["6", 0], "latent_image": ["10", 0]},
    },
    "9": {"class_type": "PrimitiveString", "inputs": {"value": "a lamp"}},
    "10": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 640, "batch_size": 1}},
}


def shapes() -> Image.Image:
    image = Image.new("RGB", (48, 32), "white")
    image.paste("red", (4, 4, 20, 28))
    image.paste("blue", (26, 10, 44, 20))
    return image


def png(**texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    out = io.BytesIO()
    shapes().save(out, "PNG", pnginfo=info)
    return out.getvalue()


def commented(kind: str, comment: bytes) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[37510] = comment
    out = io.BytesIO()
    shapes().save(out, kind, exif=exif)
    return out.getvalue()


def read(data: bytes) -> GenerationMetadata:
    found = generation_metadata_of(data)
    assert found is not None
    return found


WEBUI = [
    png(parameters=PARAMETERS),
    commented("JPEG", b"UNICODE\0" + PARAMETERS.encode("utf-16-be")),
    commented("WEBP", b"UNICODE\0" + PARAMETERS.encode("utf-16-le")),
    commented("JPEG", b"ASCII\0\0\0" + PARAMETERS.encode()),
]


@pytest.mark.parametrize("data", WEBUI, ids=["PNG", "JPEG", "WebP, other order", "ASCII"])
def test_the_web_ui(data: bytes) -> None:
    found = read(data)
    assert (found.tool, found.seed, found.size, found.model) == ("automatic1111", 4294967295, (512, 768), "dream_v8")
    assert found.prompt == "a red fox, (snow:1.2), style: flat\nsecond line"
    assert found.negative_prompt == "blurry, text: bad"
    assert found.settings == {
        "steps": 20, "sampler": "DPM++ 2M", "scheduler": "Karras", "guidance": 7.5, "model_hash": "abc123",
        "lora_hashes": "one: 12, two: 34", "version": "v1.9.4",
    }  # fmt: skip
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "prompt", "settings"),
    [
        ("only a prompt", "only a prompt", {}),
        ("a fox, mood: calm", "a fox, mood: calm", {}),
        ("Steps: 4, Seed: 1", "", {"steps": 4}),
        ("a\nb\nSteps: 4, Sampler: Euler", "a\nb", {"steps": 4, "sampler": "Euler"}),
    ],
)
def test_the_web_ui_with_less(text: str, prompt: str, settings: dict[str, Any]) -> None:
    found = read(png(parameters=text))
    assert (found.prompt, found.settings) == (prompt, settings)


def test_comfyui() -> None:
    found = read((CASES / "image-with-workflow.png").read_bytes())
    assert (found.tool, found.prompt, found.negative_prompt, found.seed) == ("comfyui", "fox", "", 7)
    assert (found.size, found.model) == ((512, 512), "m.safetensors")
    assert found.settings["steps"] == 20
    flux = read(png(prompt=json.dumps(FLUX), workflow="{}"))
    assert (flux.prompt, flux.seed, flux.size, flux.model) == ("a lamp", 99, (1024, 640), "flux.safetensors")
    assert flux.settings["guidance"] == 3.5
    assert flux.settings["steps"] == 4


def test_what_of_a_graph_is_no_recipe_is_noted() -> None:
    assert read(png(prompt=json.dumps({"1": {"class_type": "LoadImage", "inputs": {}}}))).notes
    two = {**FLUX, "20": {**FLUX["7"]}}
    assert read(png(prompt=json.dumps(two))).notes
    loop = {"1": {"class_type": "K", "inputs": {"seed": 1, "positive": ["1", 0], "text": "a"}}}
    assert read(png(prompt=json.dumps(loop))).prompt == "a"


def test_invokeai() -> None:
    metadata = {
        "positive_prompt": "a barn", "negative_prompt": "fog", "seed": 5, "width": 640, "height": 512, "steps": 30,
        "cfg_scale": 6.0, "scheduler": "euler", "model": {"name": "sdxl", "hash": "blake3:1"}, "loras": [{"weight": 1}],
        "app_version": "5.0",
    }  # fmt: skip
    found = read(png(invokeai_metadata=json.dumps(metadata)))
    assert (found.prompt, found.negative_prompt, found.seed, found.size) == ("a barn", "fog", 5, (640, 512))
    assert found.model == "sdxl"
    assert found.settings == {
        "steps": 30, "guidance": 6.0, "sampler": "euler", "model_hash": "blake3:1", "app_version": "5.0",
    }  # fmt: skip
    assert [("loras" in note) for note in found.notes] == [True]


def test_our_own_recipe_comes_back() -> None:
    recipe = Recipe(Request("a ‘fox’", "fog", 2**64 - 1, 64, 48), Subject("p", "painter", "m", {"quality": "hd"}))
    data = png(parameters=PARAMETERS)
    found = read(with_recipe(data, recipe))
    assert np.array_equal(decode(with_recipe(data, recipe)).pixels, decode(data).pixels)
    assert (found.prompt, found.negative_prompt, found.seed, found.size) == ("a ‘fox’", "fog", 2**64 - 1, (64, 48))
    assert (found.model, found.settings) == ("m", {"kind": "painter", "quality": "hd"})
    with pytest.raises(ValueError, match="PNG"):
        with_recipe(commented("JPEG", b"ASCII\0\0\0x"), recipe)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("keyword", ["parameters", "prompt", "invokeai_metadata", RECIPE, "workflow"])
@given(text=st.text(max_size=200) | VALUES.map(json.dumps))
def test_what_a_file_says_of_itself_may_be_anything(keyword: str, text: str) -> None:
    try:
        data = png(**{keyword: text})
    except (ValueError, UnicodeError):
        return  # a text that PNG cannot hold
    try:
        found = generation_metadata_of(data)
    except ImageError:
        return
    assert found is None or isinstance(found, GenerationMetadata)
