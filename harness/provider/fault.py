"""Why there is no image, as a record: between processes, and in recordings."""

from dataclasses import dataclass
from enum import StrEnum

from harness.errors import GenerationCancelledError, GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.records import recordable


class FaultKind(StrEnum):
    """Why a generation has no image."""

    REFUSED = "refused"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fault:
    """A :class:`GenerationError` that can be written down; what has no form in JSON is replaced."""

    kind: FaultKind
    problem: str
    """One line, without secrets."""
    hint: str = ""
    """What to do about it."""
    possibly_billed: bool = False
    """Whether money may have been spent all the same."""
    seconds: float | None = None
    """Of a timeout: the time allowed."""

    @classmethod
    def of(cls, error: GenerationError) -> "Fault":
        """Return the record of an error."""
        billed = error.possibly_billed
        if isinstance(error, GenerationTimeoutError):
            return recordable(cls(FaultKind.TIMEOUT, error.problem, error.hint, billed, error.seconds))[0]
        kind = FaultKind.REFUSED if isinstance(error, GenerationRefusedError) else FaultKind.FAILED
        if isinstance(error, GenerationCancelledError):
            kind = FaultKind.CANCELLED
        return recordable(cls(kind, error.problem, error.hint, billed))[0]

    def error(self, provider: str, *, again: bool = False) -> GenerationError:
        """Return the error again. Where it only comes ``again``, nothing was sent and nothing can be billed."""
        billed = self.possibly_billed and not again
        if self.seconds is not None:
            return GenerationTimeoutError(provider, self.seconds, possibly_billed=billed)
        if self.kind is FaultKind.CANCELLED:
            return GenerationCancelledError(provider, possibly_billed=billed)
        kind = GenerationRefusedError if self.kind is FaultKind.REFUSED else GenerationError
        return kind(provider, self.problem, self.hint, possibly_billed=billed)
