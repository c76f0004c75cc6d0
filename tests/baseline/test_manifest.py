import dataclasses
import json
import subprocess
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.baseline import (
    Accepted,
    Baselines,
    Ignore,
    ImageAlteredError,
    ImageMissingError,
    Manifest,
    ManifestError,
    NameClashError,
    Selection,
    accept,
    whoami,
)
from harness.baseline.names import image_file
from harness.records import ImageRef, Recipe, Request, Subject, TrialKey

words = st.text(st.characters(codec="utf-8"), max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
digests = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
keys = st.builds(TrialKey, st.just("suite"), words.filter(bool), words.filter(bool), st.none() | st.integers(0, 2**63))


def accepted(draw: st.DrawFn, key: TrialKey, number: int) -> Accepted:
    profile = draw(st.dictionaries(words.filter(bool), words, max_size=2))
    ref = ImageRef(image_file(key, profile, number, ".png"), draw(digests), draw(digests), 8, 9, "PNG", {"phash": "ff"})
    request = Request(draw(words), draw(words), key.seed, strength=draw(st.none() | st.floats(0, 1)))
    recipe = Recipe(request, Subject("p", "painter", None, draw(st.dictionaries(words, plain, max_size=3))))
    environment = draw(st.dictionaries(words, plain, max_size=3))
    floor = draw(st.none() | st.dictionaries(words, st.floats(0, 1), max_size=2))
    return Accepted(ref, recipe, draw(words), "when", draw(words), "run", "proven", environment, profile, floor)


@st.composite
def contents(draw: st.DrawFn) -> dict[TrialKey, tuple[Accepted, ...]]:
    found = draw(st.lists(keys, max_size=5, unique=True))
    return {key: tuple(accepted(draw, key, n) for n in range(draw(st.integers(1, 2)))) for key in found}


def built(path: Path, trials: dict[TrialKey, tuple[Accepted, ...]]) -> Manifest | None:
    try:
        return Manifest(path, "suite").changed(trials)
    except NameClashError:
        return None


@settings(max_examples=30, deadline=None)
@given(contents(), st.data())
def test_a_manifest_reads_back_as_it_was_written(trials, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "manifest.json"
        manifest = built(path, trials)
        if manifest is None:
            return
        ignored = {key: Ignore("why", "who", "2027-01-01", "w", "t") for key in list(trials)[:2]}
        manifest = manifest.changed(None, ignored)
        text = manifest.dump()
        assert text.endswith(b"}\n")
        assert b"\r" not in text
        json.loads(text)
        path.write_bytes(text)
        again = Manifest.load(path, "suite")
        assert {key: again.accepted(key) for key in again.trials()} == trials
        assert again.ignores() == ignored
        assert again.dump() == text
        # Laid out otherwise by an editor, it says the same, and is written as before.
        path.write_text(json.dumps(json.loads(text), indent=data.draw(st.sampled_from([None, 1, 4]))))
        assert Manifest.load(path, "suite").dump() == text


@settings(max_examples=30, deadline=None)
@given(contents(), st.data())
def test_a_change_leaves_the_bytes_of_all_other_entries(trials, data: st.DataObject) -> None:
    manifest = built(Path("manifest.json"), trials)
    if manifest is None or not trials:
        return
    key = data.draw(st.sampled_from(sorted(trials, key=str)))
    changed = manifest.changed({key: (trials[key][0],)}) if data.draw(st.booleans()) else manifest.changed({key: ()})
    before, after = (entries(each.dump()) for each in (manifest, changed))
    assert {name: text for name, text in before.items() if name != key} == {
        name: text for name, text in after.items() if name != key
    }


def entries(text: bytes) -> dict[TrialKey, str]:
    """The text of each entry as it stands in the file."""
    found, current = {}, []
    for line in text.decode().split("\n"):
        if line.startswith('    "') and line.endswith("{"):
            current = [line]
        elif line in ("    }", "    },") and current:
            entry = json.loads("{" + "\n".join(current) + "}}")
            (value,) = entry.values()
            found[TrialKey("suite", value["case"], value["variant"], value.get("seed"))] = "\n".join(current)
            current = []
        else:
            current.append(line)
    return found


@pytest.fixture
def accepted_fox(baselines: Baselines, new_run) -> TrialKey:
    run = new_run()
    run.add("owl", content="owl")
    key = run.add("fox")
    accept(baselines, run.folder, Selection(), reason="first", who="Ada")
    return key


def test_the_file_is_made_for_reading_and_for_git(baselines: Baselines, accepted_fox: TrialKey) -> None:
    text = (baselines.root / "quickstart/manifest.json").read_text()
    lines = text.split("\n")
    assert lines[:6] == [
        "{",
        '  "format": 1,',
        '  "suite": "quickstart",',
        '  "trials": {',
        '    "fox/base-s0": {',
        '      "case": "fox",',
    ]
    assert '            "file": "quickstart/fox/base-s0.png",' in lines
    assert lines[-2:] == ["}", ""]


@pytest.mark.parametrize(
    ("edit", "words", "line"),
    [
        (lambda text: text.replace('"fox', '"owl'), "is a duplicate key", True),
        (lambda text: text[:-40], "is not JSON", True),
        (lambda text: text.replace('  "trials"', "<<<<<<< HEAD\n"), "merge conflict", True),
        (lambda text: text + "x", "is not JSON", True),
        (lambda _: "[]", "should be a JSON object", False),
        (lambda _: "{}", "says no format or no suite", False),
        (lambda _: "", "is not JSON", True),
        (lambda text: text.replace('"format": 1', '"format": 2'), "reads format 1, not 2", True),
        (lambda text: text.replace('"suite": "quickstart"', '"suite": "other"'), "belongs to the suite 'other'", True),
        (lambda text: text.replace('"trials"', '"trails"'), "not a part of a manifest", True),
        (lambda text: text.replace('"width": 8', '"width": "8"', 1), r"accepted\[0\].*width should be int", True),
        (lambda text: text.replace('"height": 8', '"heigth": 8', 1), r"accepted\[0\].*height is missing", True),
        (
            lambda text: text.replace('"seed": 0', '"seed": 1', 1),
            "case, variant and seed inside say 'fox/base-s1'",
            True,
        ),
        (
            lambda text: text.replace("quickstart/fox/base-s0.png", "quickstart/../../x.png"),
            "no file in the folder",
            True,
        ),
        (lambda text: text.replace("quickstart/fox/base-s0.png", "/etc/passwd"), "no file in the folder", True),
        (lambda text: text.replace("quickstart/fox/base-s0.png", "quickstart\\\\x.png"), "no file in the folder", True),
        (
            lambda text: text.replace("quickstart/fox/base-s0.png", "quickstart/log.jsonl"),
            "no file in the folder",
            True,
        ),
        (lambda text: text.replace("quickstart/owl", "quickstart/Fox"), "would share the file", True),
        (lambda text: text.replace('"accepted": [', '"accepted": [],"old": [', 1), "holds no image", True),
        (lambda text: text.replace('"accepted"', '"acepted"', 1), "should be a list", True),
        (lambda text: text.replace('"file_digest": "', '"file_digest": "x', 1), "64 hex digits", True),
        (lambda text: text.replace('"case": "fox"', '"case": 3'), "case should be str", True),
        (
            lambda text: text.replace('"phash": "ff00"', '"phash": "ff00", "phash": "00"', 1),
            "is a duplicate key",
            False,
        ),
        (lambda _: "[" * 100_000, "recursion|is not JSON", False),
        (lambda text: text.replace('"trials": {', '"trials": [', 1), "is not JSON", True),
        (lambda _: '{"format": 1, "suite": "quickstart", "trials": []}', "trials: should be an object", False),
        (
            lambda _: '{"format": 1, "suite": "quickstart", "trials": {"a/b-s0": 3}}',
            'trials."a/b-s0": should be',
            False,
        ),
        (
            lambda text: text.replace('  "trials"', '  "ignored": {"fox/base-s0": {"case": "fox"}},\n  "trials"'),
            r'ignored."fox/base-s0": TrialKey.variant should be str',
            False,
        ),
    ],
)
def test_nonsense_is_named_with_its_place_and_hint(baselines, accepted_fox, edit, words: str, line: bool) -> None:
    path = baselines.root / "quickstart/manifest.json"
    before = path.read_text()
    after = edit(before)
    assert after != before
    path.write_text(after)
    with pytest.raises(ManifestError, match=words) as caught:
        Baselines(baselines.root).find(accepted_fox)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 250
    assert f"git checkout -- {path}" in caught.value.hint
    if line:
        assert caught.value.line is not None
        assert caught.value.line <= after.count("\n") + 1
    assert Baselines(baselines.root).verify()


def test_a_missing_or_altered_image_is_never_a_silent_pass(baselines: Baselines, accepted_fox: TrialKey) -> None:
    path = baselines.root / "quickstart/fox/base-s0.png"
    owl = TrialKey("quickstart", "owl", "base", 0)
    path.write_bytes(b"retouched")
    with pytest.raises(ImageAlteredError, match="of quickstart/fox/base-s0 was altered") as caught:
        baselines.find(accepted_fox)
    assert f"git checkout -- {path}" in caught.value.hint
    assert baselines.find(owl)
    path.unlink()
    with pytest.raises(ImageMissingError, match="is missing"):
        baselines.find(accepted_fox)
    (item,) = baselines.find(accepted_fox, verify=False)
    with pytest.raises(ImageMissingError):
        baselines.load(item)
    path.mkdir()
    with pytest.raises(ImageMissingError, match="is a directory"):
        baselines.load(item)
    path.rmdir()
    (path.parent / "stray.png").write_bytes(b"x")
    assert [type(fault).__name__ for fault in baselines.verify()] == ["ImageMissingError", "StrayFileError"]


def test_no_baselines_at_all(tmp_path: Path) -> None:
    none = Baselines(tmp_path / "nowhere")
    assert none.find(TrialKey("s", "c")) == ()
    assert none.suites() == none.verify() == []
    assert not (tmp_path / "nowhere").exists()


def test_a_large_manifest_takes_less_memory_than_its_text(tmp_path: Path) -> None:
    """Measured as growth from 50 to 450 entries; a manifest parsed as a whole would take several times its text."""
    ref = ImageRef("", "0" * 64, "1" * 64, 8, 8, "PNG", {"phash": "f" * 16, "dhash": "e" * 16})
    environment = {f"package-{n}": f"{n}.{n}" for n in range(20)}
    sizes = []
    for count in (50, 450):
        trials = {}
        for number in range(count):
            key = TrialKey("suite", f"case-{number:04}", "base", 0)
            recipe = Recipe(Request(f"prompt {number} " * 5), Subject("p", "painter"))
            image = dataclasses.replace(ref, file=image_file(key, {}, 0, ".png"))
            trials[key] = (Accepted(image, recipe, "w", "t", "y", "r", "p", environment),)
        path = tmp_path / f"{count}.json"
        path.write_bytes(Manifest(path, "suite").changed(trials).dump())
        tracemalloc.start()
        manifest = Manifest.load(path, "suite")
        sizes.append((path.stat().st_size, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
        assert len(manifest) == count
    (small, small_peak), (large, large_peak) = sizes
    assert large_peak - small_peak < large - small


def test_who_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "LOGNAME": "login"}
    monkeypatch.setenv("LOGNAME", "login")
    assert whoami(env, tmp_path) == "login"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "user.name", "Grace Hopper"], check=True)
    assert whoami(env, tmp_path) == "Grace Hopper"
    assert whoami({"PATH": ""}, tmp_path) == "login"
    assert whoami(env | {"GIT_AUTHOR_NAME": "Ada"}, tmp_path) == "Ada"
    assert whoami(env | {"GIT_AUTHOR_NAME": "Ada", "HARNESS_USER": "CI bot"}, tmp_path) == "CI bot"
