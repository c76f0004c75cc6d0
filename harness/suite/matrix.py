"""The variants of a case: every combination of a matrix."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.errors import FieldError
from harness.suite.layers import GENERATION_FIELDS
from harness.suite.names import name_trouble, token
from harness.suite.read import SuiteFile, check_field

MAX_VARIANTS = 1000
"""Most variants of one case."""
MATRIX_FIELDS = frozenset({*GENERATION_FIELDS, "strength"})
"""Matrix keys that are fields of their own; any other is a setting of the provider."""

_REFUSED = {
    "seed": "list seeds under `seeds:`",
    "seeds": "list seeds under `seeds:`",
    "prompt": "write each prompt as a case of its own",
}


def check_matrix(
    source: SuiteFile, matrix: Mapping[str, Sequence[Any]], at: tuple[str | int, ...]
) -> dict[str, list[Any]] | None:
    """Return the checked values by key; None when something is wrong."""
    complain, before = source.complain, len(source.problems)
    size = 1
    for values in matrix.values():
        size *= len(values)
    if size > MAX_VARIANTS:
        complain(at, f"{size:,} variants; at most {MAX_VARIANTS:,} fit a case", "split the matrix", at_key=True)
        return None
    checked: dict[str, list[Any]] = {}
    for key, values in matrix.items():
        if key in _REFUSED:
            complain((*at, key), f"`{key}` cannot be a matrix key", _REFUSED[key], at_key=True)
            continue
        if trouble := name_trouble(key):
            complain((*at, key), f'matrix key "{key[:60]}" {trouble}', at_key=True)
            continue
        seen: dict[str, int] = {}
        checked[key] = []
        for index, value in enumerate(values):
            first = seen.setdefault(token(value).lower(), index)
            if first != index:
                complain((*at, key, index), f"value {value!r} of `{key}` is listed twice, or differs only in case")
            try:
                checked[key].append(_value(key, value))
            except FieldError as fault:
                complain((*at, key, index), fault.message, fault.hint)
    return checked if len(source.problems) == before else None


def _value(key: str, value: Any) -> Any:
    if key == "strength":
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise FieldError("`strength` is a number from 0 to 1")
        return float(value)
    return check_field(key, value) if key in MATRIX_FIELDS else value


def combinations(
    matrix: Mapping[str, Sequence[Any]], checked: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each variant as its values as written (for the name) and as checked; the last key varies fastest."""
    keys = list(matrix)
    for picks in itertools.product(*(range(len(matrix[key])) for key in keys)):
        written = {key: matrix[key][pick] for key, pick in zip(keys, picks, strict=True)}
        yield written, {key: checked[key][pick] for key, pick in zip(keys, picks, strict=True)}
