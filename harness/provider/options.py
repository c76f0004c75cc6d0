"""The options of a provider: one frozen record for each kind, that validates, describes and completes them.

Each field has a type, a default and a sentence below it. From these come the checks when a suite is read, the part of
the kind in the JSON Schema of a suite, and the tables of ``harness providers --explain`` and of ``docs/providers``.
"""

import inspect
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.errors import FieldError, described, nearest, path_of, shown
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.protocol import Capabilities
from harness.provider.stated_environment import Fields, checked_fields
from harness.records import Recipe, field_docs
from harness.vocabulary import SERVER_PROMISES, SUBJECT_FIELDS, SeedPromise, values_of


def _filled(value: str, info: ValidationInfo) -> str:
    if not value.strip():
        raise FieldError(f"`{info.field_name}` is empty")
    return value


Text = Annotated[str, AfterValidator(_filled), Field(json_schema_extra={"minLength": 1})]
"""A text that is not blank."""
Price = Annotated[float, Field(ge=0)]
"""US dollars for an image."""
Concurrency = Annotated[int, Field(ge=1, le=256)]
"""How many images at a time."""
Promise = Annotated[SeedPromise, Field(strict=False), WithJsonSchema({"enum": list(values_of(SeedPromise))})]
"""What a seed promises."""


def one_of(words: Collection[str]) -> tuple[Any, ...]:
    """Return what makes a field take one of some words: ``Annotated[str, *one_of(WORDS)]``."""

    def check(value: str, info: ValidationInfo) -> str:
        if value not in words:
            raise FieldError(f"`{info.field_name}` cannot be {shown(value)}", nearest(value, words))
        return value

    return AfterValidator(check), WithJsonSchema({"enum": list(words)})


@dataclass(frozen=True, slots=True)
class SchemaFrom:
    """What the JSON Schema says of a field, made when it is asked for; ``WithJsonSchema`` takes one that is made."""

    make: Callable[[], JsonSchemaValue]

    def __get_pydantic_json_schema__(self, *_: object) -> JsonSchemaValue:
        return self.make()


ServerPromise = Annotated[Promise, *one_of(SERVER_PROMISES)]
"""What the seed of a server may promise: never the same image on every machine."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One word of the common vocabulary as a kind reads it.

    ``setting`` and ``value`` are the word (``quality``, ``draft``), ``meaning`` the kind's own terms, ``seconds``
    the time of an image as measured just now (None: not measured), ``cost`` in US dollars (None: unknown).
    """

    setting: str
    value: str
    meaning: str
    seconds: float | None = None
    cost: float | None = None


class OptionRecord(BaseModel):
    """A part of a provider's options: strict types, no unknown keys, and the sentence below each field as its
    description."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema of these options with the sentence below each field, which is only read here."""
        made = handler(schema)
        properties = handler.resolve_ref_schema(made)["properties"]
        for name, text in field_docs(cls).items():
            if name in properties:
                properties[name].setdefault("description", text)
        return made

    @classmethod
    def read(cls, name: str, given: Mapping[str, Any]) -> Self:
        """Return the options of the provider or server ``name``; a null is an option that is not given. Raises
        BadOptionError with all problems."""
        try:
            return cls.model_validate({key: value for key, value in given.items() if value is not None})
        except ValidationError as invalid:
            problems: dict[tuple[str | int, ...], OptionProblem] = {}
            for error in invalid.errors(include_url=False):
                problem = _problem(cls, error, given)
                # of a value that may be of several types the first is named
                problems.setdefault(problem.path, problem)
            raise BadOptionError(name, *problems.values()) from None


