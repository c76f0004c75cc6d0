"""``--set KEY=VALUE``: changes what is generated, never the key under which it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import FieldError, UsageError, nearest
from harness.suite.layers import GENERATION_FIELDS, JUDGED_FIELDS, Layer, layer_of_values, over
from harness.suite.read import check_field
from harness.suite.scalars import resolve

SETTABLE = (*GENERATION_FIELDS, "strength", "prompt", "timeout")
_TEXT = frozenset(
    {"provider", "model", "aspect", "quality", "style", "background", "format", "negative_prompt", "prompt"}
)
_KEY = frozenset({"seed", "seeds", "suite", "case", "cases", "id", "variant", "samples", "repeat", "repeats"})
_JUDGED = frozenset({*JUDGED_FIELDS, "checks", "tags", "answer", "strict"})
_WRITTEN = frozenset({"input_image", "mask", "ask", "matrix", "defaults", "providers", "settings"})


@dataclass(slots=True)
class Overrides:
    """The overrides of a command line, checked as far as they can be without a suite.

    ``layer`` holds fields and settings written ``settings.NAME``; ``loose`` what may be a setting of some
    provider, and is taken where one knows it. ``taken`` collects which were. ``flag`` is the option that they came by.
    """

    written: Mapping[str, str]
    flag: str = "--set"
    layer: Layer = field(default_factory=dict)
    loose: dict[str, Any] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def shown(self, name: str) -> str:
        """``--set quality=draft`` as it was written, or empty when this name was not set."""
        for key in (name, f"settings.{name}"):
            if key in self.written:
                return f"{self.flag} {key}={self.written[key]}"
        return ""

    def refuse_matrix(self, keys: Iterable[str], suite: str) -> None:
        """Raise UsageError when a set key is one that a matrix of the suite varies."""
        for key in keys:
            if shown := self.shown(key):
                hint = f"choose among its variants, or take `{key}` out of `matrix:`"
                raise UsageError(
                    f"{shown}: `{key}` is a matrix key of suite `{suite}`, part of the key of a trial", hint
                )

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Raise UsageError when a loose key was taken nowhere."""
        for key in self.loose:
            if key not in self.taken:
                hint = f"{nearest(key, {*SETTABLE, *known})}; any setting of a provider as settings.{key}=…"
                raise UsageError(f"{self.shown(key)}: no provider of these suites knows `{key}`", hint)


def parse_overrides(written: Mapping[str, str], flag: str = "--set") -> Overrides:
    """Return the overrides as given. Raises UsageError for a key that may not be set or a value it does not take."""
    values: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    loose: dict[str, Any] = {}
    for key, text in written.items():
        if key in _KEY:
            hint = "a suite's `seeds:` and --case, --repeats choose trials"
            raise UsageError(
                f"{flag} {key}={text}: `{key}` is part of the key of a trial, not of what is generated", hint
            )
        if key in _JUDGED:
            raise UsageError(
                f"{flag} {key}={text}: `{key}` is a rule of the suite, not of what is generated", "edit the suite"
            )
        if key in _WRITTEN:
            raise UsageError(f"{flag} {key}={text}: `{key}` can only be written in a suite", "edit the suite")
        if key in SETTABLE:
            values[key] = _field(key, text, flag)
        elif key.startswith("settings.") and key != "settings.":
            settings[key.removeprefix("settings.")] = resolve(text)
        else:
            loose[key] = resolve(text)
    try:
        layer = over({}, layer_of_values(values, SETTABLE))
    except FieldError as fault:
        raise UsageError(f"{flag}: {fault.message}", fault.hint) from None
    return Overrides(written, flag, layer | ({"settings": settings} if settings else {}), loose)


def _field(key: str, text: str, flag: str) -> Any:
    value = text if key in _TEXT else resolve(text)
    if key == "prompt":
        return text
    if key == "strength":
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        raise UsageError(f"{flag} strength={text}: strength is a number from 0 to 1")
    try:
        return check_field(key, value)
    except FieldError as fault:
        raise UsageError(f"{flag} {key}={text}: {fault.message}", fault.hint) from None
