"""What the engine reports while it runs. An event is sent after its fact is in the ledger."""

from dataclasses import dataclass

from harness.records import Attempt
from harness.records.identity import TrialKey
from harness.records.result import RunRecord, TrialResult


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run's folder exists and its ``run.json`` is written."""

    run: RunRecord
    """The record."""
    folder: str
    """Its path."""
    planned: int | None
    """Trials; None = unknown."""
    resumed: int = 0
    """Trials that an earlier part recorded."""


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A trial was handed to its provider."""

    key: TrialKey
    """Its address."""
    attempt: Attempt
    """Which generation of it."""


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """A trial is in the ledger."""

    result: TrialResult
    """As recorded."""
    done: int
    """Results recorded so far."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """All trials are in the ledger, or the run was interrupted."""

    run: RunRecord
    """The record, with totals."""
    folder: str
    """Its path."""
    interrupted: bool = False
    """Whether something is left to do."""


Event = RunStarted | TrialStarted | TrialFinished | RunFinished
