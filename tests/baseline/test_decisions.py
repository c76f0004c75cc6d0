import json
import shutil
from datetime import date

import pytest

from harness.baseline import (
    Baselines,
    ManifestError,
    NothingSelectedError,
    Selection,
    WritesRefusedError,
    accept,
    choose,
    ignore,
    prune,
    read_log,
    reject,
    unignore,
)
from harness.errors import UsageError
from harness.records import TrialKey

TODAY = date(2026, 11, 22)
SIGNED = {"reason": "because", "who": "Ada"}


@pytest.fixture
def log(baselines: Baselines):
    return lambda: list(read_log(baselines.root / "quickstart" / "log.jsonl"))


@pytest.fixture
def two(baselines: Baselines, new_run) -> list[TrialKey]:
    run = new_run()
    keys = [run.add("ant", content="ant"), run.add("bee", content="bee")]
    accept(baselines, run.folder, Selection(), **SIGNED)
    return keys


def test_reject_writes_the_log_and_nothing_else(baselines, new_run, two, files, log) -> None:
    run = new_run()
    run.add("ant", content="worse", verdict="drift")
    before = files()
    (change,) = reject(baselines, run.folder, Selection(), **SIGNED)
    assert (change.key, change.action) == (two[0], "rejected")
    after = files()
    assert {name for name in after if after[name] != before.get(name)} == {"quickstart/log.jsonl"}
    assert (log()[-1].action, log()[-1].reason, log()[-1].run) == ("reject", "because", run.folder.name)
    assert list(log()[-1].new) == [next(iter(log()[-1].new))]


def test_reject_in_a_suite_without_baselines_makes_no_manifest(baselines, new_run, files) -> None:
    run = new_run()
    run.add()
    reject(baselines, run.folder, Selection(), **SIGNED)
    assert list(files()) == ["quickstart/log.jsonl"]
    assert baselines.find(TrialKey("quickstart", "fox", "base", 0)) == ()


def test_reject_may_take_out_the_accepted_image_instead(baselines, new_run, two, files, log) -> None:
    second = new_run()
    second.add("ant", content="second", verdict="drift")
    accept(baselines, second.folder, Selection(), add=True, **SIGNED)
    first, other = baselines.find(two[0])
    run = new_run()
    run.add("ant", content="right", verdict="drift", baseline=first.image)
    (change,) = reject(baselines, run.folder, Selection(), baseline=True, **SIGNED)
    assert (change.action, len(change.old), change.new) == ("removed", 2, (other.image,))
    assert baselines.find(two[0]) == (other,)
    assert first.image.file not in files()
    assert (log()[-1].action, list(log()[-1].old), list(log()[-1].new)) == (
        "remove",
        [first.image.file, other.image.file],
        [other.image.file],
    )
    again = new_run()
    again.add("ant", content="third", verdict="drift")
    accept(baselines, again.folder, Selection(), add=True, **SIGNED)
    assert [item.image.file for item in baselines.find(two[0])] == [
        "quickstart/ant/base-s0.a2.png",
        "quickstart/ant/base-s0.a3.png",
    ]
    odd = new_run()
    odd.add("ant", content="odd", verdict="drift")
    with pytest.raises(UsageError, match="2 images are accepted"):
        reject(baselines, odd.folder, Selection(), baseline=True, **SIGNED)
    assert baselines.verify() == []


def test_reject_baseline_acts_on_what_is_accepted_now(baselines, new_run, two, files) -> None:
    """The wrong image was accepted of this very run: nothing was accepted when it ran."""
    run = new_run()
    key = run.add("cat", content="wrong")
    accept(baselines, run.folder, Selection(), **SIGNED)
    (change,) = reject(baselines, run.folder, Selection(), baseline=True, **SIGNED)
    assert (change.key, change.action, change.new, change.note) == (key, "removed", (), "")
    assert baselines.find(key) == ()
    with pytest.raises(NothingSelectedError, match="nothing is accepted for quickstart/cat"):
        reject(baselines, run.folder, Selection(), baseline=True, **SIGNED)
    assert baselines.verify() == []


def test_reject_baseline_brings_back_what_the_wrong_image_replaced(baselines, new_run, two, files) -> None:
    before = files()["quickstart/manifest.json"]
    (first,) = baselines.find(two[0])
    run = new_run()
    run.add("ant", content="wrong", verdict="drift", baseline=first.image)
    accept(baselines, run.folder, Selection(), **SIGNED)
    ignore(baselines, [two[0]], owner="team", until=TODAY, today=TODAY, **SIGNED)
    (change,) = reject(baselines, run.folder, Selection(), baseline=True, **SIGNED)
    assert (change.action, change.new) == ("restored", (first.image,))
    assert baselines.load(baselines.find(two[0])[0]) == b"ant"
    assert files()["quickstart/manifest.json"] == before
    assert baselines.verify() == []


def test_reject_baseline_says_when_what_was_replaced_is_gone(baselines, new_run, two) -> None:
    run = new_run()
    run.add("ant", content="wrong", verdict="drift")
    accept(baselines, run.folder, Selection(), **SIGNED)
    shutil.rmtree(baselines.root / "quickstart/.replaced")
    (change,) = reject(baselines, run.folder, Selection(), baseline=True, **SIGNED)
    assert (change.action, change.new) == ("removed", ())
    assert "not kept" in change.note


