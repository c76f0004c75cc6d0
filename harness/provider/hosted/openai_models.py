"""The families of OpenAI's image models: their sizes, and how they read the common vocabulary."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import FieldError, nearest, shown
from harness.provider.hosted.geometry import nearest_size
from harness.provider.options import ProviderOptions
from harness.vocabulary import (
    RANGES,
    SUBJECT_FIELDS,
    BackgroundKind,
    ImageFormat,
    InputFidelity,
    Moderation,
    Quality,
    is_neutral,
    values_of,
)

GPT_QUALITIES: Mapping[str, str] = {Quality.DRAFT: "low", Quality.STANDARD: "medium", Quality.HD: "high"}
"""The qualities of the gpt-image family, and of everything that follows it."""
SQUARE_AND_WIDE = ("1024x1024", "1536x1024", "1024x1536")
STEP, LONGEST_EDGE, LEAST_PIXELS, MOST_PIXELS, STEEPEST = 16, 3840, 655_360, 8_294_400, 3.0
"""What a free size must keep to: sides in steps, their length, the area, and the longer side over the shorter."""


def _up_to(name: str) -> tuple[int, ...]:
    low, high = RANGES[name]
    return tuple(range(low, high + 1))


GPT_WORDS: Mapping[str, tuple[Any, ...]] = {
    "background": values_of(BackgroundKind), "format": values_of(ImageFormat), "output_compression": (),
    "moderation": values_of(Moderation), "partial_images": _up_to("partial_images"), "n": _up_to("n"),
}  # fmt: skip
"""What every gpt-image model honors beside the quality."""


@dataclass(frozen=True, slots=True)
class Family:
    """``begins`` are beginnings of model names; ``sizes`` the fixed ones (``free``: others too, within bounds);
    ``levels`` maps the common qualities, ``more`` are qualities of its own; ``words`` what else it honors, with the
    values (empty: any); ``images`` how many input images it takes."""

    name: str
    begins: tuple[str, ...]
    sizes: tuple[str, ...] = SQUARE_AND_WIDE
    free: bool = False
    levels: Mapping[str, str] = field(default_factory=lambda: GPT_QUALITIES)
    more: tuple[str, ...] = ("auto", "low", "medium", "high")
    words: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: GPT_WORDS)
    images: int = 16
    streams: bool = True
    base64: bool = True

    def size(self, width: int, height: int) -> str:
        """Return the size that is asked for: as given where it can be had, else the nearest."""
        given = f"{width}x{height}"
        if given in self.sizes or (self.free and _is_free(width, height)):
            return given
        return nearest_size(width, height, self.sizes)

    @property
    def choices(self) -> dict[str, tuple[Any, ...]]:
        """The words whose values are few, with these; the common ones first."""
        qualities = tuple(dict.fromkeys((*self.levels, *self.more)))
        return {name: values for name, values in (("quality", qualities), *self.words.items()) if values}

    @property
    def takes(self) -> frozenset[str]:
        """The words that it honors, some of them with any value."""
        return frozenset({*self.choices, *self.words})


DALLE_QUALITIES: Mapping[str, str] = {Quality.DRAFT: "standard", Quality.STANDARD: "standard", Quality.HD: "hd"}
"""The qualities of dall-e-3."""
FAMILIES = (
    Family("gpt-image-2.5 and after", ("gpt-image-2.",), free=True,
           more=("auto", "low", "medium", "high", "xhigh", "max")),
    Family("gpt-image-2", ("gpt-image-2",), free=True),
    Family("gpt-image-1-mini", ("gpt-image-1-mini",), words={**GPT_WORDS, "input_fidelity": ("low",)}),
    Family("gpt-image-1 and 1.5", ("gpt-image-1",), words={**GPT_WORDS, "input_fidelity": values_of(InputFidelity)}),
    Family("chatgpt-image", ("chatgpt-image-", "gpt-image-")),
    Family("dall-e-3", ("dall-e-3",), ("1024x1024", "1792x1024", "1024x1792"),
           levels=DALLE_QUALITIES, more=(),
           words={"style": ("vivid", "natural")}, images=0, streams=False, base64=False),
    Family("dall-e-2", ("dall-e-2",), ("256x256", "512x512", "1024x1024"), levels={}, more=(),
           words={"n": _up_to("n")}, images=1, streams=False, base64=False),
)  # fmt: skip
"""The first family whose beginning fits is the model's. None of them takes a seed."""


def family_of(model: str) -> Family | None:
    """Return the family of a model that generates, None for any other (it can only be asked)."""
    name = model.rpartition("/")[2]
    return next((family for family in FAMILIES if name.startswith(family.begins)), None)


def native(word: Any, mapping: Mapping[str, str]) -> Any:
    """Return a common word in the service's terms; its own terms go through as they are."""
    return mapping.get(word, word) if isinstance(word, str) else word


def is_seedless(model: str) -> bool:
    """Return whether a seed changes nothing of the image, whatever a gateway lists: gpt-image, dall-e, and the chat
    models that generate by one of them (``gpt-5-image-mini``)."""
    name = model.rpartition("/")[2]
    return family_of(name) is not None or (name.startswith("gpt-") and "-image" in name)


def _is_free(width: int, height: int) -> bool:
    stepped = width % STEP == 0 and height % STEP == 0
    shaped = max(width, height) <= STEEPEST * min(width, height)
    return stepped and shaped and max(width, height) <= LONGEST_EDGE and LEAST_PIXELS <= width * height <= MOST_PIXELS


def check_words(
    options: ProviderOptions, takes: Collection[str], choices: Mapping[str, Collection[Any]], model: str
) -> None:
    """Raise FieldError for a common word among the options that the model does not take, or a value that it does
    not."""
    for name in SUBJECT_FIELDS:
        value = getattr(options, name, None)
        if value is None:
            continue
        if name not in takes and not is_neutral(name, value):
            raise FieldError(f"`{model}` takes no `{name}`", nearest(name, takes), [name], at_key=True)
        if name in choices and value not in choices[name]:
            known = ", ".join(map(str, choices[name]))
            raise FieldError(f"`{name}` cannot be {shown(value)}", f"known: {known}", [name])
