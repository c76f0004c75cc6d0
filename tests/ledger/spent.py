"""A run that spent 25 cents."""

from dataclasses import replace
from pathlib import Path

from harness.ledger import Ledger
from harness.records import Outcome, Recipe, Request, RunRecord, Subject, TrialKey, TrialResult

RESULT = TrialResult(
    TrialKey("a", "one", seed=0),
    Recipe(Request("one"), Subject("paid", "python")),
    Outcome("failed", "missing"),
    source="generated",
    cost=0.25,
)


def run(reports: Path, started: str, *results: TrialResult, name: str = "") -> Path:
    with Ledger.create(reports, RunRecord(name, ("a.yaml",), started, "0")) as ledger:
        for result in results:
            ledger.append(result)
        ledger.finish(replace(ledger.record, complete=True))
        return ledger.folder
