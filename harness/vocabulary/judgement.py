"""The results of a trial and of its checks."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a trial's image, or its absence, came to beside what was accepted."""

    IDENTICAL = "identical"
    BENIGN = "benign"
    DRIFT = "drift"
    BROKEN = "broken"
    REFUSED = "refused"
    FAILED = "failed"
    NEW = "new"
    INCOMPARABLE = "incomparable"
    INCONCLUSIVE = "inconclusive"


FINE = frozenset({Verdict.IDENTICAL, Verdict.BENIGN})
"""The verdicts that are proven fine."""


class Status(StrEnum):
    """What the exit code counts: proven fine, for a person to look at, without an image, or ignored on purpose."""

    OK = "ok"
    FINDING = "finding"
    MISSING = "missing"
    IGNORED = "ignored"


class Part(StrEnum):
    """Where something differs: in what was asked for, in what generated, or in what that ran on."""

    REQUEST = "request"
    SUBJECT = "subject"
    ENVIRONMENT = "environment"


class CheckOutcome(StrEnum):
    """The result of one check."""

    PASS = "pass"  # noqa: S105 -- the word of a check
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    UNSUPPORTED = "unsupported"
    INCOMPARABLE = "incomparable"


class RuleKind(StrEnum):
    """How drift is decided: any other pixel, a stored noise floor, a test of a whole set of images, or limits."""

    EXACT = "exact"
    CALIBRATED = "calibrated"
    SET = "set"
    LIMITS = "limits"


class MarkAction(StrEnum):
    """What a person decides of a trial while reviewing a run."""

    ACCEPT = "accept"
    ADD = "add"
    REJECT = "reject"
    IGNORE = "ignore"
