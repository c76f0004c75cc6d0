"""Quantization of a pipeline's weights while they are loaded, by whatever backend the installed libraries have."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.provider.local.diffusers_options import DiffusersOptions
from harness.provider.local.diffusers_parts import Quantization

_BITS = {"bitsandbytes_4bit": {"load_in_4bit": True}, "bitsandbytes_8bit": {"load_in_8bit": True}}


def quantization_of(asked: Quantization, kind: Any, place: str | Path, options: DiffusersOptions) -> Any:
    """Return the configuration for ``from_pretrained`` of a pipeline: each component by the class of its own library.

    Raises ValueError for a backend or a component that there is not, and whatever the libraries raise for settings.
    """
    from diffusers import PipelineQuantizationConfig
    from diffusers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING as OF_DIFFUSERS
    from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING as OF_TRANSFORMERS

    further = {"revision": options.revision} if options.revision else {}
    config = kind.load_config(place, local_files_only=options.local_files_only, **further)
    parts = {name: entry[0] for name, entry in config.items() if isinstance(entry, (list, tuple)) and len(entry) == 2}
    names = asked.components or [name for name in parts if name.startswith(("unet", "transformer"))]
    mapping = {}
    for name in names:
        if name not in parts:
            raise ValueError(f"the pipeline has no component `{name}`, but {', '.join(sorted(parts))}")
        known: Mapping[str, Any] = OF_TRANSFORMERS if parts[name] == "transformers" else OF_DIFFUSERS
        if asked.backend not in known:
            raise ValueError(f"there is no quantization `{asked.backend}`, but {', '.join(sorted(known))}")
        mapping[name] = known[asked.backend](**_BITS.get(asked.backend, {}), **_settings(asked))
    return PipelineQuantizationConfig(quant_mapping=mapping)


def _settings(asked: Quantization) -> dict[str, Any]:
    """Return the arguments of the configuration; torchao's kind is an object of a class of its own."""
    settings = dict(asked.settings)
    if asked.backend == "torchao" and isinstance(settings.get("quant_type"), str):
        import torchao.quantization

        settings["quant_type"] = getattr(torchao.quantization, str(settings["quant_type"]))()
    return settings
