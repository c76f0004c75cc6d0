"""``harness query``: one answer as a table, CSV and JSON."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Harness = Callable[..., Any]
Project = Callable[..., Path]


def test_an_answer_in_each_form(harness: Harness, project: Project) -> None:
    project()
    harness("run", "suites")
    sql = 'select "case", seed, verdict from trials order by 1, 2'
    answer = json.loads(harness("query", sql, "--json").out)
    assert answer["columns"] == ["case", "seed", "verdict"]
    assert {row[2] for row in answer["rows"]} == {"new"}
    header, *rows = csv.reader(io.StringIO(harness("query", sql, "--csv").out))
    assert header == answer["columns"]
    assert rows == [[str(cell) for cell in row] for row in answer["rows"]]
    shown = harness("query", sql).out.split()
    assert [cell for row in rows for cell in row] == shown[3:]


def test_no_column_is_lost_in_a_narrow_terminal(
    harness: Harness, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project()
    harness("run", "suites")
    monkeypatch.setenv("COLUMNS", "100")
    all_of_it = json.loads(harness("query", "select * from trials", "--json").out)
    blocks = harness("query", "select * from trials").out.strip().split("\n\n")
    assert [[line.split()[0] for line in block.splitlines()] for block in blocks] == [all_of_it["columns"]] * 4
    keys = [next(line.split()[1] for line in block.splitlines() if line.startswith("image ")) for block in blocks]
    assert keys == [row[all_of_it["columns"].index("image")] for row in all_of_it["rows"]]


def test_a_run_that_cannot_be_read_is_reported_in_each_form(harness: Harness, project: Project) -> None:
    project()
    harness("run", "suites", "--case", "plain")
    harness("run", "suites", "--case", "other")
    broken = max(Path("reports").glob("*/trials.jsonl"))
    broken.write_text("no json\n")
    sql = 'select distinct "case" from trials'
    assert "trials.jsonl:1" in harness("query", sql).out
    assert len(json.loads(harness("query", sql, "--json").out)["unreadable"]) == 1
    with pytest.warns(match="not read"):
        assert harness("query", sql, "--csv").out.split() == ["case", "plain"]


def test_a_question_that_cannot_be_answered(harness: Harness, project: Project) -> None:
    project()
    harness("run", "suites")
    assert harness("query", "select nothing").code == 2
    assert harness("query", "select 1", "--csv", "--json").code == 2
