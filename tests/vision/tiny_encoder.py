"""Tiny encoders of images and texts as ONNX files, of random weights: real models that real runtimes load."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

SIDE, WORDS, LENGTH = 16, ("[PAD]", "[UNK]", "a", "red", "blue", "circle", "fox"), 8
MEAN, STD = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)


def tiny(folder: Path, *, seed: int = 0, width: int = 8, text_width: int | None = 8, nan: bool = False) -> Path:
    """Write a model of ``width`` numbers for an image and ``text_width`` for a text (None: no texts); return its
    folder. With ``nan`` its vectors are no numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    weights = random.normal(size=(3 * SIDE * SIDE, width)).astype(np.float32)
    if nan:
        weights[:] = np.nan
    nodes = [
        helper.make_node("Flatten", ["pixel_values"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["image_embeds"]),
    ]
    pixels = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    _write(folder / "vision_model.onnx", nodes, [pixels], ("image_embeds", width), {"weights": weights})
    if text_width is not None:
        table = random.normal(size=(len(WORDS), text_width)).astype(np.float32)
        nodes = [
            helper.make_node("Gather", ["table", "input_ids"], ["words"]),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
            helper.make_node("Mul", ["words", "column"], ["masked"]),
            helper.make_node("ReduceSum", ["masked", "tokens"], ["text_embeds"], keepdims=0),
        ]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", LENGTH])
            for name in ("input_ids", "attention_mask")
        ]
        axes = {"last": np.array([2], np.int64), "tokens": np.array([1], np.int64)}
        _write(folder / "text_model.onnx", nodes, inputs, ("text_embeds", text_width), {"table": table, **axes})
        tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, "[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.save(str(folder / "tokenizer.json"))
        settings = {"model_max_length": LENGTH, "pad_token": "[PAD]"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    preprocessing = {
        "size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}, "do_center_crop": True,
        "resample": 3, "image_mean": MEAN, "image_std": STD,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing))
    return folder


def _write(path: Path, nodes: list, inputs: list, output: tuple[str, int], tensors: dict[str, np.ndarray]) -> None:
    out = helper.make_tensor_value_info(output[0], TensorProto.FLOAT, ["n", output[1]])
    held = [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, path.stem, inputs, [out], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
