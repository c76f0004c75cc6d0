"""Records to JSON and back by walking dictionaries: what :mod:`benchmarks.records` compares msgspec with."""

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Decoder = Callable[[Any, str], Any]


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
    return typing.cast(T, _decoder(typing.cast(Any, cls))(data, cls.__name__))


def canonical_json(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, UTF-8 kept, NaN and infinities refused (ValueError)."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """SHA-256 over the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


@cache
def _decoder(hint: Any) -> Decoder:
    """What turns JSON data into a value of a type; made once a type, as taking types apart costs more than the work."""
    if hint is Any or hint is object:
        return _as_it_is
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(hint))
    if dataclasses.is_dataclass(hint):
        return _record(hint)
    if origin is tuple:
        return _tuple(typing.get_args(hint))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(typing.get_args(hint)[1])
    if hint is float:
        return _float
    if isinstance(hint, type):
        return _enum(hint) if issubclass(hint, Enum) else _plain(hint)
    return _as_it_is


def _as_it_is(data: Any, _where: str) -> Any:
    return data


def _float(data: Any, where: str) -> float:
    _expect(isinstance(data, (int, float)) and not isinstance(data, bool), where, "a number", data)
    return float(data)


def _enum(hint: type[Enum]) -> Decoder:
    def decode(data: Any, where: str) -> Any:
        try:
            return hint(data)
        except ValueError:
            _expect(False, where, " or ".join(str(member.value) for member in hint), data)

    return decode


def _plain(hint: type) -> Decoder:
    def decode(data: Any, where: str) -> Any:
        if not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
            _expect(False, where, hint.__name__, data)
        return data

    return decode


def _union(options: tuple[Any, ...]) -> Decoder:
    optional = type(None) in options
    *others, last = [_decoder(option) for option in options if option is not type(None)]

    def decode(data: Any, where: str) -> Any:
        if data is None and optional:
            return None
        for option in others:
            try:
                return option(data, where)
            except ValueError:
                continue
        return last(data, where)

    return decode


def _mapping(hint: Any) -> Decoder:
    item = _decoder(hint)

    def decode(data: Any, where: str) -> Any:
        _expect(isinstance(data, dict), where, "an object", data)
        if item is _as_it_is:
            return dict(data)
        return {key: item(value, f"{where}.{key}") for key, value in data.items()}

    return decode


def _tuple(args: tuple[Any, ...]) -> Decoder:
    every = len(args) == 2 and args[1] is Ellipsis
    items = [_decoder(arg) for arg in args if arg is not Ellipsis]

    def decode(data: Any, where: str) -> Any:
        _expect(isinstance(data, list), where, "a list", data)
        if every:
            return tuple(items[0](item, f"{where}[{i}]") for i, item in enumerate(data))
        _expect(len(data) == len(items), where, f"{len(items)} values", data)
        return tuple(one(item, f"{where}[{i}]") for i, (one, item) in enumerate(zip(items, data, strict=True)))

    return decode


def _record(cls: Any) -> Decoder:
    hints = typing.get_type_hints(cls)
    missing = dataclasses.MISSING
    decoders = {f.name: _decoder(hints[f.name]) for f in dataclasses.fields(cls)}
    required = [f.name for f in dataclasses.fields(cls) if f.default is missing and f.default_factory is missing]
    optional = {name for name in required if type(None) in typing.get_args(hints[name])}

    def decode(data: Any, where: str) -> Any:
        _expect(isinstance(data, dict), where, "an object", data)
        for name in required:
            if name not in data and name not in optional:
                raise ValueError(f"{where}.{name} is missing")
        values = {name: decoders[name](item, f"{where}.{name}") for name, item in data.items() if name in decoders}
        for name in optional:
            values.setdefault(name, None)
        return cls(**values)

    return decode


def _expect(condition: bool, where: str, expected: str, data: Any) -> None:
    if not condition:
        raise ValueError(f"{where} should be {expected}, not {data!r:.60}")
