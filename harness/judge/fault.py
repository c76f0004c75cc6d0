"""Errors as reasons: what they say is quoted."""

from harness.errors import GenerationError, GenerationRefusedError, HarnessError
from harness.records import Reason
from harness.vocabulary import Code


def failure(error: HarnessError, code: Code = Code.ERROR) -> Reason:
    """Return an error as a reason: a provider's under the code of what it did, any other under ``code``."""
    if not isinstance(error, GenerationError):
        return Reason(code, {"problem": str(error), "hint": error.hint})
    refused = isinstance(error, GenerationRefusedError)
    return Reason(
        Code.GENERATION_REFUSED if refused else Code.GENERATION_FAILED,
        {
            "provider": error.provider,
            "problem": error.problem,
            "hint": error.hint,
            "possibly_billed": error.possibly_billed,
        },
    )
