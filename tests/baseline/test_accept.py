import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from harness.baseline import (
    Baselines,
    Change,
    NameClashError,
    NothingSelectedError,
    NotProvenError,
    Selection,
    WritesRefusedError,
    accept,
    changing,
    read_log,
)
from harness.errors import GenerationError, UsageError
from harness.image import decode, file_digest, pixel_digest
from harness.ledger import DiskFullError, ImageLostError, LockedError
from harness.records import (
    Finding,
    ImageRef,
    InputImage,
    Outcome,
    Policy,
    Reason,
    Recipe,
    Request,
    Rule,
    Subject,
    TrialKey,
)
from harness.vocabulary import CheckOutcome, Code, Unproven

ALL = Selection()
WHEN = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def take(baselines: Baselines, folder: Path, selection: Selection = ALL, **more) -> list[Change]:
    return accept(baselines, folder, selection, **({"reason": "looks right", "who": "Ada"} | more))


def test_what_is_accepted_is_found(baselines, new_run, files) -> None:
    run = new_run()
    key = run.add("fox", 3, variant="style=flat")
    (change,) = take(baselines, run.folder, when=WHEN)
    assert (change.key, change.action, change.note) == (key, "new", "generated 2 times the same")
    (item,) = baselines.find(key, {})
    assert item.image.file == "quickstart/fox/style=flat-s3.png"
    assert baselines.load(item) == b"image"
    assert (item.who, item.why, item.when) == ("Ada", "looks right", "2026-11-22T10:30:00Z")
    assert (item.run, item.proven) == (run.folder.name, "generated 2 times the same")
    assert item.image.pixel_digest == file_digest(b"egami")
    assert dict(item.environment) == {"numpy": "2.4", "gpu": "none"}
    assert item.recipe.request.prompt == "a fox"
    assert sorted(files()) == [
        "quickstart/fox/style=flat-s3.png",
        "quickstart/log.jsonl",
        "quickstart/manifest.json",
    ]
    (decision,) = read_log(baselines.root / "quickstart" / "log.jsonl")
    assert (decision.action, decision.trial, decision.who) == ("accept", "fox/style=flat-s3", "Ada")
    assert (decision.old, decision.new) == ({}, {item.image.file: item.image.pixel_digest})
    assert baselines.verify() == []


def test_only_what_is_named_is_rewritten(baselines, new_run, files) -> None:
    run = new_run()
    for case in ("ant", "bee", "cat"):
        for seed in (0, 1, 10, 2):
            run.add(case, seed)
    take(baselines, run.folder, when=WHEN)
    before = files()
    again = new_run()
    for case in ("ant", "bee", "cat"):
        for seed in (0, 1, 10, 2):
            again.add(case, seed, content="other", verdict="drift")
    changes = take(baselines, again.folder, Selection(cases=("b*",), seeds=frozenset({10})), who="Bob", when=WHEN)
    assert [(change.key.case, change.key.seed, change.action) for change in changes] == [("bee", 10, "replaced")]
    after = files()
    assert {name for name in after if after[name] != before[name]} == {
        "quickstart/bee/base-s10.png",
        "quickstart/log.jsonl",
        "quickstart/manifest.json",
    }
    old, new = (json.loads(state["quickstart/manifest.json"])["trials"] for state in (before, after))
    names = [f"{entry['case']}/{entry['variant']}-s{entry['seed']}" for entry in new]
    assert names == [f"{case}/base-s{seed}" for case in ("ant", "bee", "cat") for seed in (0, 1, 2, 10)]
    assert [name for name, a, b in zip(names, old, new, strict=True) if a != b] == ["bee/base-s10"]
    lines = [state["quickstart/manifest.json"].decode().splitlines() for state in (before, after)]
    assert len(lines[0]) == len(lines[1])
    assert len([1 for a, b in zip(*lines, strict=True) if a != b]) == 4  # both digests, who, run
    assert after["quickstart/log.jsonl"].startswith(before["quickstart/log.jsonl"])


def test_the_same_again_touches_nothing(baselines, new_run, files) -> None:
    run = new_run()
    key = run.add()
    take(baselines, run.folder)
    before = files()
    again = new_run()
    again.add(verdict="identical", environment={"numpy": "2.5"})
    (change,) = take(baselines, again.folder, Selection(keys=frozenset({str(key)})))
    assert (change.action, change.old) == ("unchanged", change.new)
    assert files() == before


