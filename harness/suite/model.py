"""The keys of a suite file, what each takes, and the words an editor shows for it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    WithJsonSchema,
)

from harness.errors import FieldError
from harness.provider import SchemaFrom
from harness.records import Box, Check, FieldValue, Limit, ProfileRule, Rule, field_trouble
from harness.suite.fields import (
    MAX_SEED,
    MAX_SIDE,
    NAMED_RULES,
    Seeds,
    parse_aspect,
    parse_box,
    parse_drift,
    parse_limits,
    parse_seeds,
    parse_size,
)
from harness.suite.names import NAME_PATTERN, name_trouble
from harness.vision import AUTO, CheckError, checks_schema, parse_check
from harness.vocabulary import (
    MEANINGS,
    METRICS,
    RANGES,
    BackgroundKind,
    ImageFormat,
    InputFidelity,
    Level,
    Moderation,
    Quality,
    RuleKind,
    values_of,
)

MAX_SAMPLES = 10_000
MAX_CONFIRM = 10
MAX_TIMEOUT = 86_400.0


def _name(value: str) -> str:
    if trouble := name_trouble(value):
        raise FieldError(f'name "{value[:60]}" {trouble}', 'such as "two-circles"')
    return value


def _ignore(value: Any) -> Box:
    if not isinstance(value, dict) or set(value) != {"box"}:
        raise FieldError("an ignored place is a box", "write it as {box: [x, y, width, height]}")
    try:
        return parse_box(value["box"])
    except FieldError as fault:
        raise FieldError(fault.message, fault.hint, ["box"]) from None


_LIMITS_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        name: {"type": ["string", "boolean"] if metric.boolean else "string", "examples": ["<= 4", "0.98..0.999"]}
        for name, metric in METRICS.items()
    },
}
_SEED = {"type": "integer", "minimum": 0, "maximum": MAX_SEED}
_SPAN = {"type": "string", "pattern": r"^\d+\s*\.\.\s*\d+$", "examples": ["0..9"]}


def _check(value: Any) -> Check:
    try:
        return parse_check(value)
    except CheckError as fault:
        raise FieldError(fault.problem, fault.hint, fault.path, at_key=fault.at_key) from None


def _checks(value: Any) -> Any:
    return [AUTO] if value == AUTO else value


NameField = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN, "maxLength": 80})
]
SeedsField = Annotated[
    Seeds,
    PlainValidator(parse_seeds),
    WithJsonSchema({"oneOf": [_SEED, _SPAN, {"type": "array", "minItems": 1, "items": {"oneOf": [_SEED, _SPAN]}}]}),
]
SizeField = Annotated[
    tuple[int, int | None],
    PlainValidator(parse_size),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "string", "pattern": r"^\d+\s*[x×]\s*\d+$", "examples": ["256x256", "512x320"]},
                {"type": "integer", "minimum": 1, "maximum": MAX_SIDE},
            ]
        }
    ),
]
AspectField = Annotated[
    tuple[int, int],
    PlainValidator(parse_aspect),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\s*:\s*\d+$", "examples": ["16:9", "1:1"]}),
]
LimitsField = Annotated[tuple[Limit, ...], PlainValidator(parse_limits), WithJsonSchema(_LIMITS_SCHEMA)]
DriftField = Annotated[
    Rule,
    PlainValidator(parse_drift),
    WithJsonSchema({"oneOf": [{"enum": list(NAMED_RULES)}, _LIMITS_SCHEMA]}),
]
BoxField = Annotated[
    Box,
    PlainValidator(_ignore),
    WithJsonSchema(
        {
            "type": "object",
            "required": ["box"],
            "additionalProperties": False,
            "properties": {
                "box": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 4, "maxItems": 4}
            },
        }
    ),
]


def one_of_words(kind: type[StrEnum]) -> tuple[Any, ...]:
    """Return what makes a field take one of the words of an enumeration."""
    return Field(strict=False), WithJsonSchema({"type": "string", "enum": list(values_of(kind))})


def _whole(name: str) -> Any:
    low, high = RANGES[name]
    return Field(None, ge=low, le=high, description=MEANINGS[name])


def _text(word: StrEnum) -> str:
    return word.value


# settings of a subject are plain JSON values
QualityField = Annotated[Quality, *one_of_words(Quality), AfterValidator(_text)]
BackgroundField = Annotated[BackgroundKind, *one_of_words(BackgroundKind), AfterValidator(_text)]
FidelityField = Annotated[InputFidelity, *one_of_words(InputFidelity), AfterValidator(_text)]
ModerationField = Annotated[Moderation, *one_of_words(Moderation), AfterValidator(_text)]
FormatField = Annotated[ImageFormat, *one_of_words(ImageFormat), AfterValidator(_text)]
LevelField = Annotated[Level, *one_of_words(Level)]
CheckField = Annotated[Check, PlainValidator(_check), SchemaFrom(checks_schema)]
ChecksField = Annotated[list[CheckField], BeforeValidator(_checks)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Scalars = Annotated[list[str | int | float | bool], Field(min_length=1, max_length=1000)]
Matrix = dict[str, Scalars]


class Strict(BaseModel):
    """An entry of a file: keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


