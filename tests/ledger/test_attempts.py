"""Of a test that was executed again the last attempt counts; earlier ones are attempts, and cost what they cost."""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ledger import Ledger, iter_attempts, iter_results, read_run
from harness.records import Attempt, Outcome, Policy, Recipe, Request, Rule, RunRecord, Subject, TrialKey, TrialResult
from harness.vocabulary import AttemptKind, RuleKind, Source, Status, Verdict

DRIFT, FINE = Outcome(Verdict.DRIFT, Status.FINDING), Outcome(Verdict.IDENTICAL, Status.OK)


def result(case: str, outcome: Outcome, attempt: Attempt, samples: int | None = None) -> TrialResult:
    rule = Rule() if samples is None else Rule(RuleKind.SET, samples=samples)
    recipe = Recipe(Request(case), Subject("p", "painter"))
    return TrialResult(
        TrialKey("s", case), recipe, outcome, attempt, source=Source.GENERATED, cost=0.25, policy=Policy(drift=rule)
    )


def written(reports: Path, results: Iterable[TrialResult], *, finish: bool = True) -> Path:
    with Ledger.create(reports, RunRecord("", ("s.yaml",), "2026-11-01T00:00:00Z", "0")) as ledger:
        for one in results:
            ledger.append(one)
        if finish:
            ledger.finish(replace(ledger.record, complete=True))
        return ledger.folder


def test_the_last_attempt_is_the_result(tmp_path: Path) -> None:
    several = [
        result("flaky", DRIFT, Attempt()),
        result("fine", FINE, Attempt()),
        result("flaky", DRIFT, Attempt(AttemptKind.RERUN, 0)),
        result("flaky", FINE, Attempt(AttemptKind.RERUN, 1)),
    ]
    for finish in (True, False):
        folder = written(tmp_path, several, finish=finish)
        assert [(one.key.case, one.outcome.verdict) for one in iter_results(folder)] == [
            ("fine", "identical"), ("flaky", "identical"),
        ]  # fmt: skip
        assert [counts for _, counts in iter_attempts(folder)] == [False, True, False, True]
        record = read_run(folder)
        assert (record.totals, record.statuses) == ({"identical": 2}, {"ok": 2})
        assert record.cost == 1.0, "every attempt was paid for"
    with Ledger.resume(folder) as ledger:
        assert ledger.record.totals == {"identical": 2}
        assert len(ledger.recorded) == 4


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_set_counts_as_it_was_generated_last(
    tmp_path_factory: object, samples: int, executions: list[int], chance: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("runs")  # type: ignore[attr-defined]
    several, expected = [], set()
    for number, again in enumerate(executions):
        case = f"c{number}"
        for index in range(samples):
            several.append(result(case, DRIFT, Attempt(AttemptKind.SAMPLE, index), samples))
            several += [
                result(case, DRIFT, Attempt(AttemptKind.RERUN, index + execution * samples), samples)
                for execution in range(again)
            ]
            last = Attempt(AttemptKind.SAMPLE, index)
            expected.add((case, Attempt(AttemptKind.RERUN, index + (again - 1) * samples) if again else last))
    chance.shuffle(several)
    run = written(folder, several)
    assert {(one.key.case, one.attempt) for one in iter_results(run)} == expected
    assert sum(read_run(run).totals.values()) == samples * len(executions)
