"""Records to JSON and back, and the canonical form that digests are made of."""

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Plain JSON data of a record: dataclasses become objects, tuples lists; fields equal to None are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: to_json(item) for name, item in pairs if item is not None}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[T], data: Any) -> T:
    """The record of type ``cls`` that :func:`to_json` made ``data`` of.

    Unknown keys are ignored (a newer version may have written them). Raises ValueError, naming the field, when a
    value has the wrong type or a required one is missing.
    """
    return typing.cast(T, _decode(cls, data, cls.__name__))


def canonical_json(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, UTF-8 kept, NaN and infinities refused (ValueError)."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """SHA-256 over the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


@cache
def _fields(cls: Any) -> dict[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(cls)
    missing = dataclasses.MISSING
    return {
        f.name: (hints[f.name], f.default is missing and f.default_factory is missing) for f in dataclasses.fields(cls)
    }


def _decode(hint: Any, data: Any, where: str) -> Any:
    if hint is Any or hint is object:
        return data
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(hint, data, where)
    if dataclasses.is_dataclass(hint):
        return _decode_record(hint, data, where)
    if origin is tuple:
        return _decode_tuple(hint, data, where)
    if origin is not None and issubclass(origin, Mapping):
        _expect(isinstance(data, dict), where, "an object", data)
        return {key: _decode(typing.get_args(hint)[1], item, f"{where}.{key}") for key, item in data.items()}
    if hint is float:
        _expect(isinstance(data, (int, float)) and not isinstance(data, bool), where, "a number", data)
        return float(data)
    if isinstance(hint, type):
        wrong_bool = isinstance(data, bool) and hint is not bool
        _expect(isinstance(data, hint) and not wrong_bool, where, hint.__name__, data)
    return data


def _decode_union(hint: Any, data: Any, where: str) -> Any:
    options = typing.get_args(hint)
    if data is None and type(None) in options:
        return None
    rest = [option for option in options if option is not type(None)]
    for option in rest[:-1]:
        try:
            return _decode(option, data, where)
        except ValueError:
            continue
    return _decode(rest[-1], data, where)


def _decode_record(cls: Any, data: Any, where: str) -> Any:
    _expect(isinstance(data, dict), where, "an object", data)
    known = _fields(cls)
    for name, (_, required) in known.items():
        if required and name not in data and type(None) not in typing.get_args(known[name][0]):
            raise ValueError(f"{where}.{name} is missing")
    values = {name: _decode(known[name][0], item, f"{where}.{name}") for name, item in data.items() if name in known}
    for name, (_, required) in known.items():
        if required and name not in values:
            values[name] = None
    return cls(**values)


def _decode_tuple(hint: Any, data: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(data, list), where, "a list", data)
    args = typing.get_args(hint)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_decode(args[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    _expect(len(data) == len(args), where, f"{len(args)} values", data)
    return tuple(_decode(arg, item, f"{where}[{i}]") for i, (arg, item) in enumerate(zip(args, data, strict=True)))


def _expect(condition: bool, where: str, wanted: str, data: Any) -> None:
    if not condition:
        raise ValueError(f"{where} should be {wanted}, not {data!r:.60}")
