"""Replies as values that can be relied on: of a form that is known, or with what is of another type left out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from harness.http import HttpError
from harness.records import from_json

T = TypeVar("T")
MOST_UNREAD = 20
"""Most names of unread fields that are recorded of a reply."""
LONGEST = 80
"""Characters of one of them."""


def decoded(document: Any, form: type[T], hint: str) -> T:
    """Return the plain values of a reply as ``form``, a dataclass or a type of its parts. What it has more is passed
    over; :func:`unread` names it.

    Raises HttpError of kind ``body``, with the path to the value that is of another type or missing.
    """
    try:
        return from_json(form, document)
    except (ValueError, RecursionError) as error:
        problem = f"the reply has another form than expected: {error}"
        raise HttpError("body", problem, hint, possibly_billed=True) from None


def unread(document: Any, known: Collection[str], inside: str = "") -> list[str]:
    """Return the names of the fields of a reply that are not ``known`` and not null, each after ``inside``, for the
    record of the trial: what a service newly says is not lost."""
    said = (name for name, value in as_map(document).items() if value is not None and name not in known)
    return sorted(f"{inside}{name}"[:LONGEST] for name in said)[:MOST_UNREAD]


def as_map(value: Any) -> Mapping[str, Any]:
    """Return the mapping as it is, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> Sequence[Any]:
    """Return the list as it is, an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return the text as it is, an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a number as such; None for anything else, numbers below 0 and above 2⁵³ too: no service counts so far."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2**53:
        return None
    return value


def texts_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that are a text with something in it."""
    return {name: value for name, value in fields.items() if isinstance(value, str) and value}
