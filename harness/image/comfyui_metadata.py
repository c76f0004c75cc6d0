"""The recipe in a graph of ComfyUI: from the sampler backwards along its links."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.records import GenerationMetadata

_SEEDS = ("seed", "noise_seed")
_TEXTS = ("text", "text_g", "clip_l", "t5xxl", "string", "value", "prompt")
_MODELS = ("ckpt_name", "unet_name", "model_name")
_SETTINGS = {"steps": "steps", "cfg": "guidance", "guidance": "guidance", "sampler_name": "sampler",
             "scheduler": "scheduler", "denoise": "strength"}  # fmt: skip
Nodes = Mapping[str, Any]


def comfyui_metadata(nodes: Nodes) -> GenerationMetadata:
    """Return the recipe of a graph in the API's format: that of the first node with a seed and a positive prompt.

    The prompts are the texts that its inputs ``positive`` and ``negative`` lead to. What a graph does beside that is
    not read: it is a program, and ``workflow:`` of the provider ``comfyui`` runs it whole.
    """
    samplers = [key for key, node in nodes.items() if _is_sampler(node)]
    if not samplers:
        return GenerationMetadata("comfyui", "", notes=("no sampler was found in its graph",))
    key = samplers[0]
    positive = _texts(nodes, key, ("positive", "guider", "conditioning"))
    negative = _texts(nodes, key, ("negative",))
    notes = []
    if len(samplers) > 1:
        notes.append(f"its graph has {len(samplers)} samplers: this is node {key}")
    if len(positive) > 1:
        notes.append(f"its prompt is made of {len(positive)} texts")
    if not positive:
        notes.append("its prompt is no text of the graph")
    reached = [node.get("inputs", {}) for node in _behind(nodes, key)]
    width, height = (_first(reached, (name,), int) for name in ("width", "height"))
    settings = {name: value for source, name in _SETTINGS.items()
                if (value := _first(reached, (source,), (int, float, str))) is not None}  # fmt: skip
    return GenerationMetadata(
        "comfyui",
        "\n".join(positive),
        "\n".join(negative),
        _first(reached, _SEEDS, int),
        None if width is None or height is None else (width, height),
        _first(reached, _MODELS, str),
        settings,
        tuple(notes),
    )


def _is_sampler(node: Any) -> bool:
    inputs = node.get("inputs", {}) if isinstance(node, Mapping) else {}
    if not isinstance(inputs, Mapping):
        return False
    return ("positive" in inputs and any(name in inputs for name in _SEEDS)) or {"noise", "guider"} <= set(inputs)


def _texts(nodes: Nodes, key: str, names: tuple[str, ...]) -> list[str]:
    """Return the texts behind these inputs of a node, in the order they are met, each once."""
    inputs = nodes[key]["inputs"]
    found: dict[str, None] = {}
    for name in names:
        for start in _linked(nodes, inputs.get(name)):
            for node in _behind(nodes, start, skip=("negative", "model", "clip", "latent_image", "vae")):
                for field in _TEXTS:
                    text = node.get("inputs", {}).get(field)
                    if isinstance(text, str) and text.strip():
                        found[text.strip()] = None
    return list(found)


def _behind(nodes: Nodes, key: str, skip: tuple[str, ...] = ()) -> Iterator[Mapping[str, Any]]:
    """Yield a node and those that its links lead to, near ones first, each once."""
    waiting, seen = [key], {key}
    for current in waiting:
        node = nodes[current]
        yield node
        for name, value in node.get("inputs", {}).items():
            for following in () if name in skip else _linked(nodes, value):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)


def _linked(nodes: Nodes, value: Any) -> Iterator[str]:
    """Yield the node that an input leads to: a link is ``[node, number of its output]``."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
        node = nodes.get(value[0])
        if isinstance(node, Mapping) and isinstance(node.get("inputs", {}), Mapping):
            yield value[0]


def _first(reached: list[Mapping[str, Any]], names: tuple[str, ...], kind: type | tuple[type, ...]) -> Any:
    values = (inputs[name] for inputs in reached for name in names if name in inputs)
    return next((value for value in values if isinstance(value, kind) and not isinstance(value, bool)), None)
