"""Replies of services that vary: what is not there, null, or of another type is taken as absent."""

from collections.abc import Mapping, Sequence
from typing import Any


def as_map(value: Any) -> Mapping[str, Any]:
    """The mapping as it is, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> Sequence[Any]:
    """The list as it is, an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """The text as it is, an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """A number as such; None for anything else, numbers below 0 too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        return None
    return value


def texts_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields that are a text with something in it."""
    return {name: value for name, value in fields.items() if isinstance(value, str) and value}
