"""Field names of a request and of a subject, shared by suites, recipes and providers."""

from enum import StrEnum

REQUEST_FIELDS = ("prompt", "seed", "size", "negative_prompt", "input_image", "mask", "strength", "ask")
"""What a request may bring. A provider that honors any setting honors none of these by that."""
NEEDED_FIELDS = ("input_image", "mask", "strength", "ask")
"""Fields that cannot be left out: a provider that does not honor one is not asked."""
SUBJECT_FIELDS = ("quality", "style", "background", "format", "guidance", "steps")
"""The common vocabulary of settings, that each provider reads in its own way."""
ANY_SETTING = "*"
"""Among what a provider honors: every setting."""
NEUTRAL = "auto"
"""The value of a setting that leaves it to the provider: it asks for nothing."""


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


def values_of(kind: type[StrEnum]) -> tuple[str, ...]:
    """Return the words of an enumeration as plain text, in its order."""
    return tuple(member.value for member in kind)
