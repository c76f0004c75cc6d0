"""Cleaning of values before recording: what JSON has no form for becomes text, and is noted.

Numbers that are not finite, halves of surrogate pairs and objects of other types come from programs, services and
their settings. They must neither end a run nor be written as ``NaN``.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from numbers import Integral, Real
from operator import attrgetter, is_
from typing import Any, TypeVar

from harness.errors import redact

T = TypeVar("T")

_SURROGATE = re.compile("[\ud800-\udfff]")

MOST_COST = 10_000.0
"""The highest plausible cost of one image in US dollars; a larger number is ignored as a mistake."""


def recordable(value: T, where: str = "") -> tuple[T, tuple[str, ...]]:
    """Return the value with what JSON has no form for as text, and a note on each place that was changed.

    The same object where nothing changed. In the field of a record a number that is not finite becomes the
    field's default (None: unknown). ``where`` is what notes call the value. Raises RecursionError for what is nested
    too deep.
    """
    if _is_plain(value):
        return value, ()
    notes: list[str] = []
    return _clean(value, where, notes), tuple(notes)


def plausible_cost(cost: Any) -> tuple[float | None, tuple[str, ...]]:
    """Return a cost in US dollars, None with a note for what cannot be the price of an image."""
    if cost is None:
        return None, ()
    if isinstance(cost, (int, float)) and type(cost) is not bool and 0 <= cost <= MOST_COST:
        return float(cost), ()
    note = f"cost: {_shown(cost)} is no price of an image (US dollars, 0 to {MOST_COST:,.0f}), so it counts as unknown"
    return None, (note,)


def _is_plain(value: Any) -> bool:
    """Return whether nothing has to change. Most records are plain, and none of what notes need is made for them."""
    kind = type(value)
    if kind is str:
        return value.isascii() or _SURROGATE.search(value) is None
    if kind is float:
        return math.isfinite(value)
    if kind is int:
        return -(2**53) < value < 2**53  # type: ignore[no-any-return]
    if value is None or kind is bool:
        return True
    if kind is dict:
        return all(type(key) is str and _is_plain(key) for key in value) and all(map(_is_plain, value.values()))
    if kind is tuple or kind is list:
        return all(map(_is_plain, value))
    if is_dataclass(kind):
        return all(map(_is_plain, _values(kind)(value)))
    return isinstance(value, Enum)


@cache
def _values(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads the fields of a record of this type."""
    names = [field.name for field in fields(kind)]
    return attrgetter(*names) if len(names) > 1 else lambda record: (getattr(record, names[0]),)


def _clean(value: Any, where: str, notes: list[str]) -> Any:
    kind = type(value)
    if value is None or kind is bool or isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _clean_text(value, where, notes)
    if isinstance(value, Integral) and int(value).bit_length() < 1024:
        return value if kind is int else int(value)
    if isinstance(value, Real) and not isinstance(value, Integral) and math.isfinite(value):
        return value if kind is float else float(value)
    if is_dataclass(value):
        return _clean_record(value, where, notes)
    if isinstance(value, Mapping):
        keys = [_clean_text(str(key), where, notes) for key in value]
        items = [_clean(item, f"{where}.{key}", notes) for key, item in zip(keys, value.values(), strict=True)]
        same = all(map(is_, keys, value)) and all(map(is_, items, value.values()))
        return value if same else dict(zip(keys, items, strict=True))
    if isinstance(value, (list, tuple)):
        items = [_clean(item, f"{where}[{number}]", notes) for number, item in enumerate(value)]
        return value if all(map(is_, items, value)) else kind(items)
    text = _shown(value)
    notes.append(f"{where}: {text} has no form in JSON, so it is recorded as text")
    return text


def _clean_record(record: Any, where: str, notes: list[str]) -> Any:
    changed = {}
    for field in fields(record):
        value, place = getattr(record, field.name), f"{where}.{field.name}" if where else field.name
        if isinstance(value, float) and not math.isfinite(value):
            cleaned = None if field.default is MISSING else field.default
            notes.append(f"{place}: {value} is not a finite number, so it is recorded as {cleaned}")
        else:
            cleaned = _clean(value, place, notes)
        if cleaned is not value:
            changed[field.name] = cleaned
    return replace(record, **changed) if changed else record


def _clean_text(value: str, where: str, notes: list[str]) -> str:
    if value.isascii():
        return value
    text = value.encode(errors="backslashreplace").decode()
    if text == value:
        return value
    notes.append(f"{where}: half of a surrogate pair is not a character, so its escape is recorded")
    return text


def _shown(value: object) -> str:
    """Return an object as text, cut to 200 characters."""
    try:
        return redact(str(value).encode(errors="backslashreplace").decode())[:200]
    except Exception as error:  # an object of foreign code, or a number too long to be written
        return f"{type(value).__name__} ({type(error).__name__})"
