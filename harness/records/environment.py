"""Fields of the environment of an image: how they are named, read from text, and looked up."""

import re
from collections.abc import Mapping
from typing import Any

PROCESS = "process"
"""The entry that holds what the process itself reports: CPU level, threads, packages, determinism."""
WORKER = "worker"
"""The entry that names the worker process, or the slot of a cluster, that generated."""
RESERVED = frozenset({"interpretation", "scene", "layout", "file", "reply", "omitted", "clamped", PROCESS, WORKER})
"""Entries that providers make of a request or a reply: none can be stated."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")


def field_trouble(name: str) -> str:
    """Return what is wrong with the name of a field that a suite, ``--env`` or a variable states; empty where nothing
    is."""
    if name in RESERVED:
        return "is an entry that providers make themselves"
    return "" if _NAME.fullmatch(name) else "is not the name of a field: lower-case letters, digits and `_`"


def scalar(text: str) -> str | int | bool:
    """Return the value of a field that is given as text: a whole number, true or false, else the text itself.

    A number with a point stays text: ``550.10`` is a version.
    """
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def field_of(environment: Mapping[str, Any], name: str) -> Any:
    """Return a field of an environment, or of what its process reports; None where it is unknown. A point leads into a
    field: ``packages.torch``."""
    for place in (environment, environment.get(PROCESS)):
        if (found := _inside(place, name)) is not None:
            return found
    return None


def _inside(place: Any, name: str) -> Any:
    if not isinstance(place, Mapping):
        return None
    if name in place:
        return place[name]
    head, point, rest = name.partition(".")
    return _inside(place.get(head), rest) if point else None
