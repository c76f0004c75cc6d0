import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ledger import (
    DuplicateTrialError,
    ImageLostError,
    Ledger,
    LineCorruptError,
    OtherRunError,
    RunNotFoundError,
    RunUnreadableError,
    iter_results,
    kept_results,
    possibly_billed,
    read_image,
    read_run,
)
from harness.records import FIRST, Outcome, Recipe, Request, RunRecord, Subject, TrialKey, TrialResult


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whatever_a_kill_leaves_of_the_file_is_a_valid_prefix(data: st.DataObject) -> None:
    recipe = Recipe(Request("p"), Subject("painter", "painter"))
    names = data.draw(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=5, unique=True))
    results = [TrialResult(TrialKey("s", name), recipe, Outcome("identical", "ok")) for name in names]
    with tempfile.TemporaryDirectory() as place:
        with Ledger.create(Path(place), RunRecord("r", ("s.yaml",), "t", "0")) as ledger:
            for result in results:
                ledger.append(result)
        path = ledger.folder / "trials.jsonl"
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        kept = whole[:cut].count(b"\n")
        assert list(iter_results(ledger.folder)) == results[:kept]
        with Ledger.resume(ledger.folder) as again:
            stored = [(result.key, FIRST) in again.recorded for result in results]
            assert stored == [i < kept for i in range(len(results))]
            for result in results[kept:]:
                again.append(result)
        assert list(iter_results(ledger.folder)) == results


def test_a_lost_or_altered_image_is_generated_again_and_said(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        good, lost, altered = (make(case, ledger=ledger) for case in ("good", "lost", "altered"))
        for result in (good, lost, altered):
            ledger.append(result)
    (ledger.folder / lost.image.file).unlink()
    (ledger.folder / altered.image.file).write_bytes(b"painted over")
    for result, word in ((lost, "is missing"), (altered, "is not the image that was recorded")):
        with pytest.raises(ImageLostError, match=word):
            read_image(ledger.folder, result.image)
    with Ledger.resume(ledger.folder) as again:
        assert [(note.key.case, note.why) for note in again.rerun_count] == [
            ("lost", "is missing"),
            ("altered", "is not the image that was recorded"),
        ]
        assert (good.key, FIRST) in again.recorded
        assert (lost.key, FIRST) not in again.recorded
        assert again.tally.trials == 1
        for case in ("lost", "altered"):
            again.append(make(case, ledger=again))
        assert again.finish(again.record).totals == {"identical": 3}
    assert [result.key.case for result in iter_results(ledger.folder)] == ["good", "lost", "altered"]
    with Ledger.resume(ledger.folder) as third:
        assert third.rerun_count == ()
        assert len(third.recorded) == 3


def test_an_image_name_that_leads_outside_is_never_followed(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make(ledger=ledger))
    secret = reports / "secret.png"
    secret.write_bytes(b"image circles 0")
    path = ledger.folder / "trials.jsonl"
    line = json.loads(path.read_text())
    line["image"]["file"] = "../secret.png"
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(LineCorruptError, match=r"at `\$\.image\.file`"):
        list(iter_results(ledger.folder))
    line["image"]["file"] = "secret.png"
    path.write_text(json.dumps(line) + "\n")
    (result,) = iter_results(ledger.folder)
    with pytest.raises(ImageLostError, match="not a name that a run gives"):
        read_image(ledger.folder, result.image)
    with Ledger.resume(ledger.folder) as again:
        assert len(again.rerun_count) == 1


def test_intents_without_results_are_possibly_billed_for_good(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        paid, cut_off = make("paid"), make("cut-off")
        ledger.intent(paid.key, FIRST, paid.recipe.digest, 0.04)
        ledger.append(paid)
        ledger.intent(cut_off.key, FIRST, cut_off.recipe.digest, 0.04)
    assert [intent.key.case for intent in possibly_billed(ledger.folder)] == ["cut-off"]
    with Ledger.resume(ledger.folder) as again:
        assert [(i.key, i.recipe, i.estimate) for i in again.possibly_billed] == [
            (cut_off.key, cut_off.recipe.digest, 0.04)
        ]
        again.intent(cut_off.key, FIRST, cut_off.recipe.digest, 0.04)
        again.append(cut_off)
    assert len(possibly_billed(ledger.folder)) == 1
    assert len(list(iter_results(ledger.folder))) == 2


def test_other_arguments_are_refused_by_name(reports: Path, record: RunRecord) -> None:
    Ledger.create(reports, dataclasses.replace(record, run="r")).close()
    Ledger.resume(reports / "r", expect=record).close()
    asked = dataclasses.replace(record, arguments={"set": {"quality": "draft"}}, shard="1/2")
    with pytest.raises(OtherRunError, match=r'set \{\} there, \{"quality": "draft"\} here; shard None there, 1/2 here'):
        Ledger.resume(reports / "r", expect=asked)
    asked = dataclasses.replace(record, suites=("other.yaml",))
    with pytest.raises(OtherRunError, match=r"suites suites/quickstart\.yaml there, other\.yaml here"):
        Ledger.resume(reports / "r", expect=asked)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{torn", "JSON is malformed"),
        ("\x00\x00\x00", "JSON is malformed"),
        ('{"format": 2, "something": {}}', "neither a result nor a note"),
        ("[]", "Expected `object`, got `array`"),
        ('{"format": 2, "intent": {"at": ""}}', "missing required field `key`"),
        ('{"format": 2, "outcome": {}, "key": 3}', r"at `\$\.key`|missing required field"),
        ("[" * 5000, "truncated|recursion"),
    ],
)
def test_a_corrupt_line_in_the_middle_is_named(reports: Path, record: RunRecord, make, line: str, problem: str) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make())
        ledger.append(make(seed=1))
    path = ledger.folder / "trials.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{line}\n{second}\n")
    for read in (lambda: list(iter_results(ledger.folder)), lambda: Ledger.resume(ledger.folder)):
        with pytest.raises(LineCorruptError, match=problem) as caught:
            read()
        assert (caught.value.line, caught.value.path) == (2, path)
        assert "delete line 2" in caught.value.hint
        assert "\n" not in str(caught.value)
    path.write_text(f"{first}\n{second}\n")
    Ledger.resume(ledger.folder).close()
    path.write_text(f"{first}\n{second}\n{first}\n")
    with pytest.raises(DuplicateTrialError, match=r"trials.jsonl:3: quickstart/circles"):
        list(iter_results(ledger.folder))


