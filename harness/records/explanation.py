"""How a verdict follows from its evidence: steps that can be computed again by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.reason import Reason
from harness.vocabulary import Formula, Status, Verdict


@dataclass(frozen=True, slots=True)
class VerdictStep:
    """One step: a formula, what goes in and what comes out."""

    formula: Formula
    """Which step it is."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What goes in, by name: plain JSON values, at full precision."""
    value: Any = None
    """What comes out; None where there is nothing."""
    recorded: Any = None
    """What the run recorded of it; None where a run records nothing."""
    reason: Reason | None = None
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class VerdictExplanation:
    """All steps to the verdict of one trial, in the order in which they are taken."""

    key: str
    """The trial."""
    attempt: int
    """Which generation of it, from 0."""
    verdict: Verdict
    """As recorded."""
    status: Status
    """As recorded."""
    steps: tuple[VerdictStep, ...]
    """From the evidence to the status."""
    reasons: tuple[Reason, ...] = ()
    """Why, as recorded."""
    warnings: tuple[Reason, ...] = ()
    """Notes beside it, as recorded."""
