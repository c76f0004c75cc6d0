"""Types of fields that several APIs share."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from harness.gateway.recipes import GREATEST_SEED, MOST_IMAGES
from harness.vocabulary import Quality


class Described(BaseModel):
    """A model whose fields are described by the texts below them."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Open(BaseModel):
    """A model with further fields."""

    model_config = ConfigDict(extra="allow")


def _whole(value: Any) -> Any:
    """Refuse what pydantic would turn into a number: JSON Schema says that these are none."""
    if isinstance(value, (bool, str)):
        raise ValueError("it must be a number")  # noqa: TRY004 -- what pydantic reports
    return value


Whole = BeforeValidator(_whole)
Seed = Annotated[int, Field(ge=0, le=GREATEST_SEED), Whole]
Count = Annotated[int, Field(ge=1, le=MOST_IMAGES), Whole]
Compression = Annotated[int, Field(ge=0, le=100), Whole]
Steps = Annotated[int, Field(ge=1, le=1000), Whole]
Guidance = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), Whole]
Strength = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), Whole]
PartialImages = Annotated[int, Field(ge=0, le=3), Whole]
LONGEST_PROMPT = 32_000
"""Characters, as in OpenAI's API; a provider may accept fewer."""
Prompt = Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT, examples=["a red circle left of a blue square"])]
NegativePrompt = Annotated[str, Field(max_length=LONGEST_PROMPT)]
Word = Annotated[str, Field(max_length=200)]
Size = Annotated[str, Field(pattern=r"^(auto|[1-9][0-9]{0,3}x[1-9][0-9]{0,3})$", examples=["256x256"])]
BackgroundName = Literal["auto", "transparent", "opaque"]
FormatName = Literal["png", "jpeg", "webp"]
QualityName = Literal["auto", "low", "medium", "high", "draft", "standard", "hd"]
QUALITIES: Mapping[str, Quality | None] = {
    "auto": None,
    "low": Quality.DRAFT,
    "medium": Quality.STANDARD,
    "high": Quality.HD,
    **{quality.value: quality for quality in Quality},
}
"""The tiers behind the words of OpenAI's and OpenRouter's APIs."""
LEVELS = {Quality.DRAFT: "low", Quality.STANDARD: "medium", Quality.HD: "high"}
"""The words of OpenAI's replies, by tier."""


def _boolean(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError("it must be true or false")  # noqa: TRY004 -- what pydantic reports
    return value


Flag = Annotated[bool, BeforeValidator(_boolean)]


TEXT, ITEMS = "text", "items"


def is_text(value: Any) -> str:
    """Return the tag of a value that is a text or a list: a fault is then reported of the one that it is."""
    return TEXT if isinstance(value, str) else ITEMS


def quality_of(name: str | None) -> Quality | None:
    """Return the tier of a quality name; None leaves it to the provider."""
    return None if name is None else QUALITIES[name]