def test_a_new_recipe_of_the_same_image_is_accepted(baselines, new_run) -> None:
    run, again = new_run(), new_run()
    key = run.add()
    take(baselines, run.folder)
    recipe = Recipe(Request("other words", seed=0), Subject("painter", "painter"))
    again.add(verdict="incomparable", recipe=recipe)
    assert take(baselines, again.folder)[0].action == "replaced"
    assert baselines.find(key)[0].recipe == recipe


def test_an_altered_accepted_image_is_mended_by_accepting_it_again(baselines, new_run) -> None:
    run = new_run()
    key = run.add()
    take(baselines, run.folder)
    (baselines.root / "quickstart/fox/base-s0.png").write_bytes(b"scribble")
    assert len(baselines.verify()) == 1
    assert take(baselines, run.folder, Selection(keys=frozenset({str(key)})))[0].action == "replaced"
    assert baselines.verify() == []


def test_what_is_proven_fine_or_broken_is_accepted_only_when_named(baselines, new_run) -> None:
    run = new_run()
    keys = {verdict: run.add(verdict, verdict=verdict) for verdict in ("new", "drift", "identical", "benign", "broken")}
    assert {change.key.case for change in take(baselines, run.folder)} == {"new", "drift"}
    take(baselines, run.folder, Selection(verdicts=frozenset({"broken"})))
    take(baselines, run.folder, Selection(keys=frozenset({str(keys["benign"])})))
    assert {key.case for key in baselines.manifest("quickstart").trials()} == {"new", "drift", "broken", "benign"}


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(cases=("nothing*",)), "no trial of this run has the case 'nothing.*'"),
        (Selection(keys=frozenset({"quickstart/fox/base-s9"})), "no selected trial quickstart/fox/base-s9"),
        (Selection(verdicts=frozenset({"failed"})), "none of the 1 selected trials has an image or was refused"),
    ],
)
def test_a_choice_of_nothing_is_said(baselines, new_run, selection: Selection, words: str) -> None:
    run = new_run()
    run.add()
    run.add("no", repeats=1, image=None, source="none", verdict="failed")
    with pytest.raises(NothingSelectedError, match=words):
        take(baselines, run.folder, selection)
    assert not baselines.root.exists()


@pytest.mark.parametrize("reason", ["  ", "…", " ..."])
def test_an_empty_reason_is_a_usage_fault(baselines, new_run, reason) -> None:
    run = new_run()
    run.add()
    with pytest.raises(UsageError, match="needs a reason"):
        take(baselines, run.folder, reason=reason)


@pytest.mark.parametrize("given", [{"reason": "bytes \udcff"}, {"who": "m\udcfe"}])
def test_what_is_no_unicode_is_a_usage_fault(baselines, new_run, given) -> None:
    run = new_run()
    run.add()
    with pytest.raises(UsageError, match="UTF-8"):
        accept(baselines, run.folder, Selection(), **({"reason": "why", "who": "me"} | given))
    assert not baselines.root.exists()


@pytest.mark.parametrize("value", ["true", "1", "woodpecker"])
def test_nothing_is_written_where_ci_is_set(baselines, new_run, monkeypatch, value: str) -> None:
    run = new_run()
    run.add()
    monkeypatch.setenv("CI", value)
    with pytest.raises(WritesRefusedError) as caught:
        take(baselines, run.folder)
    assert "commit" in caught.value.hint
    assert not baselines.root.exists()
    monkeypatch.setenv("CI", "false")
    assert take(baselines, run.folder)


