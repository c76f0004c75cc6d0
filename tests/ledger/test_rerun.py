"""Results without an image that are taken back, so that their trials are generated again within their run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ledger import Ledger, iter_results, possibly_billed, read_run
from harness.records import FIRST, RunRecord, TrialResult

Make = Callable[..., TrialResult]
NOTHING = {"source": "none", "cost": None}


def failed_again(result: TrialResult) -> str:
    return "had failed" if result.outcome.verdict == "failed" else ""


@pytest.fixture
def half(reports: Path, record: RunRecord, make: Make) -> Path:
    """A run of two images, a failure, a failure that was possibly billed, one that was billed, and a refusal."""
    with Ledger.create(reports, record) as ledger:
        for case in ("one", "two"):
            ledger.append(make(case, ledger=ledger, cost=0.25))
        for case, more in (
            ("free", NOTHING),
            ("perhaps", NOTHING | {"possibly_billed": True}),
            ("paid", {"source": "generated", "cost": 0.5}),
        ):
            result = make(case, verdict="failed", **more)
            for estimate in (0.1, 0.2):
                ledger.intent(result.key, FIRST, "0" * 64, estimate)
            ledger.append(result)
        ledger.append(make("no", verdict="refused", **NOTHING))
        ledger.finish(ledger.record)
    return ledger.folder


def names(folder: Path) -> list[str]:
    return [result.key.case for result in iter_results(folder)]


def test_only_results_without_an_image_are_withdrawn_on_request(half: Path, make: Make) -> None:
    with Ledger.resume(half, again=lambda _: "whatever there is") as ledger:
        assert [note.key.case for note in ledger.rerun_count] == ["free", "perhaps", "paid", "no"]
        assert ledger.tally.trials == 2
    assert names(half) == ["one", "two"]
    assert read_run(half).totals == {"identical": 2}
    with Ledger.resume(half, again=lambda _: "whatever there is") as ledger:
        assert ledger.rerun_count == ()
        ledger.append(make("free", ledger=ledger))
        assert ledger.finish(ledger.record).totals == {"identical": 3}
    assert names(half) == ["one", "two", "free"]


def test_what_may_have_been_paid_for_stays_known(half: Path, make: Make) -> None:
    assert possibly_billed(half) == ()
    with Ledger.resume(half, again=failed_again) as ledger:
        billed = [(intent.key.case, intent.estimate) for intent in ledger.possibly_billed]
        assert billed == [("perhaps", 0.2), ("paid", 0.2)], "the last call of each: those before it were answered"
        for case in ("free", "perhaps", "paid"):
            ledger.append(make(case, ledger=ledger, cost=0.25))
        assert ledger.finish(ledger.record).cost == 1.25
    assert [(intent.key.case, intent.estimate) for intent in possibly_billed(half)] == billed
    with Ledger.resume(half, again=failed_again) as ledger:
        assert ledger.rerun_count == ()
        assert len(ledger.possibly_billed) == 2


def test_a_trial_may_be_withdrawn_as_often_as_it_fails(half: Path, make: Make) -> None:
    for turn in range(3):
        with Ledger.resume(half, again=failed_again) as ledger:
            assert len(ledger.rerun_count) == 3 - 2 * bool(turn)
            result = make("perhaps", verdict="failed", **NOTHING, possibly_billed=True)
            ledger.intent(result.key, FIRST, "0" * 64, 0.2)
            ledger.append(result)
            assert ledger.finish(ledger.record).totals == {"identical": 2, "failed": 1, "refused": 1}
    assert [intent.key.case for intent in possibly_billed(half)].count("perhaps") == 3


def test_a_kill_leaves_a_result_withdrawn_or_not(half: Path, make: Make) -> None:
    path = half / "trials.jsonl"
    before = len(path.read_bytes())
    with Ledger.resume(half, again=failed_again) as ledger:
        ledger.append(make("free", ledger=ledger))
    whole = path.read_bytes()
    for cut in range(before, len(whole), 7):
        path.write_bytes(whole[:cut])
        gone = sum(b'"rerun":' in line for line in whole[:cut].splitlines(keepends=True) if line.endswith(b"\n"))
        assert len(names(half)) == 6 - gone
        with Ledger.resume(half, again=failed_again) as ledger:
            assert {note.key.case for note in ledger.rerun_count} <= {"free", "perhaps", "paid"}
            assert sum(ledger.tally.verdicts.values()) == 3
            assert {intent.key.case for intent in ledger.possibly_billed} == {"perhaps", "paid"}
        assert sorted(names(half)) == ["no", "one", "two"]


def test_a_note_without_a_field_that_has_a_default_is_read(half: Path) -> None:
    key = b'{"suite":"quickstart","case":"one","variant":"base","seed":0}'
    note = b'{"format":2,"rerun":{"key":%b,"attempt":{},"why":"lost"}}\n' % key
    with (half / "trials.jsonl").open("ab") as file:
        file.write(note)
    assert "one" not in names(half)
    assert possibly_billed(half) == ()