def _profile_rule(value: Any) -> ProfileRule:
    if not isinstance(value, dict) or set(value) != {"when", "drift"}:
        raise FieldError("a rule of a profile has `when` and `drift`", "write {when: {gpu: L40S}, drift: exact}")
    when = value["when"]
    if not isinstance(when, dict) or not when or not all(isinstance(one, (str, int, float)) for one in when.values()):
        raise FieldError("`when` holds the fields of a profile", "such as when: {gpu: L40S}", ["when"])
    try:
        drift = parse_drift(value["drift"])
    except FieldError as fault:
        raise FieldError(fault.message, fault.hint, ["drift", *fault.path], at_key=fault.at_key) from None
    if drift.kind == RuleKind.SET:
        raise FieldError("one profile alone cannot be judged as a set", "say `drift: set` for the case", ["drift"])
    return ProfileRule(tuple(FieldValue(name, one) for name, one in when.items()), drift)


def _stated(fields: dict[str, str | int | float | bool]) -> dict[str, str | int | float | bool]:
    for name, value in fields.items():
        if trouble := field_trouble(name):
            raise FieldError(f"`{name}` {trouble}", "such as environment: {gpu: L40S}", [name], at_key=True)
        if value == "":
            raise FieldError(f"`{name}` is empty", "such as environment: {gpu: L40S}", [name])
    return fields


ProfileField = Annotated[
    ProfileRule,
    PlainValidator(_profile_rule),
    WithJsonSchema(
        {
            "type": "object",
            "required": ["when", "drift"],
            "additionalProperties": False,
            "properties": {
                "when": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": ["string", "number", "boolean"]},
                },
                "drift": {"oneOf": [{"enum": [name for name in NAMED_RULES if name != RuleKind.SET]}, _LIMITS_SCHEMA]},
            },
        }
    ),
]


Servers = dict[str, dict[str, JsonValue]]
"""Definitions of servers by name, read by the provider that starts them."""


class ProviderEntry(BaseModel):
    """A provider with its settings; what it takes besides `kind` is its own matter."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)
    __pydantic_extra__: dict[str, JsonValue]

    kind: Word = Field(description="The adapter: painter, openai, command …; `harness providers` lists them.")


class ViewerEntry(BaseModel):
    """A viewer with its options; what it takes besides `kind` is its own matter."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)
    __pydantic_extra__: dict[str, JsonValue]

    kind: Word = Field(description="The kind of viewer: shapes, ocr, vlm …")


