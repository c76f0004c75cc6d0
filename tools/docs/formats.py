"""The reference of the files that are written, from their JSON Schemas."""

from collections.abc import Mapping
from typing import Any

from tools.docs.markdown import plain, table
from tools.schemas import schemas

Schema = Mapping[str, Any]


def text() -> str:
    """Return a section for each file or output, with the fields at its top."""
    return "\n".join(_section(name, schema) for name, schema in schemas().items())


def _section(name: str, schema: Schema) -> str:
    rows = ([f"`{key}`", plain(_description(field, schema["$defs"]))] for key, field in _fields(schema).items())
    head = f"## {name}\n\n{plain(schema['title'])}: [its schema](../schemas/{name}.json), with all that it holds.\n"
    return f"{head}\n{table(('field', 'meaning'), rows)}"


def _fields(schema: Schema) -> dict[str, Schema]:
    """Return the fields at the top, of each of its forms where there are several."""
    found = dict(schema["properties"])
    for form in schema.get("anyOf", ()):
        found |= _referred(form, schema["$defs"]).get("properties", {})
    return found


def _description(field: Schema, definitions: Schema) -> str:
    if "const" in field:
        return f"{field['const']}."
    return str(field.get("description") or _referred(field, definitions).get("description", ""))


def _referred(schema: Schema, definitions: Schema) -> Schema:
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    found: Schema = definitions[name] if name else schema
    return found