def test_an_ignore_holds_until_its_day_has_passed(baselines, two, log) -> None:
    ignore(baselines, [two[0]], owner="team", until=date(2026, 12, 1), today=TODAY, **SIGNED)
    assert str(baselines.ignored(two[0], date(2026, 12, 1))) == "ignored until 2026-12-01 (team): because"
    assert baselines.ignored(two[0], date(2026, 12, 2)) is None
    assert baselines.ignored(two[1], TODAY) is None
    assert (log()[-1].action, log()[-1].owner, log()[-1].until) == ("ignore", "team", "2026-12-01")
    changes = unignore(baselines, two, **SIGNED)
    assert [(change.key.case, change.action) for change in changes] == [("ant", "unignored"), ("bee", "unchanged")]
    assert baselines.ignored(two[0], TODAY) is None
    assert log()[-1].action == "unignore"


def test_an_ignore_needs_all_its_parts(baselines, two, files) -> None:
    before = files()
    good = {"owner": "team", "until": TODAY, "today": TODAY} | SIGNED
    for change, words in (
        ({"reason": ""}, "needs a reason"),
        ({"owner": " "}, "needs an owner"),
        ({"until": date(2026, 11, 21)}, "2026-11-21 has passed"),
    ):
        with pytest.raises(UsageError, match=words):
            ignore(baselines, two, **(good | change))
    assert files() == before
    assert len(ignore(baselines, two, **good)) == 2


def test_ignore_works_for_a_trial_that_has_no_baseline(baselines, new_run) -> None:
    run = new_run()
    run.add("new-one")
    keys = list(choose(run.folder, Selection(cases=("new-*",))))
    ignore(baselines, keys, owner="team", until=TODAY, today=TODAY, **SIGNED)
    assert baselines.ignored(keys[0], TODAY)
    assert baselines.find(keys[0]) == ()


def test_an_ignore_edited_into_nonsense_is_an_error(baselines, two) -> None:
    ignore(baselines, two, owner="team", until=TODAY, today=TODAY, **SIGNED)
    path = baselines.root / "quickstart/manifest.json"
    path.write_text(path.read_text().replace("2026-11-22", "soon"))
    with pytest.raises(ManifestError, match=r'manifest.json:6: ignored\[0\] "ant/base-s0": .*soon'):
        Baselines(baselines.root).ignored(two[0], TODAY)


def test_orphans_are_listed_and_pruned_on_request(baselines, new_run, two, files, log) -> None:
    run = new_run()
    run.add("fox", suite="other")
    accept(baselines, run.folder, Selection(), **SIGNED)
    ant, bee = two
    assert baselines.orphans(iter([ant, bee])) == ()
    assert baselines.orphans(iter([bee, TrialKey("quickstart", "wasp", "base", 0)])) == (ant,)
    assert baselines.orphans([], ["quickstart"]) == (ant, bee)
    ignore(baselines, [ant], owner="team", until=TODAY, today=TODAY, **SIGNED)
    before = files()
    (change,) = prune(baselines, [ant], **SIGNED)
    assert (change.key, change.action, len(change.old)) == (ant, "removed", 1)
    after = files()
    assert set(before) - set(after) == {"quickstart/ant/base-s0.png"}
    assert after["quickstart/bee/base-s0.png"] == before["quickstart/bee/base-s0.png"]
    assert [entry["case"] for entry in json.loads(after["quickstart/manifest.json"])["trials"]] == ["bee"]
    assert baselines.ignored(ant, TODAY) is None
    assert (log()[-1].action, log()[-1].trial) == ("prune", "ant/base-s0")
    assert not (baselines.root / "quickstart" / "ant").exists()
    assert prune(baselines, [ant], **SIGNED) == []
    assert files() == after


def test_no_decision_is_written_where_ci_is_set(baselines, new_run, two, files, monkeypatch) -> None:
    run = new_run()
    run.add("ant", content="other", verdict="drift")
    before = files()
    monkeypatch.setenv("CI", "1")
    for decide in (
        lambda: reject(baselines, run.folder, Selection(), **SIGNED),
        lambda: ignore(baselines, two, owner="t", until=TODAY, today=TODAY, **SIGNED),
        lambda: unignore(baselines, two, **SIGNED),
        lambda: prune(baselines, two, **SIGNED),
    ):
        with pytest.raises(WritesRefusedError):
            decide()
    assert files() == before


def test_a_torn_last_line_of_the_log_is_cut_off(baselines, new_run, two, log) -> None:
    path = baselines.root / "quickstart" / "log.jsonl"
    with path.open("a") as file:
        file.write('{"when": "torn')
    assert len(log()) == 2
    run = new_run()
    run.add("ant", content="other", verdict="drift")
    reject(baselines, run.folder, Selection(), **SIGNED)
    assert [decision.action for decision in log()] == ["accept", "accept", "reject"]
    path.write_text("nonsense\n" + path.read_text())
    with pytest.raises(ManifestError, match=r"log.jsonl:1: not a decision"):
        log()