class ProviderOptions(OptionRecord):
    """The options of one kind, as a suite states them, and what is known of a provider from them alone.

    A subclass gives :attr:`capabilities`, and overrides what else it knows; nothing heavy is imported and nothing is
    opened for any of it.
    """

    notes: ClassVar[tuple[str, ...]] = ()
    """What else a user should know of the kind, a paragraph each."""
    more_words: ClassVar[tuple[str, ...]] = ()
    """Options that a recipe may set too, beside those of the common vocabulary."""

    environment: Annotated[Fields, AfterValidator(checked_fields)] = Field(default_factory=dict)
    """What is known of the machine that generates, such as {gpu: L40S}; --env and HARNESS_ENV_GPU override it."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What a provider with these options can do."""

    @property
    def places(self) -> tuple["WorkerPlace", ...]:
        """Where each of the worker processes generates; none: it generates in this process."""
        return ()

    @property
    def sources(self) -> frozenset[str] | None:
        """The names of the fields of the environment that these options supply; None: not known before."""
        return frozenset(self.environment)

    def price_of(self, recipe: Recipe) -> float | None:  # noqa: ARG002 - for those whose price depends on it
        """US dollars for the image of a recipe, None when unknown. See :meth:`price_for`."""
        return self.capabilities.price

    def price_for(self, recipe: Recipe) -> float | None:
        """Return the price of the image of a recipe; a stated ``price`` overrides what the kind knows."""
        return self.capabilities.price if "price" in self.model_fields_set else self.price_of(recipe)

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return what beside the recipe decides its image and is known without generating (the digest of a program, of
        a file that the options name), for the cache; None where an image is never worth caching. Raises OSError."""
        return {}

    def look(self, provider: str, root: Path) -> None:
        """Read the files that the options of a provider name, as a run would before its first image. Raises
        BadOptionError."""

    def called(self, model: str | None = None) -> Iterator[tuple[str, str]]:
        """Yield the models that are called over HTTP, each after its address; ``model`` is what a case names instead of
        the options' own."""
        for options, name in ((self, model), (getattr(self, "interpreter", None), None)):
            address, own = getattr(options, "base_url", None), name or getattr(options, "model", None)
            if address and own:
                yield address, own

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        """Return how the kind reads the common vocabulary."""
        return ()

    @classmethod
    def measured(cls) -> tuple[Tier, ...]:
        """Return the same with the speed of each quality, measured now where the kind runs here."""
        return cls.vocabulary()

    @classmethod
    def described(cls) -> dict[str, str]:
        """Return the options by name, the kind's own before the shared ones, each with its help text and default."""
        names = [name for base in cls.__mro__ for name in inspect.get_annotations(base) if name in cls.model_fields]
        docs = field_docs(cls)
        texts = {name: cls.model_fields[name].description or docs.get(name) for name in dict.fromkeys(names)}
        return {
            name: " ".join(f"{text}{_default(cls.model_fields[name])}".split()) for name, text in texts.items() if text
        }

    @property
    def given(self) -> dict[str, Any]:
        """What was stated, as plain JSON values."""
        return self.model_dump(mode="json", exclude_unset=True)

    @property
    def own(self) -> frozenset[str]:
        """The names of what was stated outside the common vocabulary."""
        return frozenset(self.model_fields_set).difference(SUBJECT_FIELDS)

    def words(self, recipe: Recipe) -> dict[str, Any]:
        """Return the settings of a recipe over the words of the common vocabulary that the options state."""
        stated = {name: getattr(self, name, None) for name in (*SUBJECT_FIELDS, *self.more_words)}
        settings = recipe.subject.settings.items()
        return {name: value for name, value in (*stated.items(), *settings) if value is not None}


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """One worker process: its name, and what its provider is built with beside the stated options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables."""


class ProgramOptions(ProviderOptions):
    """Options of what runs here as a program of the user's own."""

    promise: Promise | None = None
    """What its seed promises: none, best-effort, exact-per-environment or exact."""
    price: Price | None = None
    """US dollars for an image."""
    concurrency: Concurrency = 1
    """How many images at a time."""


def _problem(cls: type[BaseModel], error: Mapping[str, Any], given: Mapping[str, Any]) -> OptionProblem:
    where = tuple(path_of(error, given))
    fault = error.get("ctx", {}).get("error")
    name = str(next((step for step in reversed(where) if isinstance(step, str)), ""))
    if isinstance(fault, FieldError):
        return OptionProblem(fault.message, fault.hint, (*where, *fault.path), at_key=fault.at_key)
    if error["type"] == "missing":
        examples = _fields_at(cls, where)[name].examples
        return OptionProblem(
            f"`{name}` is missing", f"such as {name}: {examples[0]}" if examples else "", where, at_key=True
        )
    if error["type"] == "extra_forbidden" and where == ("workers",):
        hint = "`concurrency` says how many images at a time" if "concurrency" in cls.model_fields else "leave it out"
        return OptionProblem("`workers` are for kinds that compute on this machine", hint, where, at_key=True)
    if error["type"] == "extra_forbidden":
        return OptionProblem(f"unknown option `{name}`", nearest(name, _fields_at(cls, where)), where, at_key=True)
    return OptionProblem(*described(error, name), where)


def _fields_at(cls: type[BaseModel], where: Sequence[str | int]) -> Mapping[str, FieldInfo]:
    """Return the fields of the record that holds the last step of a path."""
    for step in where[:-1]:
        annotation = cls.model_fields[step].annotation if isinstance(step, str) else None
        kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
        cls = next((kind for kind in kinds if issubclass(kind, BaseModel)), cls)
    return cls.model_fields


def _default(field: FieldInfo) -> str:
    """Return what a description says of the value of an option that is not given."""
    if field.is_required():
        return " Required."
    value = field.default
    if isinstance(value, bool):
        return f" Default: {str(value).lower()}."
    return f" Default: {value}." if isinstance(value, (str, int, float)) and value != "" else ""
