"""The reference of the files that are written, from their JSON Schemas."""

from tools.docs.markdown import plain, table
from tools.schemas import schemas


def text() -> str:
    """Return a section for each file or output, with the fields at its top."""
    return "\n".join(_section(name, schema) for name, schema in schemas().items())


def _section(name: str, schema: dict[str, object]) -> str:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    rows = ([f"`{key}`", plain(value.get("description", ""))] for key, value in properties.items())
    head = (
        f"## {name}\n\n{plain(str(schema['title']))}: [its schema](../schemas/{name}.json), with all that it holds.\n"
    )
    return f"{head}\n{table(('field', ''), rows)}"
