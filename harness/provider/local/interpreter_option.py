"""Who reads the prompts of a painter: the grammar, or a chat model, as its option ``interpreter`` says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.errors import GenerationError, GenerationRefusedError, HarnessError
from harness.provider.errors import BadOptionError
from harness.provider.options import Options

if TYPE_CHECKING:
    from harness.prompt import LlmSettings

KINDS = ("grammar", "llm")
OPTION = (
    "who reads the prompt: grammar (default: by rules, here), or a chat model: {kind: llm, model, base_url, "
    "api_key_env, temperature, price, retries}; the seed promise is then best-effort"
)
_HINT = "such as interpreter: {kind: llm, model: some/model, base_url: https://…/v1, api_key_env: NAME}"


def interpreter_settings(name: str, value: Any) -> "LlmSettings | None":
    """The chat model that the option of provider ``name`` names, None for the grammar. Raises BadOptionError."""
    if value is None or value == "grammar":
        return None
    if not isinstance(value, Mapping):
        raise BadOptionError(name, f"`interpreter` cannot be {value!r:.60}", _HINT)
    from harness.errors import UsageError
    from harness.prompt import LlmSettings

    reader = Options(f"{name}: interpreter", value)
    if reader.one_of("kind", KINDS, "llm") == "grammar":
        reader.done()
        return None
    model, url = reader.needed("model", _HINT), reader.needed("base_url", _HINT)
    temperature = reader.number("temperature", 0.0)
    private = reader.anything("allow_private")
    if private not in (None, True, False):
        raise reader.fault(f"`allow_private` is true or false, not {private!r:.60}")
    try:
        settings = LlmSettings(
            model,
            url,
            api_key_env=reader.text("api_key_env"),
            temperature=temperature,
            price=reader.number("price"),
            retries=reader.whole("retries", 3, least=0, most=20),
            allow_private=bool(private),
        )
    except UsageError as fault:
        raise reader.fault(f"`base_url`: {fault}", fault.hint) from None
    reader.done()
    return settings


def generation_fault(name: str, fault: HarnessError, *, billed: bool) -> GenerationError:
    """A fault of reading or painting as that of a trial; ``billed``: a chat model may have been paid."""
    from harness.prompt import InterpretationRefusedError

    kind = GenerationRefusedError if isinstance(fault, InterpretationRefusedError) else GenerationError
    billed = billed and bool(getattr(fault, "possibly_billed", True))
    return kind(name, str(fault), fault.hint, possibly_billed=billed)