class TestStability:
    def test_one_generation_is_no_proof(self, baselines, new_run) -> None:
        run = new_run()
        run.add("ant")
        run.add("bee", repeats=1)
        with pytest.raises(
            NotProvenError, match=r"1 of 2 trials not shown to repeat: quickstart/bee/base-s0 \(generated only once\)"
        ):
            take(baselines, run.folder)
        assert not baselines.root.exists()

    def test_the_refusal_names_the_flags(self, baselines, new_run) -> None:
        run = new_run()
        run.add(repeats=1)
        with pytest.raises(NotProvenError) as caught:
            take(baselines, run.folder)
        assert "--repeats 2" in caught.value.hint
        assert "--unproven" in caught.value.hint

    def test_three_are_shown_and_the_others_counted(self, baselines, new_run) -> None:
        for number, more in ((3, ""), (5, "2 more")):
            run = new_run()
            keys = [run.add(f"case-{index}", repeats=1) for index in range(number)]
            with pytest.raises(NotProvenError) as caught:
                take(baselines, run.folder)
            assert [key for key, _ in caught.value.trials] == keys
            assert [str(key) in str(caught.value) for key in keys] == [True] * 3 + [False] * (number - 3)
            assert str(caught.value).rpartition("; and ")[2] == more or not more
            assert ("more" in str(caught.value)) == bool(more)

    def test_different_generations_are_the_contrary_of_proof(self, baselines, new_run) -> None:
        run = new_run()
        run.add(content="image {}", repeats=3)
        with pytest.raises(NotProvenError, match="generated 3 different images in 3 generations"):
            take(baselines, run.folder, rerun=lambda _: b"image 0")

    @pytest.mark.parametrize("source", ["cache", "replay"])
    def test_only_what_was_generated_counts(self, baselines, new_run, source: str) -> None:
        run = new_run()
        run.add(source=source)
        with pytest.raises(NotProvenError, match=f"comes from the {source}"):
            take(baselines, run.folder)

    def test_what_all_trials_lack_is_said(self, baselines, new_run) -> None:
        run = new_run()
        run.add("replayed", source="replay")
        with pytest.raises(NotProvenError) as caught:
            take(baselines, run.folder)
        assert caught.value.lacking == Unproven.RECORDING
        run.add("once", repeats=1)
        with pytest.raises(NotProvenError) as caught:
            take(baselines, run.folder)
        assert (caught.value.lacking, len(caught.value.trials)) == (Unproven.REPEAT, 2)

    def test_unproven_says_so_in_the_manifest(self, baselines, new_run) -> None:
        run = new_run()
        key = run.add(content="image {}")
        take(baselines, run.folder, unproven=True, reason="first look")
        assert baselines.find(key)[0].proven == "unproven (generated 2 different images in 2 generations): first look"

    @pytest.mark.parametrize(("level", "enough"), [("bytes", True), ("pixels", True), ("lsb", False), ("none", False)])
    def test_a_determinism_level_seen_in_the_run(self, baselines, new_run, level: str, enough: bool) -> None:
        run = new_run()
        run.add(repeats=1, outcome=Outcome("new", "finding", determinism=level))
        if enough:
            assert take(baselines, run.folder)[0].note == f"repeats in its run: equal {level}"
        else:
            with pytest.raises(NotProvenError):
                take(baselines, run.folder)

    @pytest.mark.parametrize("drift", ["calibrated", "limits", "set"])
    def test_no_proof_is_asked_where_no_exact_repeat_is_meant(self, baselines, new_run, drift: str) -> None:
        run = new_run()
        run.add(repeats=1, drift=drift)
        assert take(baselines, run.folder)[0].note == f"need not repeat: drift is judged by {drift}"
        run.add("bee", repeats=1, policy=Policy(Rule(drift), determinism="pixels"))
        with pytest.raises(NotProvenError):
            take(baselines, run.folder, Selection(cases=("bee",)))

    def test_generation_once_more_is_proof_by_pixels(self, baselines, new_run) -> None:
        image = Image.new("RGB", (8, 8), (200, 30, 30))
        encoded = [io.BytesIO(), io.BytesIO()]
        for level, file in enumerate(encoded):
            image.save(file, "PNG", compress_level=level * 9)
        one, two = (file.getvalue() for file in encoded)
        assert one != two
        run = new_run()
        file = run.ledger.store_image(one, "png")
        ref = ImageRef(file, file_digest(one), pixel_digest(decode(one).pixels), 8, 8, "PNG")
        key = run.add(content=one, image=ref, repeats=1)
        for generated, words in ((b"<html>", "could not be generated again"), (None, "generated only once")):
            with pytest.raises(NotProvenError, match=words):
                take(baselines, run.folder, rerun=lambda _, generated=generated: generated)
        other = io.BytesIO()
        Image.new("RGB", (8, 8), (200, 30, 31)).save(other, "PNG")
        with pytest.raises(NotProvenError, match="generated again, it differs"):
            take(baselines, run.folder, rerun=lambda _: other.getvalue())

        def fault(_: object) -> bytes:
            raise GenerationError("painter", "out of paint")

        with pytest.raises(NotProvenError, match="could not be generated again: painter: out of paint"):
            take(baselines, run.folder, rerun=fault)
        take(baselines, run.folder, rerun=lambda _: two)
        assert baselines.find(key)[0].proven == "generated again the same when it was accepted"


