"""Who reads the prompts of a painter: the grammar, or a chat model, as its option ``interpreter`` says."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from harness.errors import (
    FieldError,
    GenerationError,
    GenerationInvalidError,
    GenerationRefusedError,
    HarnessError,
    shown,
)
from harness.provider.options import OptionRecord, Price, SchemaFrom, Text
from harness.provider.remote.address_option import Retries, Url

if TYPE_CHECKING:
    from harness.prompt import LlmInterpreter

GRAMMAR = "grammar"
_HINT = "such as interpreter: {kind: llm, model: some/model, base_url: https://…/v1, api_key_env: NAME}"


class InterpreterOptions(OptionRecord):
    """A chat model that reads prompts."""

    kind: Literal["llm"] = "llm"
    """llm, a chat model."""
    model: Text = Field(examples=["some/model"])
    """The model."""
    base_url: Url = Field(examples=["https://…/v1"])
    """Where it is, up to `/chat/completions`."""
    api_key_env: Text | None = None
    """The environment variable that holds the key."""
    temperature: Annotated[float, Field(ge=0)] | None = 0.0
    """How freely it answers; null leaves it out, for models that take none."""
    price: Price | None = None
    """US dollars for an interpretation."""
    retries: Retries = 3
    """Attempts after the first."""
    allow_private: bool = False
    """Whether it may be at a private address."""

    def interpreter(self) -> "LlmInterpreter":
        """Return the chat model, not yet connected."""
        from harness.prompt import LlmInterpreter

        return LlmInterpreter(self)


def _chosen(value: Any) -> Any:
    """None for the grammar, in either of its spellings."""
    if value in (GRAMMAR, {"kind": GRAMMAR}):
        return None
    if not isinstance(value, dict):
        raise FieldError(f"`interpreter` cannot be {shown(value)}", _HINT)
    return value


Interpreter = Annotated[
    InterpreterOptions | None,
    BeforeValidator(_chosen),
    SchemaFrom(lambda: {"anyOf": [{"const": GRAMMAR}, InterpreterOptions.model_json_schema()]}),
]


def generation_fault(name: str, fault: HarnessError, *, billed: bool) -> GenerationError:
    """Return a fault of reading or painting as that of a trial; ``billed``: a chat model may have been paid."""
    from harness.painter import OptionError
    from harness.prompt import (
        InterpretationFailedError,
        InterpretationRefusedError,
        InterpreterUnreachableError,
        PromptError,
    )

    kind = GenerationError
    if isinstance(fault, InterpretationRefusedError):
        kind = GenerationRefusedError
    elif isinstance(fault, (InterpretationFailedError, InterpreterUnreachableError)):
        kind = GenerationError
    elif isinstance(fault, (PromptError, OptionError)):
        kind = GenerationInvalidError
    billed = billed and bool(getattr(fault, "possibly_billed", True))
    return kind(name, str(fault), fault.hint, possibly_billed=billed)
