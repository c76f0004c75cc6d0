"""A run as CSV: every cell means what its column says, and no cell is a formula."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import printable
from harness.ledger import iter_results
from harness.records import METRICS, TrialKey, TrialResult
from harness.report import write_csv
from harness.report.export import COLUMNS, FORMULA, _cell
from harness.vocabulary import Verdict


def table(results: list[TrialResult]) -> list[dict[str, str]]:
    stream = io.StringIO(newline="")
    write_csv(stream, results)
    return list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))


def test_a_row_a_trial_with_its_values(folder: Path) -> None:
    results = list(iter_results(folder))
    rows = table(results)
    assert len(rows) == len(results)
    for row, result in zip(rows, results, strict=True):
        assert row["verdict"] == result.outcome.verdict
        assert row["codes"].split() == [reason.code for reason in result.outcome.reasons]
        assert row["seed"] == str(result.key.seed)
        assert row["cost"] == ("" if result.cost is None else str(result.cost))
        measured = result.comparison.measurements if result.comparison else {}
        for name in METRICS:
            value = measured[name].value if name in measured else None
            expected = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert row[name] == expected
    failed = next(row for row in rows if row["verdict"] == Verdict.FAILED)
    assert failed["ssim"] == failed["image"] == "", "what is missing is never 0"


@pytest.mark.parametrize("start", [*FORMULA, "\r"])
def test_no_cell_is_a_formula(sample: ModuleType, tmp_path: Path, start: str) -> None:
    one = sample.trial(sample.RunFolder(tmp_path), "star-row", "identical")
    key = TrialKey(f"{start}1+1", f"{start}cmd|' /C calc'!A0", "base", 0)
    [row] = table([replace(one, key=key, answer=f"{start}2")])
    assert [row[name][0] for name in ("suite", "case", "answer")] == ["'"] * 3


@given(st.one_of(st.text(), st.floats(allow_nan=False), st.integers(), st.none()))
def test_only_texts_are_changed(value: object) -> None:
    cell = _cell(value)
    assert not (isinstance(cell, str) and cell.startswith(FORMULA))
    plain = printable(str(value).replace("\r\n", "\n").replace("\r", "\n"))
    assert cell == value or str(cell).lstrip("'") == plain.lstrip("'")
    assert isinstance(value, str) or cell is value


def test_the_columns_are_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    assert [name for name in (*COLUMNS, *METRICS) if f"`{name}`" not in text] == []
