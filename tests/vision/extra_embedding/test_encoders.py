"""Encoders of transformers and OpenCLIP: tiny models of random weights, built here and saved as users have them.

These tests need the extra (``make test-embedding`` sets it up in an environment of its own) and fail without it.
"""

import json
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers

from harness.records import ViewerSpec
from harness.vision import EncoderWeightsError, ViewedImage, ViewerError, open_viewer, parse_check
from harness.vision.embedding import EmbeddingViewer

# the wheel of torchvision is built for CUDA: beside a torch for the CPU its compiled operators, which no encoder here
# uses, do not load, and what it registers for them fails
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the libraries' own, at import
    import open_clip
    import torch
    import transformers
    from safetensors.torch import save_file

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
torch.set_num_threads(1)
SIDE, LENGTH = 32, 8
WORDS = ("<pad>", "<unk>", "<s>", "</s>", "a", "red", "circle", "fox")
LAYERS = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
TEXT = {**LAYERS, "vocab_size": len(WORDS), "max_position_embeddings": LENGTH}
IMAGE = {**LAYERS, "image_size": SIDE, "patch_size": 8}
CROP = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}, "do_center_crop": True}
LEVELS = {"resample": 3, "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]}


def _saved(folder: Path, model: Any, preprocessing: dict[str, Any], *, texts: bool = True) -> Path:
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing))
    if texts:
        tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, "<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        special = {"pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, model_max_length=LENGTH, **special
        ).save_pretrained(folder)
    return folder


def clip(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    ends = {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
    config = transformers.CLIPConfig(text_config={**TEXT, **ends}, vision_config=IMAGE, projection_dim=12)
    return _saved(folder, transformers.CLIPModel(config), {**CROP, **LEVELS})


def siglip(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    config = transformers.SiglipConfig(text_config=TEXT, vision_config=IMAGE)
    whole = {"size": {"height": SIDE, "width": SIDE}, "resample": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    return _saved(folder, transformers.SiglipModel(config), whole)


def dino(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    model = transformers.Dinov2Model(transformers.Dinov2Config(**IMAGE))
    return _saved(folder, model, {**CROP, **LEVELS, "size": {"shortest_edge": 40}}, texts=False)


def openclip(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    config = {
        "embed_dim": 12,
        "vision_cfg": {"image_size": SIDE, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    levels = {"mean": LEVELS["image_mean"], "std": LEVELS["image_std"]}
    own = {**levels, "interpolation": "bicubic", "resize_mode": "shortest"}
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": own}))
    model = open_clip.CLIP(**config)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()},
              str(folder / "open_clip_model.safetensors"))  # fmt: skip
    return folder


MODELS: dict[str, tuple[str, Callable[..., Path]]] = {
    "clip": ("transformers", clip),
    "siglip": ("transformers", siglip),
    "dino": ("transformers", dino),
    "openclip": ("open_clip", openclip),
}


@pytest.fixture(scope="module", params=MODELS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    name = request.param
    return name, MODELS[name][1](tmp_path_factory.mktemp("weights") / name)


def opened(name: str, folder: Path) -> EmbeddingViewer:
    viewer = open_viewer(ViewerSpec(name, "embedding", {"backend": MODELS[name][0], "model": str(folder)}))
    assert isinstance(viewer, EmbeddingViewer)
    return viewer


def pixels_of(height: int = 48, width: int = 64, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(height + width).integers(0, 256, (height, width, channels), np.uint8)


def test_vectors_have_length_one_and_repeat(built: tuple[str, Path]) -> None:
    image = ViewedImage(pixels_of())
    first, again = (opened(*built) for _ in range(2))
    vector = first.vector(image)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(vector, again.vector(image))
    assert first.judge == again.judge
    assert first.distance(image, ViewedImage(pixels_of()[::-1].copy())) > 1e-6


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 600, 3), (900, 700, 4)])
def test_any_size_is_encoded(built: tuple[str, Path], shape: tuple[int, int, int]) -> None:
    assert np.isfinite(opened(*built).vector(ViewedImage(pixels_of(*shape)))).all()


def test_a_text_is_compared_where_the_model_reads_texts(built: tuple[str, Path]) -> None:
    viewer = opened(*built)
    image = ViewedImage(pixels_of(), prompt="a red circle")
    finding = viewer.answer(image, parse_check({"alignment": ">= -1"}))
    if built[0] == "dino":
        assert finding.outcome == "unsupported"
        return
    assert finding.outcome == "pass"
    assert finding.evidence is not None
    assert "text" not in finding.evidence
    long = viewer.answer(image, parse_check({"alignment": {"to": "a red circle " * 15, "at_least": -1}}))
    if built[0] == "openclip":
        assert long.evidence is not None
        assert "text" not in long.evidence
        finding = viewer.answer(ViewedImage(pixels_of(), prompt="red " * 90), parse_check({"alignment": ">= -1"}))
        assert finding.evidence is not None
        assert "text" in finding.evidence
    else:
        assert long.evidence is not None
        assert "text" in long.evidence


def test_other_weights_are_another_judge(built: tuple[str, Path], tmp_path: Path) -> None:
    name, folder = built
    other = MODELS[name][1](tmp_path / "other", seed=1)
    assert opened(name, folder).judge != opened(name, other).judge


def test_a_folder_without_weights_is_no_model(built: tuple[str, Path], tmp_path: Path) -> None:
    name, folder = built
    for path in folder.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(EncoderWeightsError):
        opened(name, tmp_path).vector(ViewedImage(pixels_of()))
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(EncoderWeightsError):
        opened(name, tmp_path).vector(ViewedImage(pixels_of()))


def test_vectors_are_those_of_the_library(tmp_path: Path) -> None:
    folder = clip(tmp_path / "clip")
    processor = transformers.CLIPImageProcessorPil.from_pretrained(folder)
    model = transformers.CLIPModel.from_pretrained(folder).eval()
    for height, width in ((48, 64), (64, 48), (100, 33), (32, 32), (7, 9)):
        pixels = pixels_of(height, width)
        ready = processor(Image.fromarray(pixels), return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            found = model.get_image_features(pixel_values=ready).pooler_output[0].numpy()
        ours = opened("clip", folder).vector(ViewedImage(pixels))
        assert float(ours @ found / np.linalg.norm(found)) > 1 - 1e-4, (height, width)


def test_open_clip_vectors_are_those_of_the_library(tmp_path: Path) -> None:
    folder = openclip(tmp_path / "openclip")
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    for height, width in ((48, 64), (64, 48), (101, 33), (32, 32)):
        pixels = pixels_of(height, width)
        with torch.inference_mode():
            found = model.eval().encode_image(preprocess(Image.fromarray(pixels))[None])[0].numpy()
        ours = opened("openclip", folder).vector(ViewedImage(pixels))
        assert float(ours @ found / np.linalg.norm(found)) > 1 - 1e-3, (height, width)


def test_vectors_that_are_no_numbers_are_missing(tmp_path: Path) -> None:
    folder = clip(tmp_path / "clip")
    model = transformers.CLIPModel.from_pretrained(folder)
    with torch.no_grad():
        model.visual_projection.weight.fill_(float("nan"))
    model.save_pretrained(folder)
    with pytest.raises(ViewerError):
        opened("clip", folder).vector(ViewedImage(pixels_of()))
