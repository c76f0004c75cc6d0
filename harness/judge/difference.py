"""What differs between the recipe and environment of a picture and those of the accepted one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.records import Recipe, to_json

_MISSING = object()
DIGEST = re.compile(r"[0-9a-f]{64}")
TOLD_LENGTH = 60
"""Longest value that is quoted in full."""

NOT_CAUSES = frozenset(
    {"interpretation", "scene", "layout", "steps", "seconds", "request_id", "batch", "file", "reply"}
)
"""Environment entries that follow from the recipe or only name the occasion: never the reason of a change."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``part`` is ``request``, ``subject`` or ``environment``."""

    part: str
    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.part}.{self.name}: {_told(self.old)} → {_told(self.new)}"

    @property
    def short(self) -> str:
        """The difference without its part: ``quality standard → draft``."""
        return f"{self.name.removeprefix('settings.')} {_told(self.old)} → {_told(self.new)}"


def differences(
    old: Recipe, old_environment: Mapping[str, Any], new: Recipe, new_environment: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """All differences, request first, then subject, then environment.

    Input pictures count by digest. An environment entry that only one side has is a difference, except those of
    NOT_CAUSES.
    """
    found = [Difference("request", *item) for item in _walk(_request(old), _request(new))]
    found += [Difference("subject", *item) for item in _walk(to_json(old.subject), to_json(new.subject))]
    found += [Difference("environment", *item) for item in _walk(_causes(old_environment), _causes(new_environment))]
    return tuple(found)


def _causes(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in environment.items() if name not in NOT_CAUSES}


def _request(recipe: Recipe) -> dict[str, Any]:
    data: dict[str, Any] = to_json(recipe.request)
    for name in ("image", "mask"):
        if name in data:
            data[name] = data[name]["digest"][:12]
    return data


def _walk(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _walk(old.get(key, _MISSING), new.get(key, _MISSING), f"{path}.{key}" if path else str(key))
    elif _plain(old) != _plain(new):
        yield path, old, new


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _told(value: Any) -> str:
    if value is _MISSING:
        return "(none)"
    text = value if isinstance(value, str) else str(to_json(value))
    if DIGEST.fullmatch(text):
        return text[:12]
    return text if len(text) <= TOLD_LENGTH else text[: TOLD_LENGTH - 1] + "…"
