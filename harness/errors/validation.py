"""Validation errors as messages: the same for a suite and for the options of a provider."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors.hints import nearest
from harness.errors.redaction import redact

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "union": "text, a number, true or false",
}


class FieldError(ValueError):
    """A value that is not what its field takes. ``path`` leads from the field to the part that is wrong;
    ``at_key`` says that the key there is wrong, not its value."""

    def __init__(self, message: str, hint: str = "", path: Sequence[str | int] = (), *, at_key: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = tuple(path)
        self.at_key = at_key


def path_of(error: Mapping[str, Any], data: Any) -> list[str | int]:
    """Return the keys and indices that lead to the value of an error of pydantic in the ``data`` that it validated.

    The steps that pydantic adds itself, for branches of a union and for wrappers, are in no data.
    """
    path: list[str | int] = []
    for step in error["loc"]:
        inside = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if inside or (isinstance(data, Mapping) and step in data):
            data = data[step]
            path.append(step)
    return [*path, error["loc"][-1]] if error["type"] == "missing" else path


def described(error: Mapping[str, Any], name: str, raw: str = "") -> tuple[str, str]:
    """Message and hint of an error of pydantic about the field ``name``; ``raw`` is the value as a file has it."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "missing":
        return f"`{name}` is missing", ""
    if kind == "value_error":
        return f"`{name}`: {context['error']}", ""
    if kind == "string_pattern_mismatch":
        return f"`{name}` cannot be {shown(value, raw)}", ""
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']+)'", str(context["expected"]))
        return f"`{name}` cannot be {shown(value, raw)}", nearest(str(value), known)
    if kind in _EXPECTED:
        quoted = f'write it in quotes: "{raw}"' if kind == "string_type" and raw and len(raw) <= 60 else ""
        return f"`{name}` takes {_EXPECTED[kind]}, not {shown(value, raw)}", quoted
    if kind == "too_short":
        return f"`{name}` is empty", "list at least one"
    if kind == "string_too_short":
        return f"`{name}` is empty", ""
    if kind in ("too_long", "string_too_long"):
        return f"`{name}` holds more than {context['max_length']}", ""
    for end, words in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below")):
        if end in context:
            return f"`{name}` is {words} {context[end]:g}, not {shown(value, raw)}", ""
    return f"`{name}`: {error['msg'][:1].lower()}{error['msg'][1:]}", ""


def shown(value: Any, raw: str = "") -> str:
    """Return a value as a message quotes it: short, and as the file has it where ``raw`` is given."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = redact(f'"{value}"' if isinstance(value, str) else raw or str(value))
    return text if len(text) <= 60 else f"{text[:57]}…"
