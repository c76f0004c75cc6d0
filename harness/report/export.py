"""The trials of a run as a table: a row each, for a spreadsheet or a data frame."""

import csv
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from harness.errors import printable
from harness.records import METRICS, TrialResult
from harness.report.text import because
from harness.vocabulary import CheckOutcome

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

FORMULA = ("=", "+", "-", "@", "\t", "\n")
"""What a spreadsheet takes for a formula at the start of a text."""

COLUMNS: Mapping[str, tuple[str, Callable[[TrialResult], Any]]] = {
    "suite": ("name of the suite", lambda one: one.key.suite),
    "case": ("id of the case", lambda one: one.key.case),
    "variant": ("its variant", lambda one: one.key.variant),
    "seed": ("empty where the trial has none", lambda one: one.key.seed),
    "attempt": ("repeat, sample, confirmation, turn or rerun", lambda one: one.attempt.kind),
    "index": ("its number, from 0", lambda one: one.attempt.index),
    "tags": ("of the case, with spaces between them", lambda one: " ".join(one.tags)),
    "provider": ("name in the suite", lambda one: one.recipe.subject.provider),
    "verdict": ("how the image compares with the accepted one", lambda one: one.outcome.verdict),
    "status": ("what that means for the run", lambda one: one.outcome.status),
    "codes": ("of the reasons, with spaces between them", lambda one: _codes(one.outcome.reasons)),
    "warnings": ("codes of the warnings, with spaces between them", lambda one: _codes(one.outcome.warnings)),
    "reason": ("the reasons in words", lambda one: because(one.outcome.reasons)),
    "determinism": ("level seen over repeats", lambda one: one.outcome.determinism),
    "checks_passed": ("count of checks", lambda one: _checks(one, CheckOutcome.PASS)),
    "checks_failed": ("count of checks", lambda one: _checks(one, CheckOutcome.FAIL)),
    "checks_open": ("count of checks that are undecided", lambda one: _open(one)),
    "source": ("generated, cache, replay or none", lambda one: one.source),
    "seconds": ("of the generation", lambda one: one.seconds),
    "cost": ("US dollars, empty when unknown", lambda one: one.cost),
    "finished": ("ISO 8601, UTC", lambda one: one.finished),
    "image": ("file in the run's folder", lambda one: one.image and one.image.file),
    "answer": ("of an `ask` case", lambda one: one.answer),
}
"""Each column with its meaning and where it comes from; one for each metric stands behind them."""

_READ = tuple((name, read) for name, (_, read) in COLUMNS.items())
_UNMEASURED: Mapping[str, Any] = dict.fromkeys(METRICS)


def write_csv(stream: "SupportsWrite[str]", results: Iterable[TrialResult]) -> None:
    """Write a header and a row a trial. What is not known is an empty cell; a text that a spreadsheet would take for a
    formula begins with an apostrophe."""
    write_rows(stream, (*COLUMNS, *METRICS), (row_of(result).values() for result in results))


def write_rows(stream: "SupportsWrite[str]", columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a header and rows as :func:`write_csv` does."""
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(map(_cell, columns))
    table.writerows(map(_cell, row) for row in rows)


def row_of(result: TrialResult) -> dict[str, Any]:
    """Return the cells of a trial by column, None where a value is not known."""
    row: dict[str, Any] = {name: read(result) for name, read in _READ}
    row |= _UNMEASURED
    if result.comparison is not None:
        row |= {name: one.value for name, one in result.comparison.measurements.items() if name in _UNMEASURED}
    return row


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    text = printable(value.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{text}" if text.startswith(FORMULA) else text


def _codes(reasons: Iterable[Any]) -> str:
    return " ".join(reason.code for reason in reasons)


def _checks(result: TrialResult, outcome: CheckOutcome) -> int:
    return sum(finding.outcome == outcome for finding in result.findings)


def _open(result: TrialResult) -> int:
    return len(result.findings) - _checks(result, CheckOutcome.PASS) - _checks(result, CheckOutcome.FAIL)
