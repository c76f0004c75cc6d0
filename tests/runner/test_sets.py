import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.baseline import Baselines, NotProvenError, Selection, accept
from harness.ledger import iter_results, read_run
from harness.records import Reason, RunRecord, TrialResult
from harness.runner import Run, RunOptions, execute, exit_code, merge_shards, plan_of
from harness.runner.sets import Sets
from harness.vocabulary import Code

Chance = Callable[..., Path]
SUITES = (Path("suites/chance.yaml"),)
FREE = "  - {id: free, prompt: free dots, provider: free, drift: set, samples: 10}\n"
BOTH = FREE + "  - {id: more, prompt: more dots, provider: free, drift: set, samples: 10}\n"


def run(**options: object) -> tuple[RunRecord, list[TrialResult], Path]:
    given = RunOptions(SUITES, **options)  # type: ignore[arg-type]
    record, folder = execute(plan_of(given), given)
    return record, sorted(iter_results(folder), key=lambda r: (str(r.key), r.attempt)), folder


def change(folder: Path, old: str, new: str) -> None:
    program = folder / "noisy.py"
    assert old in program.read_text()
    program.write_text(program.read_text().replace(old, new))


def accepted(**options: object) -> None:
    accept(Baselines("baselines"), run(**options)[2], Selection(), reason="test", who="t")


def answered(result: TrialResult, name: str) -> tuple[str, str]:
    """What is new and what was accepted, by the question of that name."""
    [data] = [one.data for one in result.outcome.reasons if one.code == Code.SET_QUESTION and one.data["name"] == name]
    return data["new"], data["old"]


def test_a_set_is_accepted_whole_and_compared_as_a_whole(chance: Chance) -> None:
    chance(FREE)
    assert run()[0].totals == {"new": 10}
    accepted()
    assert len(list(Path("baselines").rglob("*.png"))) == 10
    record, results, _ = run()
    assert record.totals == {"benign": 10}
    assert exit_code(record) == 0
    [reading] = {result.set for result in results}
    assert reading is not None
    assert (reading.generated, reading.accepted, reading.alpha) == (10, 10, 0.05)
    Path("changed").touch()
    record, results, folder = run()
    assert record.totals == {"drift": 10}
    assert {result.attempt.index for result in results} == set(range(10))
    assert not (folder / "heat_maps").exists() or not list((folder / "heat_maps").iterdir())


def test_refusals_are_compared_and_counted(chance: Chance) -> None:
    chance(FREE)
    Path("refusing").write_text("3")
    accepted()
    [item, *_] = Baselines("baselines").manifest("chance").accepted(run()[1][0].key)
    assert item.not_generated == {"failed": 0, "refused": 3}
    record, results, _ = run()
    # as many were refused when the set was accepted: nothing new
    assert Counter(r.outcome.verdict for r in results)["refused"] in (3, 4)
    assert {r.outcome.status for r in results} == {"ok"}
    assert exit_code(record) == 0
    Path("refusing").write_text("1")
    record, results, _ = run()
    assert record.totals == {"refused": 10}
    assert {r.outcome.status for r in results} == {"finding"}
    assert answered(results[0], "refused") == ("10 of 10", "3 of 10")
    assert exit_code(record) == 1


def test_a_check_that_passes_less_often_is_drift(chance: Chance) -> None:
    folder = chance(FREE.replace("samples: 10", "samples: 4, checks: [{count: yellow star, equals: 9}]"))
    accepted()
    manifest = folder / "baselines/chance/manifest.json"
    data = json.loads(manifest.read_text())
    [check] = {name for item in data["trials"][0]["accepted"] for name in item["findings"]}
    for item in data["trials"][0]["accepted"]:
        item["findings"] = {check: "pass"}
    manifest.write_text(json.dumps(data))
    record, results, _ = run()
    assert record.totals == {"drift": 4}
    assert answered(results[0], check) == ("0 of 4", "4 of 4")


def test_too_few_samples_say_how_many_would_do(chance: Chance) -> None:
    chance(FREE.replace("10", "2"), top="false_alarms: 0.01")
    accepted()
    record, results, _ = run()
    assert record.totals == {"inconclusive": 2}
    assert results[0].outcome.reasons[-1] == Reason(Code.SET_NEEDS, {"images": 6})


def test_nothing_is_lost_by_the_budget_and_the_rest_comes_later(chance: Chance) -> None:
    chance(FREE, price=0.1)
    accepted()
    record, results, folder = run(budget=0.65)
    assert record.totals == {"inconclusive": 6}
    assert exit_code(record) == 1
    assert results[0].outcome.reasons == (Reason(Code.SET_PENDING),)
    record, results, _ = run(budget=2.0, resume=folder)
    assert record.totals == {"benign": 10}
    assert record.cost == pytest.approx(1.0)
    assert len(results) == 10


def test_a_set_that_was_not_generated_whole_is_not_accepted(chance: Chance) -> None:
    chance(FREE, price=0.1)
    folder = run(budget=0.65)[2]
    with pytest.raises(
        NotProvenError, match=r"1 of 1 trials not generated whole: .*6 of the 10 images of its set"
    ) as refused:
        accept(Baselines("baselines"), folder, Selection(), reason="test", who="t")
    assert "--resume" in refused.value.hint
    accept(Baselines("baselines"), folder, Selection(), reason="test", who="t", unproven=True)
    assert len(list(Path("baselines").rglob("*.png"))) == 6


