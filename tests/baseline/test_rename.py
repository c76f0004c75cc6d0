"""Renaming a case, and recognizing one that was renamed."""

from datetime import date

import pytest

from harness.baseline import (
    Baselines,
    Ignore,
    Selection,
    accept,
    decisions,
    ignore,
    rename,
    renamed_cases,
    undo,
)
from harness.errors import UsageError
from harness.ledger import iter_results
from harness.records import Recipe, Request, Subject, TrialKey

TODAY = date(2026, 11, 22)
SIGNED = {"reason": "because", "who": "Ada"}


@pytest.fixture
def fox(baselines: Baselines, new_run) -> list[TrialKey]:
    run = new_run()
    keys = [run.add("fox", seed, content=f"fox {seed}") for seed in (0, 1)]
    run.add("owl", content="owl")
    run.add("Bee", content="bee")
    accept(baselines, run.folder, Selection(), **SIGNED)
    ignore(baselines, keys[:1], owner="team", until=TODAY, today=TODAY, **SIGNED)
    return keys


def test_images_floors_and_ignores_move_and_come_back(baselines, fox, files) -> None:
    before = files()
    old = [baselines.find(key) for key in fox]
    changes = rename(baselines, "quickstart/fox", "quickstart/red-fox", who="Ada")
    new = [TrialKey("quickstart", "red-fox", "base", seed) for seed in (0, 1)]
    assert [(change.key, change.action) for change in changes] == [(key, "renamed") for key in new]
    assert [baselines.find(key) for key in fox] == [(), ()]
    assert [baselines.load(baselines.find(key)[0]) for key in new] == [b"fox 0", b"fox 1"]
    assert [baselines.find(key)[0].recipe for key in new] == [items[0].recipe for items in old]
    assert isinstance(baselines.ignored(new[0], TODAY), Ignore)
    assert baselines.ignored(fox[0], TODAY) is None
    assert set(files()) - set(before) == {f"quickstart/red-fox/base-s{seed}.png" for seed in (0, 1)}
    assert set(before) - set(files()) == {f"quickstart/fox/base-s{seed}.png" for seed in (0, 1)}
    assert baselines.verify() == []
    lines = [one.line for one in decisions(baselines) if one.line.action == "rename"]
    assert {(line.case, line.other) for line in lines} == {("fox", "red-fox"), ("red-fox", "fox")}
    undo(baselines, who="Ada")
    assert {name: data for name, data in files().items() if "log" not in name} == {
        name: data for name, data in before.items() if "log" not in name
    }
    assert baselines.verify() == []


def test_a_decision_before_a_rename_is_undone_after_it(baselines, fox) -> None:
    accepted = decisions(baselines)[0].line.id
    rename(baselines, "quickstart/fox", "quickstart/red-fox", who="Ada")
    with pytest.raises(Exception, match="rename of") as caught:
        undo(baselines, accepted, who="Ada")
    assert decisions(baselines)[-1].line.id in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("quickstart/fox", "quickstart/owl", "has baselines already"),
        ("quickstart/fox", "quickstart/bee", "has baselines already"),
        ("quickstart/fox", "other/fox", "two suites"),
        ("quickstart/wolf", "quickstart/dog", "nothing is accepted"),
        ("nowhere/fox", "nowhere/dog", "nothing is accepted"),
        ("quickstart/fox", "quickstart/red/fox", "not the name of a case"),
        ("quickstart/fox", "quickstart/../fox", "not the name of a case"),
        ("quickstart/fox", "quickstart/", "is not SUITE/CASE"),
        ("fox", "red-fox", "is not SUITE/CASE"),
        ("quickstart/fox", "quickstart/fox", "that name already"),
        ("quickstart/fox", "quickstart/Fox", "capitals only"),
    ],
)
def test_a_rename_that_cannot_be_is_refused_with_a_hint(baselines, fox, files, old: str, new: str, words: str) -> None:
    before = files()
    with pytest.raises(UsageError, match=words) as caught:
        rename(baselines, old, new, who="Ada")
    assert caught.value.hint
    assert files() == before


def test_a_renamed_case_is_known_by_its_recipe_or_its_images(baselines, fox, new_run) -> None:
    run = new_run()
    other = Recipe(Request("other words", seed=0), Subject("painter", "painter"))
    run.add("red-fox", 0, content="fox 0", recipe=other)
    run.add("red-fox", 1, content="redrawn", recipe=baselines.find(fox[1])[0].recipe)
    run.add("uhu", 0, content="nothing like it", recipe=other)
    results = list(iter_results(run.folder))
    orphans = baselines.orphans([TrialKey("quickstart", "Bee", "base", 0)], ["quickstart"])
    assert renamed_cases(baselines, orphans, results) == {"quickstart/fox": "quickstart/red-fox"}
    assert renamed_cases(baselines, [], results) == {}