class TestSeveral:
    def test_a_second_accepted_image_is_added_to_the_first(self, baselines, new_run, files) -> None:
        key = None
        for content in ("one", "two", "three", "two"):
            run = new_run()
            key = run.add(content=content, verdict="drift")
            take(baselines, run.folder, add=True)
        names = [item.image.file.rpartition("/")[2] for item in baselines.find(key)]
        assert names == ["base-s0.png", "base-s0.a2.png", "base-s0.a3.png"]
        assert [baselines.load(item) for item in baselines.find(key)] == [b"one", b"two", b"three"]
        run = new_run()
        run.add(content="four", verdict="drift")
        (change,) = take(baselines, run.folder)
        assert (change.action, len(change.old), len(change.new)) == ("replaced", 3, 1)
        assert [name for name in files() if name.endswith(".png")] == ["quickstart/fox/base-s0.png"]
        assert baselines.verify() == []

    def test_the_extension_is_that_of_the_bytes_received(self, baselines, new_run, files) -> None:
        for extension in ("jpg", "webp"):
            run = new_run()
            run.add(content=extension, extension=extension, verdict="drift")
            take(baselines, run.folder)
            assert [name for name in files() if "base" in name] == [f"quickstart/fox/base-s0.{extension}"]

    def test_all_repeats_of_an_unseeded_trial_are_its_set(self, baselines, new_run, files) -> None:
        run = new_run()
        key = run.add(seed=None, content="fox {}", repeats=4)
        (change,) = take(baselines, run.folder)
        assert change.note == "need not repeat: drift is judged by set"
        assert [item.image.file for item in baselines.find(key)] == [f"quickstart/fox/base-r{n}.png" for n in range(4)]
        assert sorted(baselines.load(item) for item in baselines.find(key)) == [f"fox {n}".encode() for n in range(4)]
        before = files()
        assert take(baselines, run.folder)[0].action == "unchanged"
        assert files() == before
        smaller = new_run()
        smaller.add(seed=None, content="fox {}", repeats=3)
        assert take(baselines, smaller.folder)[0].action == "replaced"
        assert len(baselines.find(key)) == 3
        more = new_run()
        more.add(seed=None, content="wolf {}", repeats=2)
        take(baselines, more.folder, add=True)
        assert len(baselines.find(key)) == 5
        assert baselines.verify() == []

    @pytest.mark.parametrize(("seed", "kept"), [(None, [{"a fox": "pass"}] * 2), (0, [None])])
    def test_findings_are_kept_of_sets_only(self, baselines, new_run, seed, kept) -> None:
        run = new_run()
        key = run.add(seed=seed, content="fox", findings=(Finding("a fox", CheckOutcome.PASS, "1 fox"),))
        take(baselines, run.folder)
        assert [item.findings for item in baselines.find(key)] == kept

    def test_each_profile_has_its_own(self, baselines, new_run) -> None:
        policy = Policy(profile=("gpu", "torch"))
        key = None
        for gpu in ("H100", "A100"):
            run = new_run()
            key = run.add(content=gpu, policy=policy, environment={"gpu": gpu, "torch": 2})
            assert take(baselines, run.folder)[0].action == "new"
        (item,) = baselines.find(key, {"torch": 2, "gpu": "A100"})
        assert item.image.file == "quickstart/fox/base-s0.gpu=A100,torch=2.png"
        assert baselines.load(item) == b"A100"
        assert baselines.find(key, {"gpu": "T4", "torch": 2}) == ()
        assert baselines.find(key) == ()
        others = [{"gpu": "A100", "torch": 2}, {"gpu": "H100", "torch": 2}]
        data = {"profile": {"gpu": "T4", "torch": 2}, "accepted": others}
        assert baselines.why_missing(key, data["profile"]) == Reason(Code.BASELINE_OTHER_PROFILE, data)
        assert baselines.why_missing(TrialKey("quickstart", "owl")) == Reason(Code.BASELINE_NONE)


def test_names_that_differ_only_in_capitals_clash(baselines, new_run) -> None:
    run = new_run()
    run.add("Fox")
    run.add("fox")
    with pytest.raises(NameClashError, match="quickstart/fox/base-s0"):
        take(baselines, run.folder)
    assert not baselines.root.exists()
    take(baselines, run.folder, Selection(cases=("Fox",)))
    with pytest.raises(NameClashError, match="on a file system that ignores case"):
        take(baselines, run.folder, Selection(cases=("fox",)))
    assert baselines.verify() == []


