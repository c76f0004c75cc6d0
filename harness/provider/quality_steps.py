"""Quality as a number of steps, for the systems whose samplers take one."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from harness.provider.options import ProviderOptions
from harness.vocabulary import NEUTRAL, Quality, values_of

QUALITY_STEPS: Mapping[str, int] = {Quality.DRAFT: 10, Quality.STANDARD: 30, Quality.HD: 60}
QualityWord = Annotated[Quality, Field(strict=False), WithJsonSchema({"enum": list(values_of(Quality))})]
Steps = Annotated[int, Field(ge=1, le=10_000)]


class StepsOptions(ProviderOptions):
    """The options of a sampler."""

    quality: QualityWord | None = None
    """draft, standard or hd: as many steps as `quality_steps` says."""
    quality_steps: Annotated[
        dict[QualityWord, Steps],
        Field(min_length=1),
        WithJsonSchema(
            {"type": "object", "properties": {name: {"type": "integer", "minimum": 1} for name in values_of(Quality)}}
        ),
    ] = Field(default_factory=lambda: {Quality(word): steps for word, steps in QUALITY_STEPS.items()})
    """Steps of each quality, such as {draft: 1, standard: 4, hd: 8} for a distilled model."""
    steps: Steps | None = None
    """Steps of the sampler; overrides `quality`."""
    guidance: Annotated[float, Field(ge=0)] | None = None
    """How strictly the prompt is followed."""

    def steps_of(self, words: Mapping[str, Any]) -> int | None:
        """Return the steps that a recipe asks for: ``steps`` itself, else those of its ``quality``, else None."""
        steps, quality = words.get("steps"), str(words.get("quality"))
        if steps is not None or quality not in QUALITY_STEPS:
            return steps
        return self.quality_steps.get(Quality(quality), QUALITY_STEPS[quality])


def overruled(words: Mapping[str, Any]) -> list[str]:
    """Return the words that change nothing beside ``steps``: a quality, which is nothing but a number of steps."""
    return ["quality"] if words.get("steps") is not None and words.get("quality") not in (None, NEUTRAL) else []
