"""A run whose record is odd is passed over with a warning: every look-up finds the others."""

import json
import random
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import HarnessWarning
from harness.ledger import Ledger, RunUnreadableError, find_run, read_run, recorded_runs, runs, spending
from harness.records import RunRecord
from tests.proofs.replies import mutated

ODD = [
    ("seconds", "1" + "0" * 400),
    ("cost", "1e999"),
    ("planned", "1" + "0" * 5000),
    ("format", "1" + "0" * 400),
    ("version", '"\\ud800"'),
    ("started", '"0001-01-01T00:00:00+23:59"'),
    ("totals", '{"identical": NaN}'),
]


@pytest.fixture
def folder(reports: Path, record: RunRecord) -> Path:
    """A run that can be read."""
    with Ledger.create(reports, record) as ledger:
        ledger.finish(record)
    return ledger.folder


def looked_up(reports: Path) -> list[list[Path]]:
    """What each look-up finds."""
    spending(reports)
    return [runs(reports), [found for found, _ in recorded_runs(reports)], [find_run(reports, "latest")]]


@pytest.mark.parametrize(("name", "value"), ODD, ids=[name for name, _ in ODD])
def test_an_odd_run_is_skipped_with_a_warning(reports: Path, folder: Path, name: str, value: str) -> None:
    text = json.loads((folder / "run.json").read_text("utf-8"))
    odd = reports / "zz"
    odd.mkdir()
    (odd / "run.json").write_text(json.dumps({**text, name: "ODD"}).replace('"ODD"', value), "utf-8")
    (odd / "trials.jsonl").touch()
    if name == "started":  # strange, and can be read
        assert looked_up(reports)[2:] == [[folder]]
        return
    with pytest.warns(HarnessWarning, match="skipped a run"):
        assert looked_up(reports) == [[folder]] * 3
    with pytest.raises(RunUnreadableError):
        read_run(odd)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_whatever_a_record_holds_no_look_up_fails(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    reports = tmp_path_factory.mktemp("reports")
    record = RunRecord("", ("s.yaml",), "2026-11-22T10:00:00Z", "0.1.0", arguments={"set": {}}, totals={"new": 1})
    folders = []
    for _ in range(2):
        with Ledger.create(reports, record) as ledger:
            ledger.finish(record)
        folders.append(ledger.folder)
    document: Any = mutated(json.loads((folders[1] / "run.json").read_text("utf-8")), random.Random(seed))
    (folders[1] / "run.json").write_text(json.dumps(document).replace("Infinity", "1e999"), "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HarnessWarning)
        found = looked_up(reports)
    assert folders[0] in found[0]
    assert set(found[0]) == set(found[1])