@pytest.mark.parametrize("case", ["../../etc", "a/b", "fuchs größe", "fuchs gro\u0308ße", "..", "x" * 300, "con:", "."])
def test_names_from_elsewhere_stay_below_the_suite(baselines, new_run, case: str, tmp_path: Path) -> None:
    run = new_run()
    key = run.add(case)
    take(baselines, run.folder)
    (item,) = baselines.find(key)
    assert re.fullmatch(r"quickstart/[!-.0-~]{1,121}/base-s0\.png", item.image.file)
    assert (baselines.root / item.image.file).resolve().is_relative_to(baselines.root.resolve())
    assert {path.name for path in tmp_path.iterdir()} == {"baselines", "reports"}
    assert Baselines(baselines.root).find(key) == (item,)


def test_two_suites_of_a_run_are_accepted_or_refused_together(baselines, new_run) -> None:
    run = new_run()
    run.add("fox", suite="a")
    run.add("fox", suite="b", repeats=1)
    with pytest.raises(NotProvenError):
        take(baselines, run.folder)
    assert not baselines.root.exists()
    take(baselines, run.folder, unproven=True)
    assert baselines.suites() == ["a", "b"]
    assert baselines.find(TrialKey("a", "fox", "base", 0))[0].proven == "generated 2 times the same"


def test_no_path_of_this_machine_gets_into_the_manifest(baselines, new_run, tmp_path: Path) -> None:
    digest = "d" * 64
    run = new_run()
    request = Request(
        "x", input_image=InputImage(str(tmp_path / "suites/in.png"), digest), mask=InputImage("/else/m.png", digest)
    )
    recipe = Recipe(request, Subject("painter", "painter"))
    key = run.add(recipe=recipe)
    take(baselines, run.folder)
    (item,) = baselines.find(key)
    assert (item.recipe.request.input_image.path, item.recipe.request.mask.path) == ("suites/in.png", "m.png")
    assert item.recipe.digest == recipe.digest
    assert str(tmp_path) not in (baselines.root / "quickstart/manifest.json").read_text()


def test_a_lost_image_of_the_run_changes_nothing(baselines, new_run, files) -> None:
    run = new_run()
    run.add("ant", content="ant")
    run.add("bee", content="bee")
    take(baselines, run.folder, Selection(cases=("ant",)))
    before = files()
    again = new_run()
    for case in ("ant", "bee", "cat"):
        again.add(case, content=f"new {case}", verdict="drift")
    (again.folder / "images" / f"{file_digest(b'new cat')}.png").write_bytes(b"something else")
    with pytest.raises(ImageLostError, match="is not the image that was recorded"):
        take(baselines, again.folder)
    assert files() == before
    assert not list(baselines.root.rglob("*.pending"))


def test_a_full_disk_changes_nothing(baselines, new_run, files) -> None:
    """A file size limit in a process of its own stands for the full disk."""
    run, again = new_run(), new_run()
    run.add("ant")
    take(baselines, run.folder)
    again.add("ant", content="other", verdict="drift")
    again.add("bee", content="large " * 5000)
    before = files()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, resource; from pathlib import Path; from harness.baseline import *\n"
            "from harness.ledger import DiskFullError\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
            "try: accept(Baselines(sys.argv[1]), Path(sys.argv[2]), Selection(), reason='r', who='w')\n"
            "except DiskFullError as fault: print(type(fault).__name__)",
            str(baselines.root),
            str(again.folder),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "CI"},
    )
    assert done.stdout == f"{DiskFullError.__name__}\n", done.stderr
    assert files() == before


def test_two_writers_wait_for_each_other(baselines, new_run, monkeypatch) -> None:
    run = new_run()
    run.add()
    monkeypatch.setattr("harness.baseline.writing.LOCK_SECONDS", 0.05)
    with changing(baselines, "quickstart"), pytest.raises(LockedError):
        take(baselines, run.folder)
    take(baselines, run.folder)
    assert not list(baselines.root.rglob(".lock"))


def test_a_run_goes_on_by_the_manifest_it_began_with(baselines, new_run) -> None:
    run = new_run()
    key = run.add()
    reader = Baselines(baselines.root)
    assert reader.find(key) == ()
    take(baselines, run.folder)
    assert reader.find(key) == ()
    reader.clear_cache()
    assert len(reader.find(key)) == 1
