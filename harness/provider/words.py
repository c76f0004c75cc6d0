"""Words of the common vocabulary as options of a kind: a kind takes those that it has words for."""

from typing import Annotated, Any

from pydantic import Field

from harness.provider.options import ProviderOptions, one_of
from harness.vocabulary import MEANINGS, RANGES, InputFidelity, Moderation, values_of


def _whole(name: str) -> Any:
    low, high = RANGES[name]
    return Field(None, ge=low, le=high, description=MEANINGS[name])


class SamplesOption(ProviderOptions):
    """Several samples by one call."""

    n: int | None = _whole("n")


class CompressionOption(ProviderOptions):
    """The quality of a file."""

    output_compression: int | None = _whole("output_compression")


class EditingOptions(ProviderOptions):
    """What OpenAI's images API takes beside these."""

    input_fidelity: Annotated[str, *one_of(values_of(InputFidelity))] | None = Field(
        None, description=MEANINGS["input_fidelity"]
    )
    moderation: Annotated[str, *one_of(values_of(Moderation))] | None = Field(None, description=MEANINGS["moderation"])
    partial_images: int | None = _whole("partial_images")
