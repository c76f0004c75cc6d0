"""Errors as types with attributes, a hint and an exit code.

A finding (drift, a failed check) is not a fault: findings are records. The message of an error is built in
``__str__`` from its attributes, never passed in ready-made, so that callers can read the attributes instead. Each has a
stable ``code``. The whole tree (``python tools/errors.py`` writes it, and ``docs/errors.md``)::

    HarnessError
      ArtifactError
      BadOptionError
      BadViewerError
      BaselineError
        BaselineChangedError
        BaselineImageError
          NotStoredError
          StoreUnavailableError
        DecisionsError
        JudgesError
        ManifestError
        NameClashError
        NotPinnedError
        NotProvenError
        NothingSelectedError
        OutdatedMarksError
        ProbesError
        StrayFileError
        UndoRefusedError
        WritesRefusedError
      BrokenProviderError
      BrokenViewerError
      BudgetReservedError
      CaseNotFoundError
      CheckError
      ComparatorError
      EncoderWeightsError
      EntryCorruptError
      ExecutorError
      GatewayError
        BodyTimeoutError
        BodyTooLargeError
        ContentTypeError
        DeliveryNotFoundError
        FaultOnDemandError
        ForbiddenError
        IdempotencyError
        InvalidRequestError
        JobConflictError
        JobNotFoundError
        NoAllowedProviderError
        NotDeletableError
        NotHonoredError
        PaymentRequiredError
        RateLimitedError
          QueueFullError
        SeveralImagesError
        UnauthorizedError
        UnavailableError
        UnknownModelError
        UnsupportedError
      GenerationError
        BudgetReachedError
        GenerationCancelledError
        GenerationInvalidError
        GenerationRefusedError
        GenerationTimeoutError
        InjectedFaultError
        NotRecordedError
        WorkerEndedError
      HttpError
      ImageError
        AnimatedImageError
        CorruptImageError
        DecoderMissingError
        DecodingTimeoutError
        ImageTooLargeError
        LfsPointerError
        NotAnImageError
        TruncatedImageError
        UnreadableFileError
        UnsupportedPixelsError
      IncomparableImagesError
      KernelMissingError
      LayoutError
      LedgerError
        DuplicateTrialError
        ImageLostError
        LineCorruptError
        LockedError
        MergeRefusedError
        OtherRunError
        RunExistsError
        RunNotFoundError
        RunUnreadableError
        TrialNotFoundError
        WriteError
          DiskFullError
          NotAFolderError
          ReadOnlyError
      MissingExtraError
      MissingKeyError
      MonitorStateError
      OptionError
      PostingError
      PromptError
        EmptyPromptError
        InterpreterError
          InterpretationFailedError
          InterpretationRefusedError
          InterpreterUnreachableError
        InvalidSceneError
        NothingToGenerateError
        PromptContradictionError
        PromptTooLongError
        TooManyThingsError
      QueryError
      ReportError
      RouteError
      ServerNotStartedError
        ServerEndedError
        ServerUnreadyError
      SingleFileTooLargeError
      StoreError
        ObjectCorruptError
        ObjectMissingError
        StoreFailedError
      SuiteError
      UnknownKindError
      UnknownPriceError
      UnknownViewerKindError
      UsageError
        NewerRunError
        NotApprovedError
      ViewerError
      WeightsError
      WorkerVersionError
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.errors.base import (
        EXIT_FINDING,
        EXIT_INTERNAL,
        EXIT_INTERRUPTED,
        EXIT_NO_IMAGE,
        EXIT_OK,
        EXIT_PIPE,
        EXIT_USAGE,
        HarnessError,
        MissingExtraError,
        UsageError,
    )
    from harness.errors.generation import (
        GenerationCancelledError,
        GenerationError,
        GenerationInvalidError,
        GenerationRefusedError,
        GenerationTimeoutError,
    )
    from harness.errors.hints import nearest
    from harness.errors.printing import printable, printable_json, terminal_text
    from harness.errors.redaction import (
        excerpt,
        know_login,
        know_proxies,
        know_secret,
        masked,
        names_secret,
        redact,
        redacted,
    )
    from harness.errors.validation import FieldError, described, path_of, shown
    from harness.errors.warned import HarnessWarning, warn

_HOMES = {
    "base": (
        "EXIT_FINDING", "EXIT_INTERNAL", "EXIT_INTERRUPTED", "EXIT_NO_IMAGE", "EXIT_OK", "EXIT_PIPE", "EXIT_USAGE",
        "HarnessError", "MissingExtraError", "UsageError",
    ),
    "generation": (
        "GenerationCancelledError", "GenerationError", "GenerationInvalidError", "GenerationRefusedError",
        "GenerationTimeoutError",
    ),
    "hints": ("nearest",),
    "printing": ("printable", "printable_json", "terminal_text"),
    "redaction": (
        "excerpt", "know_login", "know_proxies", "know_secret", "masked", "names_secret", "redact", "redacted",
    ),
    "validation": ("FieldError", "described", "path_of", "shown"),
    "warned": ("HarnessWarning", "warn"),
}  # fmt: skip

__all__ = [
    "EXIT_FINDING",
    "EXIT_INTERNAL",
    "EXIT_INTERRUPTED",
    "EXIT_NO_IMAGE",
    "EXIT_OK",
    "EXIT_PIPE",
    "EXIT_USAGE",
    "FieldError",
    "GenerationCancelledError",
    "GenerationError",
    "GenerationInvalidError",
    "GenerationRefusedError",
    "GenerationTimeoutError",
    "HarnessError",
    "HarnessWarning",
    "MissingExtraError",
    "UsageError",
    "described",
    "excerpt",
    "know_login",
    "know_proxies",
    "know_secret",
    "masked",
    "names_secret",
    "nearest",
    "path_of",
    "printable",
    "printable_json",
    "redact",
    "redacted",
    "shown",
    "terminal_text",
    "warn",
]

__getattr__ = lazy(__name__, _HOMES)