class Shared(Strict):
    """What `defaults` and a case may both say; the case wins, and `settings` are merged key by key."""

    provider: Word | None = Field(None, description="The provider: a built-in, or a name under `providers`.")
    model: Word | None = Field(None, description="The provider's model.")
    size: SizeField | None = Field(
        None, description='Width x height in pixels ("256x256"), or one number: both sides, or the longer of `aspect`.'
    )
    aspect: AspectField | None = Field(None, description='Shape of the image, such as "16:9".')
    quality: QualityField | None = Field(None, description=MEANINGS["quality"])
    style: Word | None = Field(None, description=MEANINGS["style"])
    background: BackgroundField | None = Field(None, description=MEANINGS["background"])
    format: FormatField | None = Field(None, description=MEANINGS["format"])
    output_compression: int | None = _whole("output_compression")
    input_fidelity: FidelityField | None = Field(None, description=MEANINGS["input_fidelity"])
    moderation: ModerationField | None = Field(None, description=MEANINGS["moderation"])
    partial_images: int | None = _whole("partial_images")
    n: int | None = _whole("n")
    guidance: float | None = Field(None, ge=0, le=100, description=MEANINGS["guidance"])
    steps: int | None = Field(None, ge=1, le=10_000, description=MEANINGS["steps"])
    negative_prompt: str | None = Field(None, description="What should not be in the image.")
    settings: dict[str, JsonValue] | None = Field(None, description="Any other settings of the provider.")
    seeds: SeedsField | None = Field(
        None, description='Seeds, one image each: a list, or a range such as "0..9" with both ends.'
    )
    samples: int | None = Field(
        None, ge=1, le=MAX_SAMPLES, description="Images of an unseeded case (`drift: set`). Default 10."
    )
    drift: DriftField | None = Field(
        None,
        description="How drift is decided: exact, calibrated (stored noise floor), set (unseeded), or limits on "
        "metrics. Default: exact, where the provider promises it.",
    )
    warn: LimitsField | None = Field(None, description="Limits that only warn when they are passed.")
    ignore: Annotated[list[BoxField], Field(max_length=1000)] | None = Field(
        None, description="Places that are left out of every metric."
    )
    determinism: LevelField | None = Field(None, description="How alike repeats must be.")
    confirm: int | None = Field(
        None, ge=0, le=MAX_CONFIRM,
        description="How often a drift under `exact` or limits is generated again, to see whether it repeats, where "
        "that is free or a budget is stated. Default 1; 0 turns it off.",
    )  # fmt: skip
    profile: Annotated[list[Word], Field(max_length=20)] | None = Field(
        None, description="Fields of the environment that have baselines of their own, such as [gpu]."
    )
    fallback: Annotated[list[Word | list[Word]], Field(max_length=20)] | None = Field(
        None,
        description="Less specific profiles, such as [gpu_family, any]: the first that has a baseline is taken where "
        "the own profile has none; `any` is what was accepted for no profile.",
    )
    per_profile: Annotated[list[ProfileField], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Rules of single profiles in place of `drift`: [{when: {gpu: A100}, drift: …}]."
    )
    timeout: float | None = Field(None, gt=0, le=MAX_TIMEOUT, description="Seconds that one image may take.")
    checks: ChecksField | None = Field(
        None,
        description="What the image must show; `auto`: what the prompt says. Those of a case replace those of the "
        "defaults.",
    )
    viewer: Word | None = Field(
        None, description="The viewer of the checks that it can answer; the kind of a check decides the others."
    )
    embedding: Word | None = Field(
        None,
        description="The viewer of kind `embedding` that measures the metric `embedding`; noise floors and sets "
        "then count it too.",
    )


class CaseEntry(Shared):
    """One case: a prompt with what is expected of its images, or a question about an image."""

    id: NameField = Field(description="Name of the case; baselines are stored under it.")
    prompt: str | None = Field(None, description="What to generate.")
    tags: list[Word] | None = Field(None, description="Words to choose and group cases by.")
    input_image: Word | None = Field(
        None, description="Image that guides the generation, or that the question is about."
    )
    input_images: Annotated[list[Word], Field(min_length=1, max_length=32)] | None = Field(
        None, description="More input images beside `input_image`, in order."
    )
    mask: Word | None = Field(None, description="Where the image may change: white is generated again.")
    strength: float | None = Field(None, ge=0, le=1, description="How far from `input_image` the generation may go.")
    matrix: Matrix | None = Field(None, description="Variants of this case, instead of the suite's.")
    ask: Word | None = Field(None, description="A question about `input_image`; the answer is compared with `answer`.")
    answer: str | None = Field(None, description="The expected answer.")


class SuiteEntry(Strict):
    """A suite of seeded prompts whose images must not change unnoticed."""

    suite: NameField = Field(description="Name of the suite; baselines are stored under it.")
    description: str = Field("", description="What the suite is for.")
    provider: Word | None = Field(None, description="The provider: a built-in, or a name under `providers`.")
    providers: dict[str, ProviderEntry] = Field(
        default_factory=dict, description="Providers by name, each with its `kind` and settings."
    )
    viewers: dict[str, ViewerEntry] = Field(
        default_factory=dict, description="Viewers by name, each with its `kind` and options: what answers checks."
    )
    servers: Servers = Field(
        default_factory=dict,
        description="Servers to start, by name: what `server` of a provider and --set server name.",
    )
    environment: Annotated[dict[str, str | int | float | bool], AfterValidator(_stated)] = Field(
        default_factory=dict,
        description="What is known of the machine that generates, such as {gpu: L40S}; --env overrides it.",
    )
    defaults: Shared = Field(default_factory=lambda: Shared.model_validate({}), description="What all cases share.")
    matrix: Matrix = Field(default_factory=dict, description="Each combination of these values is a variant.")
    false_alarms: float | None = Field(
        None,
        ge=1e-6,
        le=0.5,
        description="Chance that a run without any change calls a drift, over all cases judged by `calibrated` and "
        "`set` together. Default 0.05.",
    )
    strict: bool = Field(
        False,
        description="Refuse what a provider does not honor (a setting, a thing that the painter does not know), rather "
        "than record it.",
    )
    cases: list[CaseEntry] = Field(min_length=1, description="The cases.")
