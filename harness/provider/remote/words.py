"""The common vocabulary as hosted adapters read it: the words of a recipe, and the checks of an adapter's own."""

from collections.abc import Collection, Mapping
from typing import Any

from harness.provider.options import Options
from harness.records import Recipe
from harness.vocabulary import Quality

GPT_QUALITIES: Mapping[str, str] = {Quality.DRAFT: "low", Quality.STANDARD: "medium", Quality.HD: "high"}
"""The qualities of the gpt-image family, and of everything that follows it."""


def words_of(recipe: Recipe, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a recipe over those of the provider."""
    return {**given, **{name: value for name, value in recipe.subject.settings.items() if value is not None}}


def native(word: Any, mapping: Mapping[str, str]) -> Any:
    """A common word in the service's terms; its own terms go through as they are."""
    return mapping.get(word, word) if isinstance(word, str) else word


def given_words(options: Options, choices: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """The words of the vocabulary that a provider's own options state. Raises BadOptionError for a value there is
    not."""
    given: dict[str, Any] = {}
    for name, allowed in choices.items():
        value = options.text(name)
        if value is None:
            continue
        if value not in allowed:
            raise options.fault(f"`{name}` cannot be {value!r:.60}", f"known: {', '.join(allowed)}")
        given[name] = value
    return given


def body_option(options: Options, reserved: Collection[str]) -> dict[str, Any]:
    """``body``: fields laid over every request as they are. Raises BadOptionError for one that the adapter sets
    itself."""
    body = options.anything("body")
    if body is None:
        return {}
    if not isinstance(body, Mapping) or not all(isinstance(name, str) for name in body):
        raise options.fault("`body` takes fields and values", "such as body: {moderation: low}")
    for name in body:
        if name in reserved:
            raise options.fault(f"`body` cannot set `{name}`", "it is set from the case")
    return dict(body)


def flag(options: Options, name: str) -> bool:
    """A switch, off when it is not given. Raises BadOptionError."""
    value = options.anything(name)
    if value not in (None, True, False):
        raise options.fault(f"`{name}` is true or false, not {value!r:.60}")
    return bool(value)
