"""Whether a judge is good enough for its answers to fail a trial."""

from harness.records import Finding, JudgeQuality, Reason
from harness.vocabulary import CheckOutcome, Code

RELIABLE = 0.8
"""The least that the lower ends of the intervals of sensitivity and specificity must reach."""


def is_reliable(quality: JudgeQuality) -> bool:
    """Return whether sensitivity and specificity are at least RELIABLE, each by the lower end of its interval; one that
    was not measured is not."""
    return min(quality.sensitivity.low or 0.0, quality.specificity.low or 0.0) >= RELIABLE


def only_warns(finding: Finding) -> bool:
    """Return whether the finding of a check that did not pass is a warning: a calibration showed its judge to be
    unreliable for this kind of check."""
    quality = finding.judge_quality
    return finding.outcome != CheckOutcome.PASS and quality is not None and not is_reliable(quality)


def warning_of(finding: Finding) -> Reason:
    """Return the warning that stands for the failure of such a check."""
    quality = finding.judge_quality
    assert quality is not None
    data = {
        "check": finding.check,
        "outcome": finding.outcome,
        "seen": finding.seen,
        "viewer": quality.viewer,
        "kind": quality.kind,
        "sensitivity": quality.sensitivity.low or 0.0,
        "specificity": quality.specificity.low or 0.0,
    }
    return Reason(Code.CHECK_DOUBTFUL, data)
