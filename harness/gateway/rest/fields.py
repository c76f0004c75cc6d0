"""Types of fields that several APIs share."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from harness.gateway.recipes import GREATEST_SEED, MOST_IMAGES
from harness.vocabulary import Quality


def _whole(value: Any) -> Any:
    """Refuse what pydantic would turn into an integer: JSON Schema says that these are none."""
    if isinstance(value, (bool, str)):
        raise ValueError("it must be an integer")  # noqa: TRY004 -- what pydantic reports
    return value


Whole = BeforeValidator(_whole)
Seed = Annotated[int, Field(ge=0, le=GREATEST_SEED), Whole]
Count = Annotated[int, Field(ge=1, le=MOST_IMAGES), Whole]
Compression = Annotated[int, Field(ge=1, le=100), Whole]
PartialImages = Annotated[int, Field(ge=0, le=3), Whole]
QualityName = Literal["auto", "low", "medium", "high", "draft", "standard", "hd"]
QUALITIES: Mapping[str, Quality | None] = {
    "auto": None,
    "low": Quality.DRAFT,
    "medium": Quality.STANDARD,
    "high": Quality.HD,
    **{quality.value: quality for quality in Quality},
}
"""The tiers behind the words of OpenAI's and OpenRouter's APIs."""


def quality_of(name: str | None) -> Quality | None:
    """Return the tier of a quality name; None leaves it to the provider."""
    return None if name is None else QUALITIES[name]
