"""``harness query``: one answer as a table, CSV and JSON."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def test_a_question_that_cannot_be_answered(harness: Harness, project: Project) -> None:
    project()
    harness("run", "suites")
    assert harness("query", "select nothing").code == 2
    assert harness("query", "select 1", "--csv", "--json").code == 2
