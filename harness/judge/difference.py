"""What differs between the recipe and environment of an image and those of the accepted one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.records import Recipe, to_json

_MISSING = object()
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_SHOWN = 60
"""Longest value that is quoted in full."""

NOT_CAUSES = frozenset(
    {"interpretation", "scene", "layout", "steps", "seconds", "request_id", "batch", "file", "reply"}
)
"""Environment entries that follow from the recipe or only name the occasion: never the reason of a change."""


GROUPS = ("settings.", "packages.", "versions.")
"""Parts of a name that a person leaves out."""
NAMES = {"blas": "OpenBLAS kernel", "served_model": "served model", "served_by": "served by", "decoder": "decoder"}
"""Environment entries by the names people use."""
_INSTRUCTIONS = (
    ("AVX-512", re.compile(r"avx-?512|skylakex|cooperlake|sapphirerapids|cascadelake", re.I)),
    ("AVX2", re.compile(r"avx2|haswell|zen", re.I)),
    ("NEON", re.compile(r"neon|asimd|armv8", re.I)),
    ("SSE", re.compile(r"sse|nehalem|x86_v[12]", re.I)),
)
"""Instruction sets by what CPUs and libraries call them, newest first."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``part`` is ``request``, ``subject`` or ``environment``."""

    part: str
    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.part}.{self.name}: {_reported(self.old)} → {_reported(self.new)}"

    @property
    def short(self) -> str:
        """As a person says it: ``quality standard → draft``, ``numpy 2.3.1 → 2.4.6``, ``AVX-512 → AVX2``."""
        if self.part == "environment" and self.name in ("cpu", "blas"):
            old, new = (_instructions(value) for value in (self.old, self.new))
            if old and new and old != new:
                return f"{old} → {new}"
        name = next((self.name.removeprefix(p) for p in GROUPS if self.name.startswith(p)), self.name)
        return f"{NAMES.get(name, name)} {_reported(self.old)} → {_reported(self.new)}"


def differences(
    old: Recipe, old_environment: Mapping[str, Any], new: Recipe, new_environment: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """All differences, request first, then subject, then environment.

    Input images count by digest. An environment entry that only one side has is a difference, except those of
    NOT_CAUSES.
    """
    found: list[Difference] = []
    if old != new:
        found += [Difference("request", *item) for item in _walk(_request(old), _request(new))]
        found += [Difference("subject", *item) for item in _walk(to_json(old.subject), to_json(new.subject))]
    return (*found, *environment_differences(old_environment, new_environment))


def causes(environment: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of an environment that can be the reason of a change."""
    return {name: value for name, value in environment.items() if name not in NOT_CAUSES}


def environment_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two environments, among what can be the reason of a change."""
    if old == new:
        return ()
    return tuple(Difference("environment", *item) for item in _walk(causes(old), causes(new)))


def _request(recipe: Recipe) -> dict[str, Any]:
    data: dict[str, Any] = to_json(recipe.request)
    for name in ("input_image", "mask"):
        if name in data:
            data[name] = data[name]["digest"][:12]
    return data


def _walk(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _walk(old.get(key, _MISSING), new.get(key, _MISSING), f"{path}.{key}" if path else str(key))
    elif _plain(old) != _plain(new):
        yield path, old, new


def _instructions(value: Any) -> str:
    """The instruction set that a CPU's or kernel's name stands for; empty where it is not known."""
    return next((name for name, words in _INSTRUCTIONS if isinstance(value, str) and words.search(value)), "")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _reported(value: Any) -> str:
    if value is _MISSING:
        return "(none)"
    text = value if isinstance(value, str) else str(to_json(value))
    if DIGEST.fullmatch(text):
        return text[:12]
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
