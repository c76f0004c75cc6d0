"""A grammar of checks: which kinds a viewer answers, and what a check of each kind looks like in a suite.

A viewer brings its own :class:`Grammar`; the loader of suites parses by it and the JSON Schema is made from it, so
neither imports numpy or pillow here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol

from harness.errors import HarnessError, nearest
from harness.records import Check

MAX_PHRASE = 200
Path = tuple[str | int, ...]


@dataclass(eq=False, repr=False)
class CheckError(HarnessError):
    """A check that cannot be understood.

    ``path`` leads from the check to the part at fault; ``at_key`` says that the key there is wrong, not its value.
    """

    problem: str
    hint: str = ""
    path: Path = ()
    at_key: bool = field(default=False, kw_only=True)

    def __str__(self) -> str:
        return self.problem


class CheckForm(Protocol):
    """What a check of one kind looks like. ``example`` shows a whole check."""

    @property
    def example(self) -> str: ...

    def schema(self, kind: str) -> dict[str, Any]:
        """Return the JSON Schema of a check of this kind."""

    def verify(self, kind: str, written: Mapping[str, Any]) -> None:
        """Raise CheckError for a check of this kind that is not written so."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a check of one kind holds: ``least`` to ``most`` phrases, and options.

    An option is a range of whole numbers or one of several words; at least one is given. ``example`` shows a whole
    check. ``validate`` raises CheckError for what the table cannot express.
    """

    example: str
    least: int = 1
    most: int = 1
    options: Mapping[str, range | tuple[str, ...]] = field(default_factory=dict)
    validate: Callable[[Mapping[str, Any]], object] | None = None

    def schema(self, kind: str) -> dict[str, Any]:
        """Return the JSON Schema of a check of this kind."""
        text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_PHRASE}
        many = {"type": "array", "items": text, "minItems": self.least, "maxItems": self.most}
        own = text if self.most == 1 else many if self.least > 1 else {"oneOf": [text, many]}
        options = {name: _option_schema(option) for name, option in self.options.items()}
        return {
            "type": "object",
            "properties": {kind: own, **options},
            "required": [kind, *options] if len(options) == 1 else [kind],
            "minProperties": 2 if options else 1,
            "additionalProperties": False,
        }

    def verify(self, kind: str, written: Mapping[str, Any]) -> None:
        """Raise CheckError for a check of this kind that has other keys, phrases or options."""
        for key in written:
            if key != kind and key not in self.options:
                hint = nearest(str(key), (kind, *self.options))
                raise CheckError(f"unknown key `{key}` in check `{kind}`", hint, (str(key),), at_key=True)
        if self.options and len(written) == 1:
            hint = f"such as {self.example}"
            raise CheckError(f"check `{kind}` has no `{next(iter(self.options))}`", hint, (kind,), at_key=True)
        _verify_phrases(kind, self, written[kind])
        for name, option in self.options.items():
            if name in written:
                _verify_option(kind, name, option, written[name])
        if self.validate is not None:
            self.validate(written)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The kinds of checks of one viewer. ``read`` raises CheckError for phrases that the viewer has no words for;
    ``kind_of`` returns the kind that a calibration of the viewer counts a check as."""

    forms: Mapping[str, CheckForm]
    read: Callable[[Check], object]
    kind_of: Callable[[Check], str] = attrgetter("kind")

    def parse(self, written: Any) -> Check:
        """Return the check of a mapping such as ``{count: red circle, equals: 2}``, with its arguments as written.

        Phrases are not read: another viewer may know other words. Raises CheckError.
        """
        if not isinstance(written, Mapping) or not written:
            raise CheckError("a check is a mapping", f"such as {next(iter(self.forms.values())).example}")
        kinds = [key for key in written if key in self.forms]
        if not kinds:
            key = str(next(iter(written)))
            raise CheckError(f"unknown check `{key}`", nearest(key, self.forms), (key,), at_key=True)
        if len(kinds) > 1:
            hint = f"write `{kinds[0]}` and `{kinds[1]}` as two checks"
            raise CheckError("two checks in one", hint, (kinds[1],), at_key=True)
        kind = kinds[0]
        self.forms[kind].verify(kind, written)
        return Check(kind, dict(written))

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a check."""
        return {"oneOf": [form.schema(kind) for kind, form in self.forms.items()]}


def phrases(check: Check) -> list[tuple[Path, str]]:
    """Return the phrases of a check in the order written, each with the path to it."""
    value = check.args[check.kind]
    if isinstance(value, list | tuple):
        return [((check.kind, index), phrase) for index, phrase in enumerate(value)]
    return [((check.kind,), value)]


def as_written(args: Mapping[str, Any]) -> str:
    """Return a check as a person wrote it, such as ``{count: red circle, equals: 2}``."""
    return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in args.items()) + "}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return as_written(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "[" + ", ".join(map(_flow, value)) + "]" if isinstance(value, list | tuple) else str(value)


def _verify_phrases(kind: str, form: Form, value: Any) -> None:
    listed = isinstance(value, list | tuple) and form.most > 1
    if form.most > 1 and not (form.least <= len(value) <= form.most if listed else form.least == 1):
        size = f"{form.least}" if form.least == form.most else f"{form.least} to {form.most}"
        raise CheckError(f"check `{kind}` takes a list of {size} things", f"such as {form.example}", (kind,))
    for index, phrase in enumerate(value if listed else [value]):
        if not isinstance(phrase, str) or not phrase.strip() or len(phrase) > MAX_PHRASE:
            path = (kind, index) if listed else (kind,)
            raise CheckError(f"check `{kind}` names a thing in words", "such as red circle", path)


def _verify_option(kind: str, name: str, option: range | tuple[str, ...], value: Any) -> None:
    if isinstance(option, range):
        if isinstance(value, bool) or not isinstance(value, int) or value not in option:
            problem = f"`{name}` of check `{kind}` is a whole number from {option[0]} to {option[-1]}"
            raise CheckError(problem, "", (name,))
    elif value not in option:
        raise CheckError(f"`{name}` of check `{kind}` cannot be `{value}`", nearest(str(value), option), (name,))


def _option_schema(option: range | tuple[str, ...]) -> dict[str, Any]:
    if isinstance(option, range):
        return {"type": "integer", "minimum": option[0], "maximum": option[-1]}
    return {"enum": list(option)}
