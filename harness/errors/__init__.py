"""Errors as types with attributes, a hint and an exit code.

A finding (drift, a failed check) is not a fault: findings are records. The message of an error is built in
``__str__`` from its attributes, never passed in ready-made, so that callers can read the attributes instead. Each has a
stable ``code``. The whole tree (``python tools/errors.py`` writes it, and ``docs/errors.md``)::

    HarnessError
      BadOptionError
      BaselineError
        BaselineChangedError
        BaselineImageError
        ManifestError
        NameClashError
        NotPinnedError
        NotProvenError
        NothingSelectedError
        ProbesError
        StrayFileError
        UndoRefusedError
        WritesRefusedError
      BrokenProviderError
      BudgetReservedError
      CaseNotFoundError
      CheckError
      ComparatorError
      EntryCorruptError
      GenerationError
        GenerationCancelledError
        GenerationRefusedError
        GenerationTimeoutError
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
        WriteError
          DiskFullError
          NotAFolderError
          ReadOnlyError
      MissingExtraError
      MissingKeyError
      OptionError
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
      ReportError
      RouteError
      SingleFileTooLargeError
      SuiteError
      UnknownKindError
      UnknownPriceError
      UsageError
        NotApprovedError
      WeightsError
"""

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
    GenerationRefusedError,
    GenerationTimeoutError,
)
from harness.errors.nearest import nearest
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
