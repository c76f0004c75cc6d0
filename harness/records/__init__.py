"""The shared records as frozen dataclasses; no behavior beyond digests and (de)serializing.

Every room may import this one, so nothing heavy is imported here: the standard library and msgspec.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy
from harness.records.field_docs import field_docs
from harness.records.recordable import plausible_cost, recordable
from harness.vocabulary import FINE, LEVELS, METRICS

if TYPE_CHECKING:
    from harness.records.across import Across, AcrossCell, AcrossRow
    from harness.records.attempt import FIRST, Attempt, AttemptKind
    from harness.records.audit import (
        ARM_RELATIONS,
        ArmRelation,
        Audit,
        AuditArm,
        AuditPair,
        AuditPrompt,
        CheckRow,
        Equivalence,
        Look,
        Ratio,
        TagRow,
    )
    from harness.records.bench import ArmFigures, Bench, Latency, Shown, Throughput
    from harness.records.codec import (
        canonical_json,
        decode_json,
        digest_of,
        encode_json,
        encode_plain,
        from_json,
        indented_json,
        to_json,
    )
    from harness.records.comparison import Comparison, Measurement, Region
    from harness.records.environment import PROCESS, WORKER, field_of, field_trouble, scalar
    from harness.records.event import (
        Event,
        RunFinished,
        RunStarted,
        TrialFinished,
        TrialStarted,
    )
    from harness.records.executor import ExecutorSpec
    from harness.records.explanation import VerdictExplanation, VerdictStep
    from harness.records.formats import FORMATS, OtherFormatError, check_format, document, read_document, stamped
    from harness.records.gate import Gate
    from harness.records.generation_metadata import GenerationMetadata
    from harness.records.identity import InputImage, Recipe, Request, Subject, TrialKey
    from harness.records.image_ref import ImageRef
    from harness.records.judge_quality import CorrectedRate, JudgeQuality
    from harness.records.monitor import (
        MonitorEpoch,
        MonitorImage,
        MonitorLine,
        MonitorNight,
        MonitorReport,
        StreamReading,
    )
    from harness.records.packed import PackedList, Packing
    from harness.records.reading import (
        Confirmation,
        FloorNumbers,
        FloorReading,
        KeyTest,
        PooledTest,
        Question,
        RepeatReading,
        SetReading,
    )
    from harness.records.reason import Difference, Reason
    from harness.records.result import MADE_BY_TESTS, Finding, Outcome, RunRecord, TrialResult
    from harness.records.share import Share
    from harness.records.store import REMOTE, StoreOptions, remote_trouble, url_trouble
    from harness.records.trial import (
        Box,
        Check,
        FieldValue,
        Limit,
        Policy,
        ProfileRule,
        Rule,
        Trial,
        ViewerSpec,
        for_profile,
        judged_as_set,
        profile_of,
        profiles_of,
    )
    from harness.records.types import Count, Digest, Dollars

_HOMES = {
    "across": ("Across", "AcrossCell", "AcrossRow"),
    "attempt": ("FIRST", "Attempt", "AttemptKind"),
    "audit": (
        "ARM_RELATIONS", "ArmRelation", "Audit", "AuditArm", "AuditPair", "AuditPrompt", "CheckRow", "Equivalence",
        "Look", "Ratio", "TagRow",
    ),
    "bench": ("ArmFigures", "Bench", "Latency", "Shown", "Throughput"),
    "codec": (
        "canonical_json", "decode_json", "digest_of", "encode_json", "encode_plain", "from_json", "indented_json",
        "to_json",
    ),
    "comparison": ("Comparison", "Measurement", "Region"),
    "environment": ("PROCESS", "WORKER", "field_of", "field_trouble", "scalar"),
    "event": ("Event", "RunFinished", "RunStarted", "TrialFinished", "TrialStarted"),
    "executor": ("ExecutorSpec",),
    "explanation": ("VerdictExplanation", "VerdictStep"),
    "formats": ("FORMATS", "OtherFormatError", "check_format", "document", "read_document", "stamped"),
    "gate": ("Gate",),
    "generation_metadata": ("GenerationMetadata",),
    "identity": ("InputImage", "Recipe", "Request", "Subject", "TrialKey"),
    "image_ref": ("ImageRef",),
    "judge_quality": ("CorrectedRate", "JudgeQuality"),
    "monitor": ("MonitorEpoch", "MonitorImage", "MonitorLine", "MonitorNight", "MonitorReport", "StreamReading"),
    "packed": ("PackedList", "Packing"),
    "reading": (
        "Confirmation", "FloorNumbers", "FloorReading", "KeyTest", "PooledTest", "Question", "RepeatReading",
        "SetReading",
    ),
    "reason": ("Difference", "Reason"),
    "result": ("MADE_BY_TESTS", "Finding", "Outcome", "RunRecord", "TrialResult"),
    "share": ("Share",),
    "store": ("REMOTE", "StoreOptions", "remote_trouble", "url_trouble"),
    "trial": (
        "Box", "Check", "FieldValue", "Limit", "Policy", "ProfileRule", "Rule", "Trial", "ViewerSpec", "for_profile",
        "judged_as_set", "profile_of", "profiles_of",
    ),
    "types": ("Count", "Digest", "Dollars"),
}  # fmt: skip

__all__ = [
    "ARM_RELATIONS",
    "FINE",
    "FIRST",
    "FORMATS",
    "LEVELS",
    "MADE_BY_TESTS",
    "METRICS",
    "PROCESS",
    "REMOTE",
    "WORKER",
    "Across",
    "AcrossCell",
    "AcrossRow",
    "ArmFigures",
    "ArmRelation",
    "Attempt",
    "AttemptKind",
    "Audit",
    "AuditArm",
    "AuditPair",
    "AuditPrompt",
    "Bench",
    "Box",
    "Check",
    "CheckRow",
    "Comparison",
    "Confirmation",
    "CorrectedRate",
    "Count",
    "Difference",
    "Digest",
    "Dollars",
    "Equivalence",
    "Event",
    "ExecutorSpec",
    "FieldValue",
    "Finding",
    "FloorNumbers",
    "FloorReading",
    "Gate",
    "GenerationMetadata",
    "ImageRef",
    "InputImage",
    "JudgeQuality",
    "KeyTest",
    "Latency",
    "Limit",
    "Look",
    "Measurement",
    "MonitorEpoch",
    "MonitorImage",
    "MonitorLine",
    "MonitorNight",
    "MonitorReport",
    "OtherFormatError",
    "Outcome",
    "PackedList",
    "Packing",
    "Policy",
    "PooledTest",
    "ProfileRule",
    "Question",
    "Ratio",
    "Reason",
    "Recipe",
    "Region",
    "RepeatReading",
    "Request",
    "Rule",
    "RunFinished",
    "RunRecord",
    "RunStarted",
    "SetReading",
    "Share",
    "Shown",
    "StoreOptions",
    "StreamReading",
    "Subject",
    "TagRow",
    "Throughput",
    "Trial",
    "TrialFinished",
    "TrialKey",
    "TrialResult",
    "TrialStarted",
    "VerdictExplanation",
    "VerdictStep",
    "ViewerSpec",
    "canonical_json",
    "check_format",
    "decode_json",
    "digest_of",
    "document",
    "encode_json",
    "encode_plain",
    "field_docs",
    "field_of",
    "field_trouble",
    "for_profile",
    "from_json",
    "indented_json",
    "judged_as_set",
    "plausible_cost",
    "profile_of",
    "profiles_of",
    "read_document",
    "recordable",
    "remote_trouble",
    "scalar",
    "stamped",
    "to_json",
    "url_trouble",
]

__getattr__ = lazy(__name__, _HOMES)
