"""The words of the house as frozen dataclasses; no behaviour beyond digests and (de)serialising.

Only the standard library is imported here: every room may import this one.
"""

from harness.records.codec import canonical_json, digest_of, from_json, to_json
from harness.records.comparison import HIGHER_IS_CLOSER, MEASURES, Comparison, Measurement
from harness.records.event import (
    Event,
    RunFinished,
    RunStarted,
    TrialFinished,
    TrialStarted,
)
from harness.records.identity import InputPicture, Recipe, Request, Subject, TrialKey
from harness.records.picture import PictureRef
from harness.records.reading import Confirmation, FloorReading, KeyTest, PooledTest, Question, SetReading
from harness.records.result import FINE, LEVELS, VERDICTS, Finding, Outcome, RunRecord, TrialResult
from harness.records.trial import Box, Check, Limit, Policy, Rule, Trial

__all__ = [
    "FINE",
    "HIGHER_IS_CLOSER",
    "LEVELS",
    "MEASURES",
    "VERDICTS",
    "Box",
    "Check",
    "Comparison",
    "Confirmation",
    "Event",
    "Finding",
    "FloorReading",
    "InputPicture",
    "KeyTest",
    "Limit",
    "Measurement",
    "Outcome",
    "PictureRef",
    "Policy",
    "PooledTest",
    "Question",
    "Recipe",
    "Request",
    "Rule",
    "RunFinished",
    "RunRecord",
    "RunStarted",
    "SetReading",
    "Subject",
    "Trial",
    "TrialFinished",
    "TrialKey",
    "TrialResult",
    "TrialStarted",
    "canonical_json",
    "digest_of",
    "from_json",
    "to_json",
]
