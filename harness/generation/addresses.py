"""What a recipe says of where its provider is, and the same recipe without it: what recordings are looked up by."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.records import Recipe, digest_of
from harness.vocabulary import ADDRESS_OPTIONS

_JUDGE = "judge"


def recording_digest(recipe: Recipe) -> str:
    """Return the digest of a recipe that does not depend on the address of a server."""
    settings = _without(recipe.subject.settings)
    return replace(recipe, subject=replace(recipe.subject, settings=settings)).digest


def earlier_digests(recipe: Recipe) -> Iterator[str]:
    """Yield the digests by which earlier versions recorded a recipe: with the address, and of a viewer's question with
    the digest of its judge."""
    yield recipe.digest
    judge = recipe.subject.settings.get(_JUDGE)
    if isinstance(judge, Mapping):
        digest = digest_of({"kind": recipe.subject.kind, "recipe": judge})
        settings = {**recipe.subject.settings, _JUDGE: digest}
        yield replace(recipe, subject=replace(recipe.subject, settings=settings)).digest


def addresses_of(settings: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the addresses among settings (as records, or as JSON of any form), each after its name."""
    for name, value in settings.items() if isinstance(settings, Mapping) else ():
        where = f"{path}.{name}" if path else str(name)
        if name in ADDRESS_OPTIONS and isinstance(value, str):
            yield where, value
        else:
            yield from addresses_of(value, where)


def _without(settings: Any) -> Any:
    if not isinstance(settings, Mapping):
        return settings
    return {name: _without(value) for name, value in settings.items() if name not in ADDRESS_OPTIONS}
