"""What can be added to a pipeline, as options: LoRA, IP-Adapter, ControlNet, quantization, compilation. Read without
importing any of it."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue, WithJsonSchema

from harness.provider.options import OptionRecord, Text

COMMIT = re.compile(r"[0-9a-f]{40}")
"""A revision of the hub that cannot move."""


class Source(OptionRecord):
    """Weights that are added to a pipeline."""

    model: Text
    """A file or folder, or a name on the hub that is in the local cache."""
    revision: Text | None = None
    """Revision of a model of the hub."""
    subfolder: Text | None = None
    """Folder within the model."""
    weight_name: Text | None = None
    """Name of the file with the weights; required where the model is not a file."""


class Lora(Source):
    """A LoRA."""

    scale: float = 1.0
    """How strongly it counts."""


class IpAdapter(Source):
    """An IP-Adapter."""

    image_encoder: Text = "image_encoder"
    """Folder of the image encoder within the model, or a model of its own where the pipeline takes one (Flux)."""


class Quantization(OptionRecord):
    """Quantization while the weights are loaded."""

    backend: Text
    """bitsandbytes_4bit, bitsandbytes_8bit, torchao, quanto, …: what the installed diffusers has."""
    components: list[Text] = Field(default_factory=list)
    """Which parts of the pipeline; without it the denoiser (unet or transformer)."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Further arguments of the backend's configuration, such as {bnb_4bit_quant_type: nf4}; torchao takes the name of
    its class as quant_type."""


def _a_model(value: Any) -> Any:
    return {"model": value} if isinstance(value, str) else value


_NAME_OR_MAPPING = (BeforeValidator(_a_model), WithJsonSchema({"type": ["string", "object"]}))
ASource = Annotated[Source, *_NAME_OR_MAPPING]
"""A model by its name, or a mapping."""
ALora = Annotated[Lora, *_NAME_OR_MAPPING]
"""A LoRA by its name, or a mapping."""
AnIpAdapter = Annotated[IpAdapter, *_NAME_OR_MAPPING]
"""An IP-Adapter by its name, or a mapping."""
