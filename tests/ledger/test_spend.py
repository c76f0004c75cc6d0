"""What runs spent, by provider and month; and what commands in progress set aside."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger import Ledger, is_reserved, keep_spending, reservations, reserve, spending
from harness.records import FIRST, Recipe, Request, RunRecord, Subject, TrialKey
from tests.ledger.spent import RESULT, run


def test_calls_of_which_nothing_came_count_by_their_estimate(tmp_path: Path) -> None:
    unknown = replace(RESULT, key=TrialKey("a", "two", seed=0), cost=None)
    folder = run(tmp_path, "2026-11-01T00:00:00Z", RESULT, unknown)
    with Ledger.resume(folder) as ledger:
        ledger.intent(TrialKey("a", "three", seed=0), FIRST, "0" * 64, 0.5)
    (spent,) = spending(tmp_path)
    one = spent.providers["paid"]
    assert (one.cost, one.possible, one.unknown) == (0.25, 0.5, 1)


def test_a_failed_call_that_was_possibly_billed_counts_by_its_estimate(tmp_path: Path) -> None:
    failed = replace(RESULT, source="none", cost=None, possibly_billed=True)
    with Ledger.create(tmp_path, RunRecord("", ("a.yaml",), "2026-11-01T00:00:00Z", "0")) as ledger:
        ledger.intent(failed.key, FIRST, "0" * 64, 0.5)
        ledger.append(failed)
        ledger.finish(replace(ledger.record, complete=True))
    (spent,) = spending(tmp_path)
    one = spent.providers["paid"]
    assert (one.cost, one.possible, one.unknown) == (0.0, 0.5, 0)


def test_removed_and_killed_runs_count_once(tmp_path: Path) -> None:
    first = run(tmp_path, "2026-11-01T00:00:00Z", RESULT)
    keep_spending(tmp_path)
    keep_spending(tmp_path)
    file = tmp_path / "spend.jsonl"
    assert len(file.read_text().split()) == 1
    # a kill tore the last line, and the run went on
    with file.open("a") as torn:
        torn.write('{"run":"x","sta')
    with Ledger.resume(first) as ledger:
        ledger.append(replace(RESULT, key=TrialKey("a", "two", seed=0)))
    assert sum(one.providers["paid"].cost for one in spending(tmp_path)) == 0.5
    keep_spending(tmp_path)
    shutil.rmtree(first)
    assert [one.providers["paid"].cost for one in spending(tmp_path)] == [0.5]


@pytest.mark.parametrize(
    "line",
    ['{"run":"x","started":"never"}', "[]", '{"run":"x","started":"2026-11-01","providers":{"p":{"cost":-5}}}', "\0"],
)
def test_a_line_that_somebody_broke_counts_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "spend.jsonl").write_text(f"{line}\n")
    assert spending(tmp_path) == ()


def test_a_merged_run_costs_nothing_of_its_own(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-01T00:00:00Z", RESULT)
    merged = run(tmp_path, "2026-11-01T00:00:00Z", RESULT)
    keep_spending(tmp_path, merged=[merged])
    assert len(spending(tmp_path)) == 1


def test_runs_of_studies_lie_deeper_and_hidden_ones_count_nothing(tmp_path: Path) -> None:
    for place in (".", "study", "study/arms", "study/arms/more", ".trash", "study/.old"):
        run(tmp_path / place, "2026-11-01T00:00:00Z", RESULT, name="run")
    assert {one.run for one in spending(tmp_path)} == {"run", "study/run", "study/arms/run"}


def test_a_call_cut_off_is_of_the_only_provider_or_of_an_unknown_one(tmp_path: Path) -> None:
    other = replace(RESULT, key=TrialKey("a", "two", seed=0), recipe=Recipe(Request("two"), Subject("else", "python")))
    for name, results, provider in (("one", [RESULT], "paid"), ("two", [RESULT, other], "unknown provider")):
        folder = run(tmp_path, "2026-11-01T00:00:00Z", *results, name=name)
        with Ledger.resume(folder) as ledger:
            ledger.intent(TrialKey("a", "three", seed=0), FIRST, "0" * 64, None)
        (spent,) = [one for one in spending(tmp_path) if one.run == name]
        assert spent.providers[provider].unknown == 1


def test_a_run_that_cannot_be_read_is_handed_over(tmp_path: Path) -> None:
    run(tmp_path, "2026-11-01T00:00:00Z", RESULT, name="good")
    broken = run(tmp_path, "2026-11-01T00:00:00Z", RESULT, name="broken")
    (broken / "run.json").write_text("{")
    faults: list[Exception] = []
    assert [one.run for one in spending(tmp_path, faults.append)] == ["good"]
    assert [fault.path for fault in faults] == [broken / "run.json"]
    assert len(spending(tmp_path)) == 1


HOLDER = """
import sys
from pathlib import Path
from harness.ledger import reserve
with reserve(Path(sys.argv[1]), "2026-11", lambda: 2.5):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_what_is_set_aside_goes_with_its_process(tmp_path: Path) -> None:
    with reserve(tmp_path, "2026-11", lambda: 0.5) as amount:
        assert amount == 0.5
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout.readline() == b"ready\n"
        found = {(one.month, one.amount, one.pid) for one in reservations(tmp_path)}
        assert found == {("2026-11", 0.5, os.getpid()), ("2026-11", 2.5, holder.pid)}
        holder.kill()
        holder.communicate()
        assert [one.amount for one in reservations(tmp_path)] == [0.5]
        assert len(list((tmp_path / ".spending").glob("*/amount.json"))) == 1
    assert reservations(tmp_path) == ()
    assert list((tmp_path / ".spending").iterdir()) == []


def test_only_a_run_that_is_being_written_is_covered_by_a_reservation(tmp_path: Path) -> None:
    closed = run(tmp_path, "2026-11-01T00:00:00Z", RESULT)
    with reserve(tmp_path, "2026-11", lambda: 0.5), Ledger.resume(closed) as ledger:
        reserved = reservations(tmp_path)
        assert is_reserved(ledger.folder, reserved)
        assert not is_reserved(ledger.folder, ())
        assert not is_reserved(ledger.folder, tuple(replace(one, pid=one.pid + 1) for one in reserved))
        ledger.close()
        assert not is_reserved(ledger.folder, reserved)
