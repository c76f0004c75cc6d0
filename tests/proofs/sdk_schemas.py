"""What the types of the openai and openrouter SDKs say of requests and replies, as JSON Schemas.

python -m tests.proofs.sdk_schemas                      # print them, with the versions
python -m tests.proofs.sdk_schemas --against OLD.json   # print what changed since those of another version
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError
from pydantic.json_schema import GenerateJsonSchema

Schema = dict[str, Any]
REQUESTS = {
    "openai images/generations": ("openai.types.image_generate_params", "ImageGenerateParamsNonStreaming"),
    "openai images/generations streamed": ("openai.types.image_generate_params", "ImageGenerateParamsStreaming"),
    "openai images/edits": ("openai.types.image_edit_params", "ImageEditParamsNonStreaming"),
    "openai images/edits streamed": ("openai.types.image_edit_params", "ImageEditParamsStreaming"),
    "openai chat/completions": ("openai.types.chat.completion_create_params", "CompletionCreateParamsNonStreaming"),
    "openrouter images": ("openrouter.components", "ImageGenerationRequest"),
    "openrouter chat/completions": ("openrouter.components", "ChatRequest"),
}
"""The type of each request that the adapters send."""
REPLIES = {
    "openai images": ("openai.types", "ImagesResponse"),
    "openai images streamed": ("openai.types", "ImageGenCompletedEvent"),
    "openai edits streamed": ("openai.types", "ImageEditCompletedEvent"),
    "openai chat": ("openai.types.chat", "ChatCompletion"),
    "openrouter images": ("openrouter.components", "ImageGenerationResponse"),
    "openrouter images streamed": ("openrouter.components", "ImageGenCompletedEvent"),
    "openrouter chat": ("openrouter.components", "ChatResult"),
}
"""The type of each reply that the adapters read."""
PACKAGES = ("openai", "openrouter")
_AS_THEY_ARE = frozenset({"$defs", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "type", "items", "properties",
                          "required", "additionalProperties", "prefixItems"})  # fmt: skip


class _Quiet(GenerateJsonSchema):
    """Without warnings of defaults that JSON cannot hold: the SDKs have markers of their own for what is not there."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as pydantic declares it


def schema_of(module: str, name: str) -> Schema:
    """Return the schema of a type; of a field that no JSON can hold (a file) one that takes anything."""
    kind = getattr(import_module(module), name)
    if not hasattr(kind, "__required_keys__"):
        return _plain(TypeAdapter(kind).json_schema(schema_generator=_Quiet))
    fields: dict[str, Schema] = {}
    for field, annotation in get_type_hints(kind).items():
        try:
            fields[field] = _plain(TypeAdapter(annotation).json_schema(schema_generator=_Quiet))
        except (PydanticInvalidForJsonSchema, PydanticSchemaGenerationError):
            fields[field] = {}
    shared = {name: one for field in fields.values() for name, one in field.pop("$defs", {}).items()}
    return {"$defs": shared, "type": "object", "properties": fields, "required": sorted(kind.__required_keys__)}


def schemas() -> dict[str, Any]:
    """Return all of them, with the versions of the packages."""
    return {
        "versions": {name: version(name) for name in PACKAGES},
        "requests": {name: schema_of(*place) for name, place in REQUESTS.items()},
        "replies": {name: schema_of(*place) for name, place in REPLIES.items()},
    }


def strict(schema: Any) -> Any:
    """Return the schema with no room for fields that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: strict(one) for name, one in schema.items()}
    if schema.get("properties") and "additionalProperties" not in schema:
        inner["additionalProperties"] = False
    return inner


def _plain(schema: Any, *, names: bool = False) -> Any:
    """Return the parts of a schema that say what is valid; ``names``: its keys are those of fields."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value if key in ("enum", "required") and not names else _plain(value, names=key in ("properties", "$defs"))
        for key, value in schema.items()
        if names or key in _AS_THEY_ARE
    }


def flat(
    schema: Any, where: str = "", root: Mapping[str, Any] | None = None, seen: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield a line for each field and each of its types and values, references followed."""
    if not isinstance(schema, dict):
        return
    root = schema if "$defs" in schema or root is None else root
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from flat(root.get("$defs", {}).get(name), where, root, (*seen, name))
        return
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word, ()):
            yield from flat(part, where, root, seen)
    if "type" in schema:
        yield f"{where}: {schema['type']}"
    for value in schema.get("enum", ()) if "enum" in schema else [schema["const"]] if "const" in schema else ():
        yield f"{where} = {json.dumps(value)}"
    yield from flat(schema.get("items"), f"{where}[]", root, seen)
    for name, inner in schema.get("properties", {}).items():
        if name in schema.get("required", ()):
            yield f"{where}.{name}: required"
        yield from flat(inner, f"{where}.{name}", root, seen)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the schemas of another version have and these have not (``-``), and the other way round (``+``)."""
    for part in ("requests", "replies"):
        for name in new[part]:
            before, after = (set(flat(one[part].get(name))) for one in (old, new))
            for mark, lines in (("-", before - after), ("+", after - before)):
                yield from (f"{mark} {name} {line.lstrip('.')}" for line in sorted(lines))


def main() -> int:
    """Print the schemas, or what changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="what this command printed elsewhere")
    given = parser.parse_args()
    found = schemas()
    if given.against is None:
        print(json.dumps(found))
        return 0
    old = json.loads(given.against.read_text(encoding="utf-8"))
    for name in PACKAGES:
        print(f"{name} {old['versions'][name]} → {found['versions'][name]}")
    lines = list(changes(old, found))
    print("\n".join(lines) if lines else "the types of our requests and replies are the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
