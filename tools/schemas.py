"""Write the JSON Schemas of the files and outputs that others read, made from the records, into ``docs/schemas``.

``python -m tools.schemas``. The docstring under a field is its description.
"""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from harness import records
from harness.baseline import entry, marks
from harness.ledger import lines
from harness.records import field_docs

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"
NOTES = ("intent", "rerun", "resumed", "judged")
MONITOR_LINES = {"epoch": "MonitorEpoch", "night": "MonitorNight"}


def schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by the name of its file."""
    definitions = _definitions(records, lines, entry, marks)
    text, texts = {"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}

    def document(title: str, kind: str, properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "type": "object",
            "properties": {"format": {"const": records.FORMATS[kind]}, **properties},
            "required": ["format", *required],
        }

    def of_record(title: str, kind: str, name: str) -> dict[str, Any]:
        own = definitions[name]
        return document(title, kind, {"version": text, **own["properties"]}, own["required"])

    def note(name: str) -> dict[str, Any]:
        return {"required": [name], "properties": {name: _reference(name.capitalize())}}

    def output(name: str, record: str, **more: Any) -> dict[str, Any]:
        properties = {"version": text, name: _reference(record), "folder": text, **more, "reports": texts}
        return document(f"what harness {name} --json prints", "output", properties, ["version", name, "folder", *more])

    line = document("a line of trials.jsonl: a result, or a note between them", "run", {}, [])
    listed = {
        section: {"type": "array", "items": _reference(name)}
        for section, name in (("ignored", "IgnoreEntry"), ("trials", "TrialEntry"))
    }
    manifest = document("manifest.json", "manifest", {"version": text, "suite": text, **listed}, ["suite"])
    found = {
        "run": of_record("run.json", "run", "RunRecord"),
        "trial": line | {"anyOf": [_reference("TrialResult"), *map(note, NOTES)]},
        "manifest": manifest | {"additionalProperties": False},
        "audit": of_record("audit.json", "audit", "Audit"),
        "bench": of_record("bench.json", "bench", "Bench"),
        "decisions": of_record("decisions.json, as the page of a report exports it", "decisions", "Marks"),
        "output-run": output(
            "run",
            "RunRecord",
            exit_code={"type": "integer"},
            trials={"type": "array", "items": _reference("TrialResult")},
        ),
        "output-audit": output("audit", "Audit"),
        "output-bench": output("bench", "Bench"),
    }
    title = "a line of nights.jsonl: an epoch or a night of a monitor"
    own = {name: _reference(record) for name, record in MONITOR_LINES.items()}
    found["monitor"] = document(title, "monitor", {"version": text, **own}, [])
    found["monitor"]["oneOf"] = [{"required": [name]} for name in MONITOR_LINES]
    found["output-monitor"] = output("monitor", "MonitorReport", night=_reference("MonitorNight"), state=text)
    return {name: schema | {"$defs": _used(schema, definitions)} for name, schema in found.items()}


def schema_text(schema: Mapping[str, Any]) -> str:
    """Return the text of a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / f"{name}.json").write_text(schema_text(schema), "utf-8")


def _definitions(*modules: ModuleType) -> dict[str, dict[str, Any]]:
    """Return the schema of each record of these modules by its name, with descriptions of the fields."""
    # the names of a face are loaded when they are asked for
    named = [(name, getattr(module, name)) for module in modules for name in getattr(module, "__all__", vars(module))]
    found = {name: cls for name, cls in named if _is_record(cls)}
    _, components = msgspec.json.schema_components(found.values(), ref_template="#/$defs/{name}")
    for name, schema in components.items():
        for field, description in field_docs(found[name]).items() if name in found else ():
            schema["properties"][field]["description"] = description
    return components


def _is_record(cls: Any) -> bool:
    record = isinstance(cls, type) and is_dataclass(cls) and not issubclass(cls, BaseException)
    return record and cls.__name__[0] != "_"


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _used(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definitions that a schema refers to, sorted by name."""
    found: set[str] = set()
    left = [schema]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix("#/$defs/")
            if name and name not in found:
                found.add(name)
                left.append(definitions[name])
            left += value.values()
        elif isinstance(value, list):
            left += value
    return {name: definitions[name] for name in sorted(found)}


if __name__ == "__main__":
    main()
