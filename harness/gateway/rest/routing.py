"""OpenRouter's ``provider``: which providers may serve a request."""

from collections.abc import Sequence
from typing import Any

from harness.gateway.catalog import Model
from harness.gateway.errors import NoAllowedProviderError
from harness.gateway.rest.fields import Flag, Open, Word

HINT = "leave `provider` out, or allow one of: "


class ProviderPreferences(Open):
    """Which providers may serve. A model of the gateway has one; further preferences change nothing."""

    only: list[Word] | None = None
    order: list[Word] | None = None
    ignore: list[Word] | None = None
    sort: Any = None
    allow_fallbacks: Flag | None = None
    options: dict[str, dict[str, Any]] | None = None
    """Settings by provider."""


def provider_names(model: Model) -> tuple[str, ...]:
    """Return the names that preferences may have for the provider of a model: its own, its kind, and the maker that
    the model's name begins with (``openai/gpt-5-image-mini``)."""
    maker, slash, _ = model.id.partition("/")
    return tuple(dict.fromkeys((model.provider.name, model.provider.kind, *((maker,) if slash else ()))))


def routed(preferences: ProviderPreferences | None, model: Model) -> tuple[dict[str, Any], list[str]]:
    """Return the settings for the provider of a model, and the names of the preferences that change nothing.

    Raises NoAllowedProviderError.
    """
    if preferences is None:
        return {}, []
    names = provider_names(model)
    _check("only", preferences.only, names, allows=True)
    if preferences.allow_fallbacks is False:
        _check("order", preferences.order, names, allows=True)
    _check("ignore", preferences.ignore, names, allows=False)
    options = preferences.options or {}
    settings = {key: value for name in names for key, value in options.get(name, {}).items()}
    extra = preferences.model_extra or {}
    return settings, [f"provider.{name}" for name, value in extra.items() if value is not None]


def _check(field: str, given: Sequence[str] | None, names: Sequence[str], *, allows: bool) -> None:
    """Refuse a list that does not allow the provider: one that must have its name, or must not have it."""
    if not given:
        return
    found = any(entry.lower().partition("/")[0] in names or entry.lower() in names for entry in given)
    if found != allows:
        raise NoAllowedProviderError(
            f"provider.{field} allows no provider of this model", HINT + ", ".join(names), f"provider.{field}"
        )
