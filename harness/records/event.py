"""What the engine tells as it goes. An event is sent after its fact is in the ledger."""

from dataclasses import dataclass

from harness.records import Attempt
from harness.records.identity import TrialKey
from harness.records.result import RunRecord, TrialResult


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run's folder exists and its ``run.json`` is written. ``folder`` is its path; ``planned`` None = unknown."""

    run: RunRecord
    folder: str
    planned: int | None
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A trial was handed to its provider."""

    key: TrialKey
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """A trial is in the ledger."""

    result: TrialResult
    done: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """All trials are in the ledger, or the run was interrupted."""

    run: RunRecord
    folder: str
    interrupted: bool = False


Event = RunStarted | TrialStarted | TrialFinished | RunFinished
