"""Encoders as viewers: checks, preprocessing, digests, and every bad input; on tiny ONNX models that really run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import MissingExtraError
from harness.records import Finding, ViewerSpec
from harness.vision import (
    BadViewerError,
    CheckError,
    ComparingViewer,
    EncoderWeightsError,
    ViewedImage,
    ViewerError,
    open_viewer,
    parse_check,
    viewer_kind,
)
from harness.vision import kinds as kinds_module
from harness.vision.embedding import EmbeddingViewer
from harness.vision.preprocessing import Preprocessing, preprocessing_of
from harness.vision.weights import Weights
from tests.vision.tiny_encoder import MEAN, SIDE, STD, tiny


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("weights") / "clip")


def opened(model: Path | str, **more: Any) -> EmbeddingViewer:
    viewer = open_viewer(ViewerSpec("clip", "embedding", {"backend": "onnx", "model": str(model), **more}))
    assert isinstance(viewer, EmbeddingViewer)
    assert isinstance(viewer, ComparingViewer)
    return viewer


def noise(height: int = 40, width: int = 60, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def answer(viewer: EmbeddingViewer, check: dict[str, Any], prompt: str = "a red fox", accepted: Any = None) -> Finding:
    beside = None if accepted is None else ViewedImage(accepted)
    return viewer.answer(ViewedImage(noise(), prompt=prompt, load_accepted=lambda: beside), parse_check(check))


def test_a_vector_has_length_one_and_repeats_in_another_process_of_loading(weights: Path) -> None:
    image = ViewedImage(noise())
    vector = opened(weights).vector(image)
    assert (vector.dtype, vector.shape) == (np.float32, (8,))
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(vector, opened(weights).vector(image))


def test_an_image_is_encoded_once(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = opened(weights)
    encoder = viewer.opened()
    calls: list[int] = []
    whole = type(encoder).image
    monkeypatch.setattr(type(encoder), "image", lambda self, pixels: calls.append(1) or whole(self, pixels))
    for _ in range(3):
        viewer.distance(ViewedImage(noise()), ViewedImage(noise(seed=1)))
    assert len(calls) == 2


def test_alignment_is_the_cosine_with_the_prompt_or_the_text_stated(weights: Path) -> None:
    viewer = opened(weights)
    by_prompt = answer(viewer, {"alignment": ">= -1"}, "a blue circle")
    stated = answer(viewer, {"alignment": {"to": "a blue circle", "at_least": -1}}, "a fox")
    assert by_prompt.evidence == stated.evidence
    assert by_prompt.evidence is not None
    cosine = by_prompt.evidence["cosine"]
    assert answer(viewer, {"alignment": f">= {cosine - 0.001:.4f}"}, "a blue circle").outcome == "pass"
    assert answer(viewer, {"alignment": {"at_least": min(1.0, cosine + 0.01)}}, "a blue circle").outcome == "fail"
    assert answer(viewer, {"alignment": ">= -1"}, " ").outcome == "inconclusive"


def test_a_text_that_is_cut_is_noted(weights: Path) -> None:
    viewer = opened(weights)
    for _ in range(2):
        found = answer(viewer, {"alignment": ">= -1"}, "a red circle " * 9)
        assert found.evidence is not None
        assert "text" in found.evidence
    short = answer(viewer, {"alignment": ">= -1"}, "a red circle")
    assert short.evidence is not None
    assert "text" not in short.evidence


def test_similarity_needs_an_accepted_image(weights: Path) -> None:
    viewer = opened(weights)
    check = {"similar_to_baseline": ">= 0.99"}
    assert answer(viewer, check).outcome == "inconclusive"
    assert answer(viewer, check, accepted=noise()).outcome == "pass"
    assert answer(viewer, check, accepted=noise(seed=1)).outcome == "fail"


def test_a_model_without_texts_answers_no_alignment(tmp_path: Path) -> None:
    viewer = opened(tiny(tmp_path, text_width=None))
    assert answer(viewer, {"alignment": ">= 0"}).outcome == "unsupported"
    assert answer(viewer, {"similar_to_baseline": ">= 0"}, accepted=noise()).outcome == "pass"


def test_a_pair_of_other_sizes_has_no_cosine(tmp_path: Path) -> None:
    with pytest.raises(ViewerError):
        answer(opened(tiny(tmp_path, width=8, text_width=6)), {"alignment": ">= 0"})


def test_a_vector_of_no_numbers_is_missing(tmp_path: Path) -> None:
    viewer = opened(tiny(tmp_path, nan=True))
    with pytest.raises(ViewerError):
        viewer.vector(ViewedImage(noise()))
    with pytest.raises(ViewerError):
        viewer.distance(ViewedImage(noise()), ViewedImage(noise(seed=1)))


@pytest.mark.parametrize("shape", [(1, 1, 3), (4000, 4000, 3), (1, 4000, 3), (4000, 1, 4)])
def test_any_size_has_a_vector(weights: Path, shape: tuple[int, int, int]) -> None:
    pixels = np.broadcast_to(np.arange(shape[1], dtype=np.uint8)[None, :, None], shape).copy()
    assert np.isfinite(opened(weights).vector(ViewedImage(pixels))).all()


@given(level=st.integers(0, 255), alpha=st.sampled_from([0, 255]))
@settings(max_examples=20, deadline=None)
def test_what_is_transparent_is_white(weights: Path, level: int, alpha: int) -> None:
    shown = np.full((20, 30, 4), level, np.uint8)
    shown[:, :, 3] = alpha
    seen = np.full((20, 30, 3), level if alpha else 255, np.uint8)
    viewer = opened(weights)
    assert np.array_equal(viewer.vector(ViewedImage(shown)), viewer.vector(ViewedImage(seen)))


def test_weights_and_preprocessing_are_the_judge(weights: Path, tmp_path: Path) -> None:
    same, other = tiny(tmp_path / "same"), tiny(tmp_path / "other", seed=1)
    assert opened(weights).judge == opened(same).judge
    assert opened(weights).judge != opened(other).judge
    stated = json.loads((same / "preprocessor_config.json").read_text())
    (same / "preprocessor_config.json").write_text(json.dumps({**stated, "resample": 2}))
    assert opened(weights).judge != opened(same).judge


def test_one_file_may_be_named(weights: Path) -> None:
    image = ViewedImage(noise())
    alone = opened(weights / "vision_model.onnx")
    assert np.array_equal(alone.vector(image), opened(weights).vector(image))


def test_the_layout_of_a_hub_is_found(tmp_path: Path) -> None:
    made = tiny(tmp_path / "made")
    (made / "onnx").mkdir()
    for path in made.glob("*.onnx"):
        path.rename(made / "onnx" / path.name)
    viewer = opened(made)
    assert answer(viewer, {"alignment": ">= -1"}).outcome == "pass"
    assert viewer.recipe["preprocessing"]["height"] == SIDE


@pytest.mark.parametrize(
    "options",
    [
        {"model": "no/such/folder"},
        {"model": "openai/clip-vit-base-patch32"},
        {"model": "openai/clip-vit-base-patch32", "revision": "main"},
        {"model": "openai/clip-vit-base-patch32", "revision": "A" * 40},
        {"model": "./weights", "revision": "a" * 40},
        {"model": ".", "backend": "tensorflow"},
    ],
)
def test_options_that_pin_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadViewerError) as caught:
        open_viewer(ViewerSpec("clip", "embedding", {"backend": "onnx", **options}))
    assert caught.value.hint


def test_a_commit_of_a_hub_is_an_address() -> None:
    kind = viewer_kind("embedding")
    stated = {"backend": "onnx", "model": "openai/clip-vit-base-patch32", "revision": "3d74acf9" * 5}
    assert kind.options.located(stated, Path("suites")) == stated
    assert kind.options.read("clip", stated).revision == stated["revision"]
    local = {"backend": "onnx", "model": "weights"}
    assert kind.options.located(local, Path("suites"))["model"] == str(Path("suites/weights"))


FILES = ("vision_model.onnx", "text_model.onnx", "tokenizer.json", "preprocessor_config.json")


@pytest.mark.parametrize("broken", FILES)
@pytest.mark.parametrize("content", [None, b"", b"[1]", b"\x00\xff"])
def test_weights_that_are_no_model_are_refused(tmp_path: Path, broken: str, content: bytes | None) -> None:
    folder = tiny(tmp_path)
    (folder / broken).unlink()
    if content is not None:
        (folder / broken).write_bytes(content)
    if content is None and broken == "text_model.onnx":
        assert not opened(folder).opened().reads_text
        return
    with pytest.raises(EncoderWeightsError) as caught:
        opened(folder).opened()
    assert caught.value.hint


def test_an_encoder_of_texts_is_no_encoder_of_images(weights: Path) -> None:
    with pytest.raises(EncoderWeightsError):
        opened(weights / "text_model.onnx").opened()


@pytest.mark.parametrize(
    ("backend", "extra"), [("onnx", "embedding-onnx"), ("transformers", "embedding"), ("open_clip", "embedding")]
)
def test_what_is_not_installed_is_named(
    weights: Path, monkeypatch: pytest.MonkeyPatch, backend: str, extra: str
) -> None:
    monkeypatch.setattr(kinds_module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as caught:
        open_viewer(ViewerSpec("clip", "embedding", {"backend": backend, "model": str(weights)}))
    assert caught.value.hint == f"pip install 'image-harness[{extra}]'"


@pytest.mark.parametrize(
    "written",
    [
        {"alignment": "<= 0.25"},
        {"alignment": ">= 1.5"},
        {"alignment": 0.25},
        {"alignment": {"to": "a fox"}},
        {"alignment": {"at_least": 0.2, "upto": 1}},
        {"alignment": {"at_least": float("nan")}},
        {"similar_to_baseline": {"at_least": 0.9}},
        {"similar_to_baseline": ">= 0.9", "paired": True},
        {"alignment": ">= 0.2", "paired": "yes"},
    ],
)
def test_checks_that_say_nothing_are_refused(written: dict[str, Any]) -> None:
    with pytest.raises(CheckError):
        parse_check(written)


OPEN_CLIP = {"model_cfg": {"vision_cfg": {"image_size": SIDE}}, "preprocess_cfg": {"mean": MEAN, "std": STD}}
BOTH_SIDES = {"height": SIDE, "width": SIDE}


@pytest.mark.parametrize(
    ("stated", "mode"),
    [
        ({"size": SIDE, "crop_size": SIDE, "do_center_crop": True}, "crop"),
        ({"size": {"shortest_edge": 20}, "crop_size": BOTH_SIDES, "do_center_crop": True}, "crop"),
        ({"size": BOTH_SIDES}, "squash"),
        ({"size": SIDE}, "squash"),
    ],
)
def test_the_configuration_of_transformers_is_read(tmp_path: Path, stated: dict[str, Any], mode: str) -> None:
    levels = {"image_mean": MEAN, "image_std": STD, "resample": 2}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({**stated, **levels}))
    found = preprocessing_of(Weights("clip", tmp_path))
    assert (found.mode, found.filter, found.height, found.mean) == (mode, "bilinear", SIDE, MEAN)
    assert found(noise()).shape == (1, 3, SIDE, SIDE)


@pytest.mark.parametrize(
    ("resize", "mode"), [(None, "crop"), ("shortest", "crop"), ("squash", "squash"), ("longest", "pad")]
)
def test_the_configuration_of_open_clip_is_read(tmp_path: Path, resize: str | None, mode: str) -> None:
    stated = json.loads(json.dumps(OPEN_CLIP))
    if resize is not None:
        stated["preprocess_cfg"]["resize_mode"] = resize
    (tmp_path / "open_clip_config.json").write_text(json.dumps(stated))
    found = preprocessing_of(Weights("clip", tmp_path))
    assert (found.mode, found.filter) == (mode, "bicubic")
    assert found(noise(7, 90)).shape == (1, 3, SIDE, SIDE)


@pytest.mark.parametrize(
    "stated",
    [
        {"size": {"longest_edge": 16}},
        {"size": {"shortest_edge": 16}},
        {"size": BOTH_SIDES, "do_resize": False},
        {"size": {"height": 0, "width": 16}},
        {"size": {"height": 90_000, "width": 16}},
        {"size": BOTH_SIDES, "resample": 9},
        {"size": BOTH_SIDES, "image_std": [0, 1, 1]},
        {"size": BOTH_SIDES, "image_mean": [0.5]},
    ],
)
def test_a_configuration_that_is_not_understood_is_refused(tmp_path: Path, stated: dict[str, Any]) -> None:
    levels = {"image_mean": MEAN, "image_std": STD}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({**levels, **stated}))
    with pytest.raises(EncoderWeightsError):
        preprocessing_of(Weights("clip", tmp_path))


@given(height=st.integers(1, 60), width=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_a_crop_is_the_middle_of_the_resized_image(height: int, width: int) -> None:
    from PIL import Image

    pixels = noise(height, width)
    made = Preprocessing(SIDE, SIDE, SIDE, "crop", "bicubic", (0.0,) * 3, (1.0,) * 3)
    shorter = min(height, width)
    whole = Image.fromarray(pixels).resize((int(SIDE * width / shorter), int(SIDE * height / shorter)), 3)
    left, top = ((side - SIDE) // 2 for side in whole.size)
    expected = np.asarray(whole.crop((left, top, left + SIDE, top + SIDE)), np.float32)
    found = made(pixels)[0].transpose(1, 2, 0) * 255
    if max(whole.size) <= 16 * SIDE:
        assert np.abs(found - expected).max() < 0.01
    else:
        assert np.abs(found - expected).mean() <= 8
