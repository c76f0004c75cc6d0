"""Reading and writing a line of the ledger, beside the standard library on plain dictionaries and beside structs.

``python -m benchmarks.records [TRIALS_JSONL]``: prints microseconds a line and the ratio to the standard library (below
1 is faster), which makes no records of it. Without a file, the quickstart suite is run once. The three take turns; the
best of the turns counts.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from harness.records import TrialResult, decode_json, encode_json

TURNS = 15
ROOT = Path(__file__).resolve().parents[1]


def struct_of(cls: Any, made: dict[Any, Any]) -> Any:
    """Return the frozen struct with the fields of a dataclass, and so for all that is in it."""
    if cls not in made:
        hints = typing.get_type_hints(cls)
        fields = []
        for field in dataclasses.fields(cls):
            kind = _converted(hints[field.name], made)
            if field.default_factory is not dataclasses.MISSING:
                fields.append((field.name, kind, msgspec.field(default_factory=_factory(field.default_factory, made))))
            elif field.default is not dataclasses.MISSING:
                plain = not dataclasses.is_dataclass(field.default)
                fields.append((field.name, kind, field.default if plain else struct_of(type(field.default), made)()))
            else:
                fields.append((field.name, kind))
        made[cls] = msgspec.defstruct(cls.__name__, fields, frozen=True, omit_defaults=True)
    return made[cls]


def _factory(factory: Any, made: dict[Any, Any]) -> Any:
    return struct_of(factory, made) if dataclasses.is_dataclass(factory) else factory


def _converted(hint: Any, made: dict[Any, Any]) -> Any:
    if dataclasses.is_dataclass(hint):
        return struct_of(hint, made)
    arguments = typing.get_args(hint)
    if not arguments:
        return hint
    inner = tuple(_converted(one, made) if one is not Ellipsis else one for one in arguments)
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return typing.Union[inner]  # noqa: UP007 - made of a tuple
    return dict[inner] if origin is Mapping or issubclass(origin, Mapping) else origin[inner]


def lines_of(file: Path | None) -> list[bytes]:
    """Return the result lines of a run, without what is not a field."""
    if file is None:
        with tempfile.TemporaryDirectory() as reports:
            call = [sys.executable, "-m", "harness", "run", "suites/quickstart.yaml", "--set", "quality=draft"]
            subprocess.run([*call, "--reports", reports], cwd=ROOT, check=False, capture_output=True)
            return lines_of(next(Path(reports).glob("*/trials.jsonl")))
    found = [json.loads(line) for line in file.read_bytes().splitlines()]
    return [json.dumps(line, ensure_ascii=False).encode() for line in found if "outcome" in line]


def main() -> None:
    """Measure and print."""
    lines = lines_of(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    struct = struct_of(TrialResult, {})
    by_struct, encoder = msgspec.json.Decoder(struct), msgspec.json.Encoder()
    plain = [json.loads(line) for line in lines]
    classes = [decode_json(TrialResult, line) for line in lines]
    structs = [by_struct.decode(line) for line in lines]
    ways: dict[str, list[tuple[Callable[[Any], Any], list[Any]]]] = {
        "decode": [
            (json.loads, lines),
            (lambda line: decode_json(TrialResult, line), lines),
            (by_struct.decode, lines),
        ],
        "encode": [
            (lambda data: json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(), plain),
            (encode_json, classes),
            (encoder.encode, structs),
        ],
    }
    size = sum(map(len, lines)) / len(lines)
    print(f"{len(lines)} lines of {size:.0f} bytes; structs write {len(encoder.encode(structs[0]))} of the first")
    for name, three in ways.items():
        best = [min(once(*way) for _ in range(TURNS)) for way in three]
        shown = ("json", "records", "structs")
        times = ", ".join(f"{what} {t:.1f} us ({t / best[0]:.3f})" for what, t in zip(shown, best, strict=True))
        print(f"{name}: {times}; records/structs {best[1] / best[2]:.2f}")


def once(work: Callable[[Any], Any], items: list[Any], rounds: int = 20) -> float:
    """Microseconds an item."""
    begun = time.perf_counter()
    for _ in range(rounds):
        for item in items:
            work(item)
    return (time.perf_counter() - begun) / rounds / len(items) * 1e6


if __name__ == "__main__":
    main()