def test_a_record_that_cannot_be_read_is_named(reports: Path, record: RunRecord) -> None:
    with pytest.raises(RunNotFoundError):
        Ledger.resume(reports / "none")
    Ledger.create(reports, dataclasses.replace(record, run="r")).close()
    for text, problem in (
        ("{", "truncated"),
        ('{"format": 2, "run": "r"}', "missing required field `suites`"),
        ("[]", "Expected `object`"),
    ):
        (reports / "r" / "run.json").write_text(text)
        for read in (read_run, Ledger.resume):
            with pytest.raises(RunUnreadableError, match=problem):
                read(reports / "r")


def test_a_killed_run_is_counted_from_its_trials(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make(verdict="new"))
    assert json.loads((ledger.folder / "run.json").read_text())["totals"] == {}
    assert read_run(ledger.folder).totals == {"new": 1}


WRITER = """
import sys
from pathlib import Path
from harness.image import file_digest
from harness.ledger import Ledger
from harness.records import FIRST, Outcome, ImageRef, Recipe, Request, Subject, TrialKey, TrialResult
recipe = Recipe(Request("p"), Subject("painter", "painter"))
with Ledger.resume(Path(sys.argv[1])) as ledger:
    print("ready", flush=True)
    for number in range(int(sys.argv[2])):
        key = TrialKey("s", f"case-{number}", "base", 0)
        if (key, FIRST) in ledger.recorded:
            continue
        print(number, flush=True)
        ledger.intent(key, FIRST, recipe.digest, 0.01)
        data = str(number).encode() * 3000
        ref = ImageRef(ledger.store_image(data, "png"), file_digest(data), "0" * 64, 4, 4, "PNG")
        ledger.append(TrialResult(key, recipe, Outcome("new", "finding"), source="generated", image=ref, cost=0.01))
    ledger.finish(ledger.record)
"""


def test_kill_at_random_moments_loses_nothing_recorded(reports: Path) -> None:
    trials, generated = 60, []
    Ledger.create(reports, RunRecord("r", ("s.yaml",), "t", "0")).close()
    chance = random.Random(7)
    for last in (False, False, False, False, True):
        recorded = {result.key.case for result in iter_results(reports / "r")}
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(reports / "r"), str(trials)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout.readline() == "ready\n"
        if not last:
            time.sleep(chance.uniform(0, 0.08))
            os.kill(writer.pid, signal.SIGKILL)
        lines = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        again = {f"case-{number}" for number in lines}
        assert not again & recorded
        generated += lines
    results = list(iter_results(reports / "r"))
    assert {result.key.case for result in results} == {f"case-{number}" for number in range(trials)}
    assert len(results) == trials
    for result in results:
        read_image(reports / "r", result.image)
    # Whatever was begun twice had no result the first time: a call possibly billed.
    assert len(possibly_billed(reports / "r")) >= len(generated) - trials - 4
    assert len(possibly_billed(reports / "r")) <= 4
    assert not list((reports / "r").glob("**/.*"))


def test_what_a_resumed_run_keeps_is_known_before(reports: Path, record: RunRecord, make) -> None:
    assert kept_results(reports / "none") == {}
    with Ledger.create(reports, record) as ledger:
        kept, lost = make("kept", ledger=ledger), make("lost", ledger=ledger)
        refused, failed = make("refused", verdict="failed"), make("failed", verdict="failed")
        for result in (kept, lost, refused, failed):
            ledger.append(result)
    (ledger.folder / lost.image.file).unlink()

    def again(result: TrialResult) -> str:
        return "it failed" if result.key == failed.key else ""

    assert kept_results(ledger.folder, again) == {kept.key: 1, lost.key: 0, refused.key: 1, failed.key: 0}
    assert kept_results(ledger.folder)[failed.key] == 1
    with Ledger.resume(ledger.folder, again=again) as resumed:
        assert {note.key for note in resumed.rerun_count} == {lost.key, failed.key}
