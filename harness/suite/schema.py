"""The JSON Schema of a suite file, for editors."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from harness.suite.model import SuiteEntry

SCHEMA_FILE = Path(__file__).with_name("schema.json")
"""The committed schema: what ``harness schema`` prints."""


class _Part(GenerateJsonSchema):
    """Without titles and nulls: a key that is not given is left out, never null."""

    def generate(self, schema: Any, mode: Any = "validation") -> dict[str, Any]:
        made = _tidy(super().generate(schema, mode=mode))
        assert isinstance(made, dict)
        return made


class _Tidy(_Part):
    """The whole, with its dialect and its title."""

    def generate(self, schema: Any, mode: Any = "validation") -> dict[str, Any]:
        return {"$schema": self.schema_dialect, "title": "image-harness suite", **super().generate(schema, mode)}


def schema() -> dict[str, Any]:
    """Return the schema as data (JSON Schema draft 2020-12). The options of a provider follow from its ``kind``; those
    of other packages' kinds are not known here."""
    from harness.provider import built_in_options

    made = SuiteEntry.model_json_schema(schema_generator=_Tidy)
    by_kind = []
    for kind, options in built_in_options().items():
        part = options.model_json_schema(schema_generator=_Part, ref_template="#/$defs/{model}")
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
