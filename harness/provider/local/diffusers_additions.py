"""What is added to a loaded pipeline, in the order in which it works: attention, LoRA, IP-Adapter, ControlNet,
compilation; each recorded with the digest of its weights."""

import inspect
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from harness.provider.local.diffusers_guidance import denoisers_of
from harness.provider.local.diffusers_options import DiffusersOptions
from harness.provider.local.diffusers_parts import Source
from harness.provider.local.diffusers_weights import commit_of, commit_of_file, state_digest
from harness.provider.local.identity import digest_of_file


def add(options: DiffusersOptions, root: Path, pipeline: Any) -> tuple[Any, dict[str, Any]]:
    """Add to the pipeline what the options name. Returns the ControlNet (None without) and what to record. Raises
    ValueError, and whatever the libraries raise."""
    story: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        denoisers = denoisers_of(pipeline)
        if options.attention_processor is not None:
            _set_processors(options.attention_processor, denoisers)
        if options.attention_backend is not None:
            for part in denoisers.values():
                part.set_attention_backend(options.attention_backend)
            story["attention_backend"] = options.attention_backend
        if options.loras:
            story |= {"loras": _add_loras(options, root, pipeline), "peft": version("peft")}
        if options.ip_adapter is not None:
            story["ip_adapter"] = _add_ip_adapter(options, root, pipeline)
        controlnet = None
        if options.controlnet is not None:
            controlnet, story["controlnet"] = _controlnet(options, root, pipeline)
        if processors := _processors(denoisers):
            story["attention_processors"] = processors
        if options.compile:
            _compile(options.compile, denoisers)
            story["compile"] = dict(options.compile)
    return controlnet, story


def _set_processors(name: str, denoisers: Mapping[str, Any]) -> None:
    from diffusers.models import attention_processor

    kind = getattr(attention_processor, name, None)
    if not isinstance(kind, type) or not denoisers:
        raise ValueError(f"diffusers has no attention processor `{name}`")
    for part in denoisers.values():
        part.set_attn_processor(kind())


def _processors(denoisers: Mapping[str, Any]) -> list[str]:
    """Return the classes of the attention processors in use, each once."""
    found = [getattr(part, "attn_processors", {}).values() for part in denoisers.values()]
    return sorted({type(processor).__name__ for processors in found for processor in processors})


def _add_loras(options: DiffusersOptions, root: Path, pipeline: Any) -> list[dict[str, Any]]:
    story = []
    for number, lora in enumerate(options.loras):
        place, digest = _weights_file(lora, options, root)
        pipeline.load_lora_weights(**place, adapter_name=f"lora_{number}")
        story.append({"name": Path(lora.model).name, **digest, "scale": lora.scale})
    pipeline.set_adapters([f"lora_{number}" for number in range(len(story))], [lora.scale for lora in options.loras])
    return story


def _add_ip_adapter(options: DiffusersOptions, root: Path, pipeline: Any) -> dict[str, Any]:
    adapter = options.ip_adapter
    assert adapter is not None
    place, digest = _weights_file(adapter, options, root)
    taken = inspect.signature(pipeline.load_ip_adapter).parameters
    if "image_encoder_folder" in taken:
        encoder = {"image_encoder_folder": adapter.image_encoder}
    else:
        encoder = {"image_encoder_pretrained_model_name_or_path": _located(adapter.image_encoder, root)}
    given = place.pop("pretrained_model_name_or_path_or_dict")
    pipeline.load_ip_adapter(given, **{"subfolder": "", **place}, **encoder)
    story = {"name": Path(adapter.model).name, **digest}
    if isinstance(found := pipeline.components.get("image_encoder"), torch.nn.Module):
        story["image_encoder"] = state_digest(found)
    return story


def _controlnet(options: DiffusersOptions, root: Path, pipeline: Any) -> tuple[Any, dict[str, Any]]:
    import diffusers

    source = options.controlnet
    assert source is not None
    place = _located(source.model, root)
    found = diffusers.AutoModel.from_pretrained(
        place, torch_dtype=pipeline.dtype, local_files_only=options.local_files_only,
        **_given(revision=source.revision, subfolder=source.subfolder),
    ).to(pipeline.device)  # fmt: skip
    commit = _given(revision=commit_of(source.model, source.revision, source.subfolder))
    story = {"name": Path(source.model).name, "class": type(found).__name__, "digest": state_digest(found), **commit}
    return found, story


def _compile(settings: Mapping[str, Any], denoisers: Mapping[str, Any]) -> None:
    """Compile the denoisers; ``regional`` only their repeated blocks. The pass is compiled, not the module, so that
    what counts the passes sees them."""
    further = {key: value for key, value in settings.items() if key != "regional"}
    for part in denoisers.values():
        if settings.get("regional"):
            part.compile_repeated_blocks(**further)
        else:
            part.forward = torch.compile(part.forward, **further)


def _weights_file(source: Source, options: DiffusersOptions, root: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the arguments that name the file of some weights, and its digest, with the commit of the hub."""
    place = Path(_located(source.model, root))
    if place.is_file():
        arguments: dict[str, Any] = {"pretrained_model_name_or_path_or_dict": str(place.parent)}
        return arguments | {"weight_name": place.name, "local_files_only": True}, {"digest": digest_of_file(place)}
    if source.weight_name is None:
        raise ValueError(f"there is no file {source.model}; of a folder or a model of the hub say `weight_name`")
    inside = _given(subfolder=source.subfolder, revision=source.revision)
    named = {"weight_name": source.weight_name, "local_files_only": options.local_files_only, **inside}
    if place.is_dir():
        file = place / (source.subfolder or "") / source.weight_name
        return {"pretrained_model_name_or_path_or_dict": str(place), **named}, {"digest": digest_of_file(file)}
    from huggingface_hub import hf_hub_download

    file = Path(hf_hub_download(source.model, source.weight_name, local_files_only=options.local_files_only, **inside))
    commit = _given(revision=commit_of_file(file))
    return {"pretrained_model_name_or_path_or_dict": source.model, **named}, {"digest": digest_of_file(file), **commit}


def _located(model: str, root: Path) -> str:
    """Return the path of a file or folder below the root, or the name of a model of the hub as it is."""
    place = (root / model).expanduser()
    return str(place) if place.exists() else model


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
