"""Every enumeration and name that the rooms share, defined once and typed. Imports no other room."""

from harness.vocabulary.codes import DECODING, UNSHOWN, Code
from harness.vocabulary.fields import (
    ANY_SETTING,
    NEEDED_FIELDS,
    NEUTRAL,
    REQUEST_FIELDS,
    SUBJECT_FIELDS,
    BackgroundKind,
    ImageFormat,
    Quality,
    values_of,
)
from harness.vocabulary.generating import INDEPENDENT, AttemptKind, Source, Stop
from harness.vocabulary.judgement import FINE, CheckOutcome, Part, RuleKind, Status, Verdict
from harness.vocabulary.metrics import HASHES, KEY_METRICS, METRICS, Better, Metric, higher_is_closer
from harness.vocabulary.options import OUTSIDE_SUBJECT
from harness.vocabulary.plugins import COMPARATORS, OURS, PROVIDERS
from harness.vocabulary.repeats import LEVELS, SEED_PROMISES, SERVER_PROMISES, Level, SeedPromise
from harness.vocabulary.studies import (
    REPEATS,
    AuditMethod,
    PairKind,
    ParameterOutcome,
    ProbeName,
    ProbeOutcome,
    PromptOutcome,
    RepeatMode,
    SeedOutcome,
    StudyKind,
    Unproven,
)

__all__ = [
    "ANY_SETTING",
    "COMPARATORS",
    "DECODING",
    "FINE",
    "HASHES",
    "INDEPENDENT",
    "KEY_METRICS",
    "LEVELS",
    "METRICS",
    "NEEDED_FIELDS",
    "NEUTRAL",
    "OURS",
    "OUTSIDE_SUBJECT",
    "PROVIDERS",
    "REPEATS",
    "REQUEST_FIELDS",
    "SEED_PROMISES",
    "SERVER_PROMISES",
    "SUBJECT_FIELDS",
    "UNSHOWN",
    "AttemptKind",
    "AuditMethod",
    "BackgroundKind",
    "Better",
    "CheckOutcome",
    "Code",
    "ImageFormat",
    "Level",
    "Metric",
    "PairKind",
    "ParameterOutcome",
    "Part",
    "ProbeName",
    "ProbeOutcome",
    "PromptOutcome",
    "Quality",
    "RepeatMode",
    "RuleKind",
    "SeedOutcome",
    "SeedPromise",
    "Source",
    "Status",
    "Stop",
    "StudyKind",
    "Unproven",
    "Verdict",
    "higher_is_closer",
    "values_of",
]
