"""The JSON Schema of a suite file, for editors."""

import json
from pathlib import Path
from typing import Any

from harness.suite.model import SuiteEntry

SCHEMA_FILE = Path(__file__).with_name("schema.json")
"""The committed schema: what ``harness schema`` prints."""


def schema() -> dict[str, Any]:
    """Return the schema as data (JSON Schema draft 2020-12). The options of a provider follow from its ``kind``; those
    of other packages' kinds are not known here."""
    from harness.provider import ServerDefinition, built_in_options

    dialect = "https://json-schema.org/draft/2020-12/schema"
    made = {"$schema": dialect, "title": "image-harness suite", **_tidy(SuiteEntry.model_json_schema())}
    made["$defs"][ServerDefinition.__name__] = _tidy(ServerDefinition.model_json_schema())
    made["properties"]["servers"]["additionalProperties"] = {"$ref": f"#/$defs/{ServerDefinition.__name__}"}
    by_kind = []
    for kind, options in built_in_options().items():
        part = _tidy(options.model_json_schema())
        made["$defs"] |= part.pop("$defs", {}) | {options.__name__: part}
        part["properties"] = {"kind": {"const": kind}, **part["properties"]}
        condition = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
        by_kind.append({"if": condition, "then": {"$ref": f"#/$defs/{options.__name__}"}})
    made["$defs"]["ProviderEntry"]["allOf"] = by_kind
    return made


def schema_text() -> str:
    """Return the schema as the text of ``schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(value: Any, *, names: bool = False) -> Any:
    """Without titles and nulls: a key that is not given is left out, never null. ``names``: the keys are names."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return " ".join(value.split()) if isinstance(value, str) else value
    tidied = {
        key: _tidy(item, names=key in ("properties", "$defs"))
        for key, item in value.items()
        if names or not (key == "title" or (key == "default" and item is None))
    }
    options = tidied.get("anyOf")
    if not names and isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        del tidied["anyOf"]
        tidied = {**rest[0], **tidied} if len(rest) == 1 else {"anyOf": rest, **tidied}
    return tidied
