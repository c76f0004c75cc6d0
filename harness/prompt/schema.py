"""A JSON Schema of scenes, for programs that make scenes (structured output of a chat model, files)."""

from typing import Any

from harness.prompt import scene as words
from harness.prompt.validation import MAX_RELATIONS


def scene_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a Scene's JSON form, without ``steps``.

    Every property is required and nullable where it may be None, as strict structured output wants it. What it cannot
    say (sums, cycles, contradictions) is said by :func:`harness.prompt.validate`.
    """
    index = {"type": "integer", "minimum": 0}
    thing = object_schema(
        shape={"enum": [*words.SHAPES, *words.SKY]},
        color={"enum": [*words.COLORS, None]},
        size={"enum": [*words.SIZES, None]},
        count={"type": "integer", "minimum": 1, "maximum": words.MAX_OBJECTS},
        place={"enum": [*words.PLACES, None]},
    )
    relation = object_schema(
        kind={"enum": [*words.RELATIONS]}, subject=index, targets={"type": "array", "items": index}
    )
    absence = object_schema(shape={"enum": [*words.SHAPES, *words.SKY, None]}, color={"enum": [*words.COLORS, None]})
    background = object_schema(
        kind={"enum": ["plain", *words.SCENIC]},
        color={"enum": [*words.PLAIN, None]},
        time={"enum": [*words.TIMES, None]},
    )
    schema = object_schema(
        things={"type": "array", "items": thing, "maxItems": words.MAX_OBJECTS + len(words.SKY)},
        relations={"type": "array", "items": relation, "maxItems": MAX_RELATIONS},
        background=background,
        style={"enum": [*words.STYLES]},
        absent={"type": "array", "items": absence},
        unknown={"type": "array", "items": {"type": "string"}},
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scene", **schema}


def object_schema(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has all of these properties and no others."""
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
