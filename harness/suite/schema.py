"""The JSON Schema of a suite file, for editors."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from harness.suite.model import SuiteEntry

SCHEMA_FILE = Path(__file__).with_name("schema.json")
"""The committed schema: what ``harness schema`` prints."""


class _Tidy(GenerateJsonSchema):
    """Without titles and nulls: a key that is not given is left out, never null."""

    def generate(self, schema: Any, mode: Any = "validation") -> dict[str, Any]:
        made = _tidy(super().generate(schema, mode=mode))
        assert isinstance(made, dict)
        return {"$schema": self.schema_dialect, "title": "image-harness suite", **made}


def schema() -> dict[str, Any]:
    """The schema as data (JSON Schema draft 2020-12)."""
    return SuiteEntry.model_json_schema(schema_generator=_Tidy)


def schema_text() -> str:
    """The schema as the text of ``schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(value: Any, *, names: bool = False) -> Any:
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
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