def test_a_lost_image_is_generated_again_and_its_set_judged_anew(chance: Chance) -> None:
    chance(FREE)
    accepted()
    _, results, folder = run()
    lost = results[3].image
    assert lost is not None
    (folder / lost.file).unlink()
    record, results, _ = run(resume=folder)
    assert record.totals == {"benign": 10}
    assert len({result.set for result in results}) == 1
    assert results[3].image != lost


def test_a_run_killed_before_the_verdict_gives_it_when_resumed(chance: Chance) -> None:
    folder = chance(FREE)
    accepted()
    options = RunOptions(SUITES)
    with Run(plan_of(options), options) as first:
        # what a kill leaves: every image recorded, no verdict of the set
        first.sets.judged = lambda results: list(results)  # type: ignore[method-assign]
        assert {r.outcome.verdict for r in first.results(plan_of(options).trials())} == {"inconclusive"}
        where = first.folder
    sizes = {path: path.stat().st_size for path in folder.glob("*.count")}
    assert run(resume=where)[0].totals == {"benign": 10}
    assert {path: path.stat().st_size for path in sizes} == sizes


@pytest.mark.slow
def test_a_killed_set_loses_no_image(chance: Chance) -> None:
    folder = chance(FREE.replace("10}", "30}"))
    accepted()
    change(folder, "    number = count(prompt)", "    import time; time.sleep(0.05)\n    number = count(prompt)")
    before = set(Path("reports").iterdir())
    process = subprocess.Popen([sys.executable, "-m", "harness", "run", "suites/chance.yaml"], stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        new = [path / "trials.jsonl" for path in set(Path("reports").iterdir()) - before]
        if any(path.exists() and path.read_bytes().count(b"\n") >= 5 for path in new):
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    [killed] = set(Path("reports").iterdir()) - before
    recorded = len(list(iter_results(killed)))
    assert 5 <= recorded < 30
    record, results, _ = run(resume=killed)
    assert record.totals == {"benign": 30}
    assert len(results) == 30


def test_shards_keep_sets_whole_and_the_merged_run_tests_them_together(chance: Chance) -> None:
    chance(BOTH)
    accepted()
    whole = {str(r.key): r.outcome.verdict for r in run()[1]}
    folders = [run(shard=(i, 2))[2] for i in (1, 2)]
    merged = merge_shards(folders, Path("merged"))
    assert {str(r.key): r.outcome.verdict for r in iter_results(merged.folder)} == whole
    [pooled] = read_run(merged.folder).sets or ()
    assert (pooled.suite, len(pooled.keys), pooled.alpha) == ("chance", 2, pytest.approx(0.05))
    assert pooled.p is not None
    assert pooled.p > 0.01
    assert all(one.holm >= one.benjamini_hochberg >= one.p > 0 for one in pooled.keys)


def test_the_order_in_which_images_came_decides_nothing(chance: Chance) -> None:
    chance(BOTH)
    accepted()
    _, results, folder = run()
    sets = Sets(folder, Baselines("baselines"))
    mixed = random.Random(3).sample(results, len(results))
    assert sets.pooled(mixed) == sets.pooled(results) == read_run(folder).sets
    for case in ("free", "more"):
        planned, came = ([one for one in found if one.key.case == case] for found in (results, mixed))
        assert came != planned
        assert sets.judged(planned) == planned
        assert sets.judged(came) == came


def test_all_prompts_together_find_a_change(chance: Chance) -> None:
    chance(BOTH)
    accepted()
    Path("changed").touch()
    [pooled] = run()[0].sets or ()
    assert pooled.p is not None
    assert pooled.p <= 0.001


def test_a_request_that_changed_is_incomparable(chance: Chance) -> None:
    folder = chance(FREE)
    accepted()
    suite = folder / "suites/chance.yaml"
    suite.write_text(suite.read_text().replace("free dots", "free spots"))
    record, results, _ = run()
    assert record.totals == {"incomparable": 10}
    [why] = results[0].outcome.reasons
    [prompt] = why.data["differences"]
    assert (why.code, prompt["before"], prompt["after"]) == (Code.REQUEST_CHANGED, "free dots", "free spots")


def test_an_altered_image_of_the_set_is_no_pass(chance: Chance) -> None:
    chance(FREE)
    accepted()
    Path("baselines/chance/free/base-r3.png").write_bytes(b"x")
    record, results, _ = run()
    assert record.totals == {"inconclusive": 10}
    assert [why.code for why in results[0].outcome.reasons] == [Code.BASELINE_ALTERED]


def test_a_set_of_each_trial_generated_more_often_is_larger(chance: Chance) -> None:
    chance(FREE)
    accepted()
    record, results, _ = run(repeats=2)
    assert record.totals == {"benign": 20}
    assert results[0].set is not None
    assert results[0].set.generated == 20


def test_a_run_without_sets_has_no_test_of_them(chance: Chance) -> None:
    chance("  - {id: quiet, prompt: quiet dots, seeds: [0], drift: calibrated}\n")
    assert run()[0].sets is None
