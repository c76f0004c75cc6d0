"""Many trials at once: what is read when it is needed, and what is held meanwhile."""

import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from harness.baseline import Baselines, Selection, accept, choose, ignore, undo
from harness.baseline.manifest import Manifest
from harness.ledger import RunUnreadableError, iter_results
from harness.records import TrialKey

HELD = 4_000
"""Bytes held of a trial at most while it is accepted; its entry in the manifest is larger."""


def test_the_results_of_a_trial_are_read_again_in_the_order_of_its_attempts(new_run) -> None:
    run = new_run()
    keys = [run.add(f"case-{number}", content="image {}", repeats=3) for number in range(4)]
    run.add("fine", verdict="identical")
    chosen = choose(run.folder, Selection())
    assert list(chosen) == keys
    every = [result for result in iter_results(run.folder) if result.key in keys]
    for key in keys:
        own = [result for result in every if result.key == key]
        assert chosen[key] == tuple(sorted(own, key=lambda result: result.attempt))
    assert list(chosen.chosen(keys[2:]).items()) == [(key, chosen[key]) for key in keys[2:]]
    with pytest.raises(KeyError):
        chosen[TrialKey("quickstart", "fine")]


@pytest.mark.parametrize("replaced", [b"", b"{}\n", b"other lines of no kind that fill the file\n" * 200])
def test_a_file_that_was_replaced_since_is_no_result(new_run, replaced: bytes) -> None:
    run = new_run()
    run.add("one", repeats=1)
    key = run.add("two", repeats=1)
    chosen = choose(run.folder, Selection())
    (run.folder / "trials.jsonl").write_bytes(replaced)
    with pytest.raises(RunUnreadableError):
        chosen[key]


def test_what_one_decision_did_to_many_is_undone_at_once(baselines: Baselines, new_run, files) -> None:
    for turn in ("first", "second"):
        run = new_run()
        for number in range(20):
            run.add(f"case-{number}", content=f"{turn} {number}", verdict="new" if turn == "first" else "drift")
        changes = accept(baselines, run.folder, Selection(), reason=turn, who="Ada")
        assert len(changes) == 20
        if turn == "first":
            before = {name: data for name, data in files().items() if not name.endswith(".jsonl")}
    changes = undo(baselines, who="Ada")
    assert {change.action for change in changes} == {"undone"}
    now = {name: data for name, data in files().items() if not name.endswith(".jsonl")}
    assert {name: now[name] for name in before} == before
    assert baselines.verify() == []


def test_a_manifest_that_did_not_change_is_not_read_again(baselines: Baselines, new_run) -> None:
    run = new_run()
    run.add()
    accept(baselines, run.folder, Selection(), reason="first", who="Ada")
    path = baselines.folder("quickstart") / "manifest.json"
    known = Manifest.load(path, "quickstart")
    assert Manifest.load(path, "quickstart", known) is known
    path.write_bytes(path.read_bytes().replace(b'"first"', b'"other"'))
    again = Manifest.load(path, "quickstart", known)
    assert again is not known
    assert [item.why for key in again.trials() for item in again.accepted(key)] == ["other"]


def test_baselines_that_share_what_they_read_see_each_change(baselines: Baselines, new_run) -> None:
    known: dict[str, Manifest] = {}
    run = new_run()
    key = run.add()
    accept(baselines, run.folder, Selection(), reason="first", who="Ada")
    one = Baselines(baselines.root, known=known).manifest("quickstart")
    assert Baselines(baselines.root, known=known).manifest("quickstart") is one
    ignore(baselines, [key], reason="later", owner="Ada", until=date(2099, 1, 1), who="Ada", today=date(2026, 1, 1))
    two = Baselines(baselines.root, known=known).manifest("quickstart")
    assert (one.ignored(key) is None, two.ignored(key) is None) == (True, False)


def test_what_is_held_of_a_trial_while_it_is_accepted(tmp_path: Path, new_run) -> None:
    """Measured as growth from 30 to 150 trials; the recipes of their results are not held."""
    peaks = []
    for count in (30, 150):
        run = new_run()
        for number in range(count):
            run.add(
                f"case-{number}",
                content=f"{number}",
                repeats=2,
                environment={f"package-{n}": "1" * 100 for n in range(40)},
            )
        store = Baselines(tmp_path / f"{count}")
        tracemalloc.start()
        accept(store, run.folder, Selection(), reason="first", who="Ada")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (tmp_path / "150" / "quickstart" / "manifest.json").stat().st_size / 150 > HELD
    assert (peaks[1] - peaks[0]) / 120 < HELD
