"""Field names of a request and of a subject, shared by suites, recipes and providers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

REQUEST_FIELDS = (
    "prompt", "seed", "size", "negative_prompt", "input_image", "input_images", "mask", "strength", "ask",
)  # fmt: skip
"""What a request may bring. A provider that honors any setting honors none of these by that."""
NEEDED_FIELDS = ("input_image", "input_images", "mask", "strength", "ask")
"""Fields that cannot be left out: a provider that does not honor one is not asked."""
MEANINGS: Mapping[str, str] = {
    "quality": "Quality tier; each provider maps it to its own.",
    "style": "Style, in the provider's words.",
    "background": "The background; auto leaves it to the provider.",
    "format": "The file format asked of the provider.",
    "output_compression": "Quality of a JPEG or WebP file, in percent.",
    "input_fidelity": "How closely an edit keeps to its input images: low or high.",
    "moderation": "How strictly the provider filters what is shown: auto or low.",
    "partial_images": "Previews that are streamed before the image; they are counted, and may cost.",
    "n": "Samples of a set (`drift: set`) that one call asks for, each judged as an image of its own.",
    "guidance": "How strictly the prompt is followed.",
    "steps": "Steps of the sampler.",
}
"""What the settings of the common vocabulary mean: each provider reads them in its own way."""
SUBJECT_FIELDS = tuple(MEANINGS)
"""The settings of the common vocabulary."""
RANGES: Mapping[str, tuple[int, int]] = {"output_compression": (0, 100), "partial_images": (0, 3), "n": (1, 10)}
"""The least and the greatest value of those that are whole numbers with bounds."""
ANY_SETTING = "*"
"""Among what a provider honors: every setting."""
ONLY_BY_NAME = frozenset({*REQUEST_FIELDS, "n"})
"""What a provider that honors any setting honors only if it says so."""
NEUTRAL = "auto"
"""The value of a setting that leaves it to the provider: it asks for nothing."""
_NOTHING = {"n": 1, "partial_images": 0}


def is_neutral(name: str, value: Any) -> bool:
    """Return whether a value of a setting asks for nothing."""
    return value is None or value == NEUTRAL or (name in _NOTHING and value == _NOTHING[name])


class Quality(StrEnum):
    """The tiers of ``quality``."""

    DRAFT = "draft"
    STANDARD = "standard"
    HD = "hd"


class BackgroundKind(StrEnum):
    """The background of what is generated."""

    AUTO = NEUTRAL
    TRANSPARENT = "transparent"
    OPAQUE = "opaque"


class ImageFormat(StrEnum):
    """The file formats that a provider may be asked for."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


class InputFidelity(StrEnum):
    """How closely an edit keeps to its input images."""

    LOW = "low"
    HIGH = "high"


class Moderation(StrEnum):
    """How strictly a provider filters what is shown."""

    AUTO = NEUTRAL
    LOW = "low"


def values_of(kind: type[StrEnum]) -> tuple[str, ...]:
    """Return the words of an enumeration as plain text, in its order."""
    return tuple(member.value for member in kind)
