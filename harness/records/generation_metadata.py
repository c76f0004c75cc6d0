"""What an image file says of its own generation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class GenerationMetadata:
    """The recipe that a tool stored in an image, as far as it could be read."""

    tool: str
    """``automatic1111`` (also Forge and others that write its format), ``comfyui``, ``invokeai``, ``image-harness``."""
    prompt: str
    """What the image was to show."""
    negative_prompt: str = ""
    """What it was not to show."""
    seed: int | None = None
    """None where it is not stored."""
    size: tuple[int, int] | None = None
    """Width and height in pixels as asked for; the image itself may be larger."""
    model: str | None = None
    """The model's name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All else, by plain names (``steps``, ``guidance``, ``sampler``, ``model_hash`` …), as JSON values."""
    notes: tuple[str, ...] = ()
    """What is stored and could not be read as one recipe."""
