"""One case over many runs."""

from harness.study.history.history import CaseNotFoundError, Change, History, Trace, Visit, history_of, trace

__all__ = [
    "CaseNotFoundError",
    "Change",
    "History",
    "Trace",
    "Visit",
    "history_of",
    "trace",
]
