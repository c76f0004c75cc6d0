from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger import Ledger, LineCorruptError, iter_results, merge, possibly_billed, read_run
from harness.records import FIRST, Outcome, Reason, RunRecord, TrialResult
from harness.vocabulary import Code, Status, Verdict

Make = Callable[..., TrialResult]


def later(before: TrialResult, verdict: Verdict = Verdict.DRIFT) -> TrialResult:
    return replace(before, outcome=Outcome(verdict, Status.FINDING, (Reason(Code.IMAGES_DIFFER, {}),)), cost=0.5)


def test_a_result_that_was_judged_again_counts_once_as_it_is_now(reports: Path, record: RunRecord, make: Make) -> None:
    with Ledger.create(reports, record) as ledger:
        first, second = make(repeat=0, verdict="inconclusive", cost=0.25), make(repeat=1, verdict="inconclusive")
        ledger.append(first)
        ledger.append(second)
        ledger.judge(first, later(first))
        ledger.judge(later(first), later(first, Verdict.BENIGN))
        finished = ledger.finish(ledger.record)
    assert finished.totals == {"benign": 1, "inconclusive": 1}
    assert finished.cost == 0.5
    assert [(r.attempt.index, r.outcome.verdict) for r in iter_results(ledger.folder)] == [
        (1, "inconclusive"),
        (0, "benign"),
    ]
    assert read_run(ledger.folder).totals == finished.totals
    with Ledger.resume(ledger.folder) as again:
        assert len(again.recorded) == 2
        assert again.finish(again.record).totals == finished.totals


def test_a_kill_between_the_two_lines_leaves_the_first(reports: Path, record: RunRecord, make: Make) -> None:
    with Ledger.create(reports, record) as ledger:
        first = make(verdict="inconclusive")
        ledger.append(first)
        ledger.judge(first, later(first))
    lines = ledger.folder / "trials.jsonl"
    whole = lines.read_bytes()
    for cut in (len(whole) - 1, whole.index(b"\n") + 20, whole.index(b"\n") + 1):
        lines.write_bytes(whole[:cut])
        assert [result.outcome.verdict for result in iter_results(ledger.folder)] == ["inconclusive"]


def test_only_what_was_recorded_is_judged_again(reports: Path, record: RunRecord, make: Make) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make(seed=0))
        for before, after in ((make(seed=1), make(seed=1)), (make(seed=0), make(seed=1))):
            with pytest.raises(ValueError, match="is not the trial that was recorded"):
                ledger.judge(before, after)


def test_a_judged_result_is_merged_as_it_is_now(reports: Path, record: RunRecord, make: Make) -> None:
    for shard in ("1/2", "2/2"):
        with Ledger.create(reports, replace(record, shard=shard)) as ledger:
            first = make(case=f"case-{shard[0]}", ledger=ledger, verdict="inconclusive")
            ledger.append(first)
            ledger.judge(first, later(first))
            ledger.finish(replace(ledger.record, complete=True))
    merged = merge(sorted(reports.iterdir()), reports.parent / "merged")
    assert merged.record.totals == {"drift": 2}
    assert len(list(iter_results(merged.folder))) == 2


def test_an_intent_before_a_confirmation_is_answered_by_it(reports: Path, record: RunRecord, make: Make) -> None:
    with Ledger.create(reports, record) as ledger:
        first = make(verdict="inconclusive")
        ledger.intent(first.key, FIRST, "0" * 64, 0.1)
        ledger.append(first)
        ledger.intent(first.key, FIRST, "0" * 64, 0.1)
        assert len(possibly_billed(ledger.folder)) == 1
        ledger.judge(first, later(first))
    assert possibly_billed(ledger.folder) == ()


def test_a_set_that_is_judged_waits_for_the_disk_once(
    reports: Path, record: RunRecord, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.create(reports, record) as ledger:
        before = [make(repeat=repeat, verdict="inconclusive") for repeat in range(4)]
        for result in before:
            ledger.append(result)
        waits = []
        monkeypatch.setattr("harness.ledger.writer.os.fsync", waits.append)
        ledger.judge_all((result, later(result)) for result in before)
        assert len(waits) == 1
        ledger.judge_all([])
        assert len(waits) == 1
        assert ledger.finish(ledger.record).totals == {"drift": 4}


def test_results_of_chosen_trials_are_those_of_all_that_have_their_keys(
    reports: Path, record: RunRecord, make: Make
) -> None:
    with Ledger.create(reports, record) as ledger:
        for case in ("one", "two", "three"):
            first = make(case, verdict="inconclusive")
            ledger.append(first)
            if case != "three":
                ledger.judge(first, later(first))
            ledger.append(make(case, seed=7))
    with Ledger.resume(ledger.folder, again=lambda result: "again" * (result.key.case == "two")):
        pass
    found = list(iter_results(ledger.folder))
    for names in ((), ("one",), ("two", "three"), ("one", "two", "three")):
        chosen = list(iter_results(ledger.folder, lambda key, names=names: key.case in names))
        assert chosen == [result for result in found if result.key.case in names]
    with (ledger.folder / "trials.jsonl").open("ab") as lines:
        lines.write(b'{"format":2,"key":{"suite":7}}\n')
    with pytest.raises(LineCorruptError):
        list(iter_results(ledger.folder, lambda _: False))
