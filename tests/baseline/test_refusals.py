"""Refusals that a person accepted."""

import dataclasses
from pathlib import Path

import pytest

from harness.baseline import Baselines, Selection, accept, decisions, merge_manifests, prune, undo
from harness.errors import GenerationError, GenerationRefusedError, UsageError
from harness.judge import Evidence, judge
from harness.records import Outcome, Policy, Reason, Rule, Trial, TrialKey
from harness.vocabulary import Code, Status, Verdict

SIGNED = {"reason": "the policy forbids it", "who": "Ada"}
REFUSED = Selection(verdicts=frozenset({Verdict.REFUSED}))
WHY = Reason(
    Code.GENERATION_REFUSED, {"provider": "mini", "problem": "not allowed", "hint": "", "possibly_billed": False}
)


@pytest.fixture
def refused(new_run):
    """A run in which the case was refused twice."""

    def made(case: str = "gun", **more):
        run = new_run()
        outcome = Outcome(Verdict.REFUSED, Status.MISSING, (WHY,))
        run.add(case, image=None, source="none", outcome=outcome, **more)
        return run

    return made


def test_a_refusal_is_accepted_when_it_is_named_and_an_image_replaces_it(baselines, refused, new_run, files) -> None:
    key = TrialKey("quickstart", "gun", "base", 0)
    run = refused()
    (change,) = accept(baselines, run.folder, REFUSED, **SIGNED)
    assert (change.key, change.action, change.new) == (key, "new", ())
    assert baselines.refused(key).problem == "not allowed"
    assert (baselines.refused(key).why, baselines.refused(key).who) == ("the policy forbids it", "Ada")
    assert (baselines.find(key), list(baselines.manifest("quickstart").trials())) == ((), [key])
    assert baselines.verify() == []
    before = files()
    (change,) = accept(baselines, run.folder, REFUSED, **SIGNED)
    assert (change.action, files()) == ("unchanged", before)
    image = new_run()
    image.add("gun", content="image", verdict="drift")
    (change,) = accept(baselines, image.folder, Selection(), **SIGNED)
    assert (change.action, baselines.refused(key), len(baselines.find(key))) == ("replaced", None, 1)
    (change,) = accept(baselines, run.folder, REFUSED, **SIGNED)
    assert (change.action, len(change.old), baselines.find(key)) == ("replaced", 1, ())
    undo(baselines, who="Ada")
    assert (baselines.refused(key), baselines.load(baselines.find(key)[0])) == (None, b"image")
    prune(baselines, [key], **SIGNED)
    assert list(baselines.manifest("quickstart").trials()) == []


def test_a_refusal_is_no_image_to_keep_beside_others(baselines, refused) -> None:
    with pytest.raises(UsageError, match="refusal"):
        accept(baselines, refused().folder, REFUSED, add=True, **SIGNED)
    assert decisions(baselines) == []


def test_a_set_that_is_refused_whole_is_accepted_as_refused(baselines, refused) -> None:
    run = refused(seed=None, drift="set")
    accept(baselines, run.folder, REFUSED, **SIGNED)
    assert baselines.refused(TrialKey("quickstart", "gun", "base", None)).proven == "refused 2 of 2 times"


def evidence(baselines: Baselines, trial: Trial, **more) -> Evidence:
    return Evidence(trial, refusal=baselines.refused(trial.key).recipe, **more)


@pytest.fixture
def trial(baselines, refused) -> Trial:
    accept(baselines, refused().folder, REFUSED, **SIGNED)
    key = TrialKey("quickstart", "gun", "base", 0)
    return Trial(key, baselines.refused(key).recipe, Policy(Rule("exact")))


def test_the_next_refusal_is_fine_and_nothing_else(baselines, trial) -> None:
    fine = judge(evidence(baselines, trial, fault=GenerationRefusedError("mini", "not allowed", "change it")))
    assert (fine.verdict, fine.status, fine.reasons[0].code) == (Verdict.REFUSED, Status.OK, Code.REFUSAL_SAME)
    failed = judge(evidence(baselines, trial, fault=GenerationError("mini", "down", "wait")))
    assert (failed.verdict, failed.status) == (Verdict.FAILED, Status.MISSING)
    drift = judge(evidence(baselines, trial))
    assert (drift.verdict, drift.status, drift.reasons[0].code) == (Verdict.DRIFT, Status.FINDING, Code.REFUSAL_NONE)


def test_a_refusal_of_other_words_is_not_the_accepted_one(baselines, trial) -> None:
    request = dataclasses.replace(trial.recipe.request, prompt="a kitten")
    other = dataclasses.replace(trial, recipe=dataclasses.replace(trial.recipe, request=request))
    refusal = judge(evidence(baselines, other, fault=GenerationRefusedError("mini", "not allowed", "change it")))
    assert (refusal.verdict, refusal.status) == (Verdict.REFUSED, Status.MISSING)
    assert [reason.code for reason in refusal.reasons] == [Code.GENERATION_REFUSED, Code.REQUEST_CHANGED]
    assert judge(evidence(baselines, other)).verdict == Verdict.INCOMPARABLE


def test_refusals_merge_as_images_do(baselines, refused, new_run, tmp_path: Path) -> None:
    path = baselines.root / "quickstart/manifest.json"
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    base.write_bytes(b"")
    accept(baselines, refused().folder, REFUSED, **SIGNED)
    ours.write_bytes(path.read_bytes())
    undo(baselines, who="Ada")
    accept(baselines, refused().folder, REFUSED, reason="also here", who="Bea")
    theirs.write_bytes(path.read_bytes())
    assert not merge_manifests(base, ours, theirs, path).conflicts
    run = new_run()
    run.add("gun", content="image")
    accept(baselines, run.folder, Selection(), **SIGNED)
    theirs.write_bytes(path.read_bytes())
    (conflict,) = merge_manifests(base, ours, theirs, path).conflicts
    assert "a refusal" in str(conflict)
