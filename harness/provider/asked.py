"""What the recipes of a suite ask of a provider, word by word, and how each word is treated."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from harness.provider.explanation import LEFT_OUT, VOCABULARY, explained
from harness.records import Recipe
from harness.vocabulary import SUBJECT_FIELDS, is_neutral


@dataclass(frozen=True, slots=True)
class Asked:
    """A word with a value that a suite asks for. ``means`` says how it is treated; ``model`` is the one that is asked,
    None where the provider has no models."""

    word: str
    value: str
    means: str
    model: str | None = None


def asked_of(kind: str, options: Mapping[str, Any], recipes: Iterable[Recipe], *, name: str = "") -> list[Asked]:
    """Return what recipes ask of a provider with these options, each word and value once. Raises BadOptionError."""
    found: dict[Asked, None] = {}
    for recipe in recipes:
        model = recipe.subject.model
        stated = {**options, "model": model} if model is not None else dict(options)
        for word, value in _words(recipe):
            found[Asked(word, _shown(value), _means(kind, stated, word, value, name), model)] = None
    return sorted(found, key=lambda one: (VOCABULARY.index(one.word), one.value, one.model or ""))


def _words(recipe: Recipe) -> Iterator[tuple[str, Any]]:
    request, settings = recipe.request, recipe.subject.settings
    for word in SUBJECT_FIELDS:
        if not is_neutral(word, settings.get(word)):
            yield word, settings[word]
    if request.ask is None:
        yield "size", f"{request.width}x{request.height}"
    if request.seed is not None:
        yield "seed", "stated"
    if request.input_image is not None:
        yield "input_image", PurePath(request.input_image.path).name
    if request.input_images:
        yield "input_images", ", ".join(PurePath(image.path).name for image in request.input_images)
    if request.mask is not None:
        yield "mask", PurePath(request.mask.path).name
    for word in ("negative_prompt", "strength", "ask"):
        if (value := getattr(request, word)) not in (None, ""):
            yield word, value


def _means(kind: str, options: Mapping[str, Any], word: str, value: Any, name: str) -> str:
    explanation, can = explained(kind, options=options, name=name)
    if can is not None and word in can.choices and value not in can.choices[word]:
        return LEFT_OUT
    rows = [tier for tier in explanation.vocabulary if tier.setting == word]
    exact = [tier for tier in rows if str(tier.value) == str(value)]
    return (exact or rows)[0].meaning


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
