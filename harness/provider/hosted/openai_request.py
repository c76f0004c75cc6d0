"""OpenAI's images API: how the words of a case are sent, field by field."""

from collections.abc import Iterator
from typing import Any

from harness.provider.hosted.openai_models import DALLE_QUALITIES, FAMILIES, GPT_QUALITIES, Family, native
from harness.provider.options import ProviderOptions, Tier
from harness.provider.remote.input_images import Sent, alpha_mask, sent_image
from harness.provider.remote.pricing import estimate, rates_of
from harness.records import Recipe

FIELDS = {"quality": "quality", "background": "background", "format": "output_format", "style": "style"} | {
    name: name for name in ("output_compression", "input_fidelity", "moderation", "partial_images")
}
"""The fields of a request by the words of the vocabulary."""
PRICED_MODEL, SQUARE = "gpt-image-2.6-flare", "1024x1024"
"""Whose costs an explanation shows: a model whose price by image is known."""
HOW = {
    "output_compression": "output_compression, of format jpeg and webp",
    "input_fidelity": "input_fidelity, of edits",
    "moderation": "moderation; not of edits",
    "partial_images": "partial_images, of a stream: one is asked for",
    "n": "n: so many samples of a set by one call; not streamed",
}
"""How words are sent that are not passed under all conditions."""


def image_files(provider: str, recipe: Recipe, family: Family) -> list[tuple[str, Sent]]:
    """Return the files of an edit: one image, or several in a row, and the mask of the first. Raises
    GenerationError."""
    images, mask = recipe.request.images[: family.images], recipe.request.mask
    name = "image" if len(images) == 1 else "image[]"
    files = [(name, sent_image(provider, image)) for image in images]
    return files if mask is None else [*files, ("mask", alpha_mask(provider, mask, recipe.request.input_image))]


def image_fields(
    recipe: Recipe, model: str, family: Family, options: ProviderOptions, count: int = 1
) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a request for images, without the input images, and the words whose value the model does not
    take: these are not sent."""
    words, request = options.words(recipe), recipe.request
    unfit = [
        word
        for word, allowed in family.choices.items()
        if word in FIELDS and word != "quality" and word in words and words[word] not in allowed
    ]
    fields = {
        "model": model,
        "prompt": request.prompt,
        "n": count,
        "size": family.size(request.width, request.height),
        **{
            field: native(words.get(word), family.levels if word == "quality" else {})
            for word, field in FIELDS.items()
            if word in family.takes and word not in unfit
        },
        "response_format": None if family.base64 else "b64_json",
    }
    return {name: value for name, value in fields.items() if value is not None}, unfit


def honors_of(family: Family | None) -> frozenset[str]:
    """Return what a model of a family honors; None: one that answers."""
    if family is None:
        return frozenset({"prompt", "ask", "input_image", "input_images", "seed", "model"})
    images = {"input_image", "mask"} if family.images else set()
    several = {"input_images"} if family.images > 1 else set()
    return frozenset({"prompt", "size", "model", *images, *several, *family.takes})


def priced_qualities() -> list[Tier]:
    """Return the common qualities, with the costs of a model whose price by image is known."""
    rates = rates_of("openai", PRICED_MODEL)
    levels = {word: f"quality: {level} (dall-e-3: {DALLE_QUALITIES[word]})" for word, level in GPT_QUALITIES.items()}
    return [Tier("quality", word, levels[word], cost=estimate(rates, GPT_QUALITIES[word], SQUARE)) for word in levels]


def taken_words() -> Iterator[Tier]:
    """Yield the other words, each with how it is sent and the families that take it."""
    takers: dict[tuple[str, tuple[Any, ...]], list[str]] = {}
    for family in FAMILIES:
        for word, values in family.words.items():
            takers.setdefault((word, values), []).append(family.name)
    for (word, values), names in takers.items():
        how = HOW.get(word, f"{FIELDS.get(word, word)}: passed unchanged")
        yield Tier(word, _shown(values), f"{how} ({_joined(names)})")
    yield Tier("input_images", "1 … 15", "more images of an edit: image[] (gpt-image)")


def sizes() -> list[Tier]:
    """Return the sizes, each with the families that generate at it."""
    found: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for family in FAMILIES:
        found.setdefault((family.sizes, family.free), []).append(family.name)
    more = "; others in steps of 16 up to 3840 too"
    return [
        Tier("size", " ".join(each), f"{', '.join(names)}{more if free else ''}")
        for (each, free), names in found.items()
    ]


def _shown(values: tuple[Any, ...]) -> str:
    """Return the values of a word as they are listed."""
    if values and all(isinstance(value, int) for value in values):
        return f"{values[0]} … {values[-1]}"
    return " ".join(values) or "any"


def _joined(names: list[str]) -> str:
    """Return the names of families, those of gpt-image as one where all of them are among these."""
    gpt = [family.name for family in FAMILIES if family.base64]
    if set(gpt) <= set(names):
        names = ["gpt-image", *(name for name in names if name not in gpt)]
    return ", ".join(names)
