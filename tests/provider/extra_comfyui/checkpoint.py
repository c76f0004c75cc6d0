"""A random checkpoint of the first Stable Diffusion, with a network as small as ComfyUI recognizes.

    python -m tests.provider.extra_comfyui.checkpoint models/checkpoints/tiny.safetensors [seed]

Text encoder and decoder have their full size, because a checkpoint does not say another; the network between them has
one level of one block. Its images show nothing, and depend on prompt, seed and weights as real ones do.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

Shape = tuple[int, ...]
CHANNELS, CONTEXT, TIME = 320, 768, 1280
LAYERS, VOCABULARY, POSITIONS = 12, 49408, 77
DECODER = ((512, 512), (512, 512), (512, 256), (256, 128))
"""Channels in and out of the decoder's levels, from the smallest image to the largest."""


def write_checkpoint(path: Path, seed: int = 0) -> None:
    """Write the weights as safetensors in half precision; equal seeds give equal files."""
    noise = np.random.default_rng(seed).standard_normal(1_000_003).astype(np.float16)
    header: dict[str, object] = {}
    at = 0
    shapes = dict(_all())
    for name, shape in shapes.items():
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for index, (name, shape) in enumerate(shapes.items()):
            file.write(_values(name, shape, np.roll(noise, 7919 * index)).tobytes())


def _values(name: str, shape: Shape, noise: np.ndarray) -> np.ndarray:
    if len(shape) == 1:
        return np.full(shape, float(name.endswith("weight")), np.float16)
    scale = 1 / math.sqrt(math.prod(shape[1:])) if "embedding" not in name else 0.02
    return np.resize(noise * np.float16(scale), shape)


def _all() -> Iterator[tuple[str, Shape]]:
    yield from _prefixed("model.diffusion_model.", _network())
    yield from _prefixed("cond_stage_model.transformer.text_model.", _text_encoder())
    yield from _prefixed("first_stage_model.", _decoder())


def _network() -> Iterator[tuple[str, Shape]]:
    yield from _layer("time_embed.0", TIME, CHANNELS)
    yield from _layer("time_embed.2", TIME, TIME)
    yield from _layer("input_blocks.0.0", CHANNELS, 4, 3, 3)
    for name, channels in (
        ("input_blocks.1", CHANNELS),
        ("middle_block", CHANNELS),
        ("output_blocks.0", 2 * CHANNELS),
        ("output_blocks.1", 2 * CHANNELS),
    ):
        yield from _prefixed(f"{name}.0.", _block(channels))
        yield from _prefixed(f"{name}.1.", _transformer())
    yield from _prefixed("middle_block.2.", _block(CHANNELS))
    yield from _layer("out.0", CHANNELS)
    yield from _layer("out.2", 4, CHANNELS, 3, 3)


def _block(channels: int) -> Iterator[tuple[str, Shape]]:
    yield from _layer("in_layers.0", channels)
    yield from _layer("in_layers.2", CHANNELS, channels, 3, 3)
    yield from _layer("emb_layers.1", CHANNELS, TIME)
    yield from _layer("out_layers.0", CHANNELS)
    yield from _layer("out_layers.3", CHANNELS, CHANNELS, 3, 3)
    if channels != CHANNELS:
        yield from _layer("skip_connection", CHANNELS, channels, 1, 1)


def _transformer() -> Iterator[tuple[str, Shape]]:
    yield from _layer("norm", CHANNELS)
    yield from _layer("proj_in", CHANNELS, CHANNELS, 1, 1)
    inner = "transformer_blocks.0."
    for attention, width in (("attn1", CHANNELS), ("attn2", CONTEXT)):
        yield f"{inner}{attention}.to_q.weight", (CHANNELS, CHANNELS)
        yield f"{inner}{attention}.to_k.weight", (CHANNELS, width)
        yield f"{inner}{attention}.to_v.weight", (CHANNELS, width)
        yield from _layer(f"{inner}{attention}.to_out.0", CHANNELS, CHANNELS)
    for norm in ("norm1", "norm2", "norm3"):
        yield from _layer(f"{inner}{norm}", CHANNELS)
    yield from _layer(f"{inner}ff.net.0.proj", 8 * CHANNELS, CHANNELS)
    yield from _layer(f"{inner}ff.net.2", CHANNELS, 4 * CHANNELS)
    yield from _layer("proj_out", CHANNELS, CHANNELS, 1, 1)


def _text_encoder() -> Iterator[tuple[str, Shape]]:
    yield "embeddings.token_embedding.weight", (VOCABULARY, CONTEXT)
    yield "embeddings.position_embedding.weight", (POSITIONS, CONTEXT)
    for layer in range(LAYERS):
        name = f"encoder.layers.{layer}."
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield from _layer(f"{name}self_attn.{part}", CONTEXT, CONTEXT)
        yield from _layer(f"{name}layer_norm1", CONTEXT)
        yield from _layer(f"{name}layer_norm2", CONTEXT)
        yield from _layer(f"{name}mlp.fc1", 4 * CONTEXT, CONTEXT)
        yield from _layer(f"{name}mlp.fc2", CONTEXT, 4 * CONTEXT)
    yield from _layer("final_layer_norm", CONTEXT)


def _decoder() -> Iterator[tuple[str, Shape]]:
    yield from _layer("post_quant_conv", 4, 4, 1, 1)
    yield from _layer("quant_conv", 8, 8, 1, 1)
    yield from _layer("decoder.conv_in", 512, 4, 3, 3)
    for block in ("block_1", "block_2"):
        yield from _prefixed(f"decoder.mid.{block}.", _resnet(512, 512))
    yield from _layer("decoder.mid.attn_1.norm", 512)
    for part in ("q", "k", "v", "proj_out"):
        yield from _layer(f"decoder.mid.attn_1.{part}", 512, 512, 1, 1)
    for level, (into, out) in enumerate(DECODER):
        name = f"decoder.up.{len(DECODER) - 1 - level}."
        for block in range(3):
            yield from _prefixed(f"{name}block.{block}.", _resnet(out if block else into, out))
        if level < len(DECODER) - 1:
            yield from _layer(f"{name}upsample.conv", out, out, 3, 3)
    yield from _layer("decoder.norm_out", 128)
    yield from _layer("decoder.conv_out", 3, 128, 3, 3)


def _resnet(into: int, out: int) -> Iterator[tuple[str, Shape]]:
    yield from _layer("norm1", into)
    yield from _layer("conv1", out, into, 3, 3)
    yield from _layer("norm2", out)
    yield from _layer("conv2", out, out, 3, 3)
    if into != out:
        yield from _layer("nin_shortcut", out, into, 1, 1)


def _layer(name: str, out: int, *into: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (out, *into)
    yield f"{name}.bias", (out,)


def _prefixed(prefix: str, entries: Iterator[tuple[str, Shape]]) -> Iterator[tuple[str, Shape]]:
    return ((prefix + name, shape) for name, shape in entries)


if __name__ == "__main__":
    write_checkpoint(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
