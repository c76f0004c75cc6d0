"""A form of checks that is a record of its keys: for what phrases and options cannot express."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import FieldError, described, nearest, path_of
from harness.vision.grammar import CheckError


class CheckRecord(BaseModel):
    """The keys of a check: strict types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What a check of one kind holds, as a record. ``verify_more`` raises CheckError for what the record cannot
    express."""

    example: str
    record: type[CheckRecord]
    verify_more: Callable[[Any], object] | None = None

    def schema(self, kind: str) -> dict[str, Any]:  # noqa: ARG002 - the record has the kind among its keys
        """Return the JSON Schema of a check of this kind."""
        made = self.record.model_json_schema(ref_template="#/$defs/{model}")
        schema = _inlined(made, made.pop("$defs", {}))
        assert isinstance(schema, dict)
        return {key: schema[key] for key in ("type", "properties", "required", "additionalProperties")}

    def verify(self, kind: str, written: Mapping[str, Any]) -> None:
        """Raise CheckError for a check that is not such a record."""
        self.read(kind, written)

    def read(self, kind: str, written: Mapping[str, Any]) -> Any:
        """Return the record of a check as written. Raises CheckError."""
        try:
            record = self.record.model_validate(dict(written))
        except ValidationError as invalid:
            raise self._fault(kind, invalid.errors(include_url=False)[-1], written) from None
        if self.verify_more is not None:
            self.verify_more(record)
        return record

    def _fault(self, kind: str, error: Any, written: Mapping[str, Any]) -> CheckError:
        path = tuple(path_of(error, dict(written)))
        fault = error.get("ctx", {}).get("error")
        if isinstance(fault, FieldError):
            return CheckError(fault.message, fault.hint, (*path, *fault.path), at_key=fault.at_key)
        if error["type"] == "missing":
            return CheckError(
                f"check `{kind}` has no `{error['loc'][-1]}`", f"such as {self.example}", (kind,), at_key=True
            )
        if error["type"] == "extra_forbidden":
            key = str(error["loc"][-1])
            known = self.record.model_fields if len(path) < 2 else ()
            hint = nearest(key, known) if known else f"such as {self.example}"
            return CheckError(f"unknown key `{key}` in check `{kind}`", hint, path, at_key=True)
        name = next((str(step) for step in reversed(path) if isinstance(step, str)), kind)
        message, hint = described(error, name)
        return CheckError(message, hint or f"such as {self.example}", path)


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a schema without references and without the titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {
        key: {name: _inlined(one, definitions) for name, one in value.items()}
        if key == "properties"
        else _inlined(value, definitions)
        for key, value in schema.items()
        if key not in ("title", "default") or not isinstance(value, (str, type(None)))
    }
