"""The reference of a suite's keys, from its JSON Schema."""

import json
from collections.abc import Mapping
from typing import Any

from harness.suite import schema_text
from tools.docs.markdown import plain, table

SECTIONS = {
    "SuiteEntry": "A suite",
    "Shared": "What `defaults:` and cases share",
    "CaseEntry": "A case",
    "ProviderEntry": "An entry of `providers:`",
    "ViewerEntry": "An entry of `viewers:`",
    "ServerDefinition": "An entry of `servers:`",
}
_WORDS = {"object": "mapping", "array": "list"}


def text() -> str:
    """Return a table for each level of a suite."""
    schema = json.loads(schema_text())
    levels = {"SuiteEntry": schema, **schema["$defs"]}
    return "\n".join(f"## {title}\n\n{_keys(levels[name])}" for name, title in SECTIONS.items())


def _keys(level: Mapping[str, Any]) -> str:
    needed = level.get("required", ())
    rows = (
        [f"`{key}`{' (required)' if key in needed else ''}", plain(_type(value)), plain(value.get("description", ""))]
        for key, value in level.get("properties", {}).items()
    )
    return table(("key", "type", "meaning"), rows)


def _type(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        return "mapping"
    if "const" in value or "enum" in value:
        return ", ".join(map(str, value.get("enum", [value.get("const")])))
    if several := value.get("anyOf", value.get("oneOf")):
        return " or ".join(dict.fromkeys(filter(None, map(_type, several))))
    stated = value.get("type", "")
    kind = " or ".join(_WORDS.get(one, one) for one in ([stated] if isinstance(stated, str) else stated))
    items = _type(value.get("items") or {}) if kind == "list" else ""
    return f"{kind} of {items}" if items else kind
