import dataclasses
import json
import subprocess
import tempfile
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import __version__
from harness.baseline import (
    Accepted,
    BaselineImageError,
    Baselines,
    Ignore,
    Manifest,
    ManifestError,
    NameClashError,
    Selection,
    accept,
    whoami,
)
from harness.baseline.names import image_file
from harness.records import ImageRef, Recipe, Request, Subject, TrialKey, canonical_json

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
words = st.text(st.characters(codec="utf-8"), max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
digests = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
keys = st.builds(
    TrialKey, st.just("suite"), words.filter(bool), words.filter(bool), st.none() | st.integers(0, 2**64 - 1)
)


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
        text = manifest.dump()["manifest.json"]
        assert text.endswith(b"}\n")
        assert b"\r" not in text
        json.loads(text)
        path.write_bytes(text)
        again = Manifest.load(path, "suite")
        assert {key: by_profile(again.accepted(key)) for key in again.trials()} == {
            key: by_profile(items) for key, items in trials.items()
        }
        assert {key: again.ignored(key) for key in trials if again.ignored(key)} == ignored
        assert again.dump() == {"manifest.json": text}
        # Laid out otherwise by an editor, it says the same, and is written as before.
        path.write_text(
            json.dumps(json.loads(text), indent=data.draw(st.sampled_from([None, 1, 4])), ensure_ascii=False)
        )
        assert Manifest.load(path, "suite").dump() == {"manifest.json": text}


@settings(max_examples=30, deadline=None)
@given(contents(), st.data())
def test_a_change_of_one_profile_leaves_the_bytes_of_all_other_entries(trials, data: st.DataObject) -> None:
    manifest = built(Path("manifest.json"), trials)
    if manifest is None or not trials:
        return
    key = data.draw(st.sampled_from(sorted(trials, key=str)))
    profile = trials[key][0].profile
    now = tuple(dataclasses.replace(item, why="another") if item.profile == profile else item for item in trials[key])
    now = now if data.draw(st.booleans()) else tuple(item for item in now if item.profile != profile)
    before, after = (entries(each.dump()) for each in (manifest, manifest.changed({key: now})))
    own = (key, canonical_json(profile))
    assert {name: text for name, text in before.items() if name != own} == {
        name: text for name, text in after.items() if name != own
    }
    assert before[own] != after.get(own)


def by_profile(items: tuple[Accepted, ...]) -> list[tuple[str, Accepted]]:
    """Profile by profile, each in its own order."""
    return sorted(((canonical_json(item.profile), item) for item in items), key=lambda pair: pair[0])


def entries(files: dict[str, bytes]) -> dict[tuple[TrialKey, str], str]:
    """The text of each entry as it stands in the file."""
    found: dict[tuple[TrialKey, str], str] = {}
    current: list[str] = []
    for line in files["manifest.json"].decode().split("\n"):
        if line == "    {":
            current = [line]
        elif line in ("    }", "    },") and current:
            value = json.loads("\n".join([*current, "}"]))
            key = TrialKey("suite", value["case"], value["variant"], value.get("seed"))
            found[key, canonical_json(value.get("profile", {}))] = "\n".join(current)
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
    assert lines[:7] == [
        "{",
        '  "format": 2,',
        f'  "version": "{__version__}",',
        '  "suite": "quickstart",',
        '  "trials": [',
        "    {",
        '      "case": "fox",',
    ]
    assert '            "file": "quickstart/fox/base-s0.png",' in lines
    assert lines[-2:] == ["}", ""]


@pytest.mark.parametrize(
    ("edit", "words", "line"),
    [
        (lambda text: text.replace('"fox', '"owl'), "is listed twice", True),
        (lambda text: text[:-40], "is not JSON", True),
        (lambda text: text.replace('  "trials"', "<<<<<<< HEAD\n"), "merge conflict", True),
        (lambda text: text + "x", "is not JSON", True),
        (lambda _: "[]", "Expected `object`", False),
        (lambda _: "{}", "has format 1, written by image-harness 0.1.0 or earlier; version", False),
        (lambda _: "", "is not JSON", True),
        (lambda text: text.replace('"format": 2', '"format": 3'), "has format 3, written by image-harness", True),
        (lambda text: text.replace('"suite": "quickstart"', '"suite": "other"'), "belongs to the suite 'other'", True),
        (lambda text: text.replace('"trials"', '"trails"'), "unknown field `trails`", False),
        (lambda text: text.replace('"trials": [', '"trials": [],\n  "trials": [', 1), "is listed twice", False),
        (lambda text: text.replace('"width": 8', '"width": "8"', 1), r"fox/base-s0.*accepted\[0\].image.width", True),
        (lambda text: text.replace('"height": 8', '"heigth": 8', 1), r"missing required field `height`", True),
        (
            lambda text: text.replace("quickstart/fox/base-s0.png", "quickstart/../../x.png"),
            r"at `\$\.accepted\[0\]\.image\.file`",
            True,
        ),
        (
            lambda text: text.replace("quickstart/fox/base-s0.png", "/etc/passwd"),
            r"at `\$\.accepted\[0\]\.image\.file`",
            True,
        ),
        (
            lambda text: text.replace("quickstart/fox/base-s0.png", "quickstart\\\\x.png"),
            "is not a file in the folder",
            True,
        ),
        (
            lambda text: text.replace("quickstart/fox/base-s0.png", "quickstart/log.jsonl"),
            "is not a file in the folder",
            True,
        ),
        (lambda text: text.replace("quickstart/owl", "quickstart/Fox"), "would share the file", False),
        (lambda text: text.replace('"accepted": [', '"accepted": [],"old": [', 1), "holds no image", True),
        (lambda text: text.replace('"accepted"', '"acepted"', 1), "accepted: holds no image", True),
        (
            lambda text: text.replace('"file_digest": "', '"file_digest": "x', 1),
            r"at `\$\.accepted\[0\]\.image\.file_digest`",
            True,
        ),
        (lambda text: text.replace('"case": "fox"', '"case": 3'), "Expected `str`, got `int`", True),
        (
            lambda text: text.replace('"phash": "ff00"', '"phash": "ff00", "phash": "00"', 1),
            "is listed twice",
            True,
        ),
        (lambda _: "[" * 100_000, "recursion|is not JSON|Expected", False),
        (lambda text: text.replace('"trials": [', '"trials": {', 1), "is not JSON", True),
        (lambda _: '{"format": 2, "suite": "quickstart", "trials": {}}', r"Expected `array`.*\$.trials", False),
        (lambda _: '{"format": 2, "suite": "quickstart", "trials": [3]}', r"trials\[0\]: Expected", True),
        (
            lambda _: '{"format": 1, "suite": "quickstart", "trials": {"a/b-s0": {}}}',
            "has format 1, written by .*; version .* reads format 2",
            False,
        ),
        (
            lambda text: text.replace('  "trials"', '  "ignored": [{"case": "fox"}],\n  "trials"'),
            r"ignored\[0\]: .*missing required field `variant`",
            True,
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
    assert (
        "install"
        if "format 3" in words
        else "or accept its images again"
        if "format 1" in words
        else f"git checkout -- {path}"
    ) in caught.value.hint
    if line:
        assert caught.value.line is not None
        assert caught.value.line <= after.count("\n") + 1
    assert Baselines(baselines.root).verify()


def test_a_missing_or_altered_image_is_never_a_silent_pass(baselines: Baselines, accepted_fox: TrialKey) -> None:
    path = baselines.root / "quickstart/fox/base-s0.png"
    owl = TrialKey("quickstart", "owl", "base", 0)
    path.write_bytes(b"retouched")
    with pytest.raises(BaselineImageError, match="of quickstart/fox/base-s0 was altered") as caught:
        baselines.find(accepted_fox)
    assert f"git checkout -- {path}" in caught.value.hint
    assert baselines.find(owl)
    path.write_bytes(POINTER)
    with pytest.raises(BaselineImageError, match="is a Git LFS pointer") as caught:
        baselines.find(accepted_fox)
    assert "git lfs pull" in caught.value.hint
    path.unlink()
    with pytest.raises(BaselineImageError, match="is missing"):
        baselines.find(accepted_fox)
    (item,) = baselines.find(accepted_fox, verify=False)
    with pytest.raises(BaselineImageError):
        baselines.load(item)
    path.mkdir()
    with pytest.raises(BaselineImageError, match="is a directory"):
        baselines.load(item)
    path.rmdir()
    (path.parent / "stray.png").write_bytes(b"x")
    assert [type(fault).__name__ for fault in baselines.verify()] == ["BaselineImageError", "StrayFileError"]
    assert all(str(fault.path) in str(fault) for fault in baselines.verify())


def test_no_baselines_at_all(tmp_path: Path) -> None:
    none = Baselines(tmp_path / "nowhere")
    assert none.find(TrialKey("s", "c")) == ()
    assert none.suites() == none.verify() == []
    assert not (tmp_path / "nowhere").exists()


def memory_of_loading(path: Path) -> tuple[int, int, int]:
    """Bytes of the text, of the manifest once it is read, and at most while it is read."""
    Manifest.load(path, "suite")  # what is imported and compiled once does not count
    tracemalloc.start()
    manifest = Manifest.load(path, "suite")
    sizes = path.stat().st_size, *tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(manifest)
    return sizes


def test_a_large_manifest_takes_less_memory_than_its_text(tmp_path: Path) -> None:
    """Measured as growth from 50 to 450 entries, once it is read; while it is read, its text is there too.

    In a process of its own: in one with many interned strings their table may grow by megabytes at any name of a file.
    """
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
        path.write_bytes(Manifest(path, "suite").changed(trials).dump()["manifest.json"])
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            sizes.append(process.submit(memory_of_loading, path).result())
    (small, small_held, small_peak), (large, large_held, large_peak) = sizes
    assert large_held - small_held < 0.5 * (large - small)
    assert large_peak - small_peak < 1.6 * (large - small)


def test_above_5000_images_it_lies_in_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.baseline.manifest.MOST", 40)
    trials = {}
    for number in range(60):
        key = TrialKey("suite", f"case-{number:03}", "base", 0)
        image = ImageRef(image_file(key, {}, 0, ".png"), f"{number:064x}", "1" * 64, 8, 8, "PNG")
        trials[key] = (Accepted(image, Recipe(Request("x"), Subject("p", "painter")), "w", "t", "y", "r", "p"),)
    path = tmp_path / "manifest.json"
    few = Manifest(path, "suite").changed(dict(list(trials.items())[:30]))
    few.write(Manifest(path, "suite"))
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]
    many = few.changed(trials)
    many.write(few)
    parts = sorted(file.name for file in tmp_path.glob("manifest-?.json"))
    assert len(parts) > 8
    again = Manifest.load(path, "suite")
    assert {key: again.accepted(key) for key in again.trials()} == trials
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    [first, *rest] = trials
    one = again.changed({first: ()})
    one.write(again)
    after = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert len([name for name in before if after[name] != before[name]]) == 1
    # What a kill leaves while it is split: the entries of one file stand in manifest.json too.
    few.split = False
    path.write_bytes(few.dump()["manifest.json"].replace(b'"case-000"', b'"case-zzz"'))
    assert len(Manifest.load(path, "suite")) == 60
    path.write_bytes(path.read_bytes().replace(b'"y"', b'"otherwise"'))
    with pytest.raises(ManifestError, match="listed twice"):
        Manifest.load(path, "suite")
    path.write_bytes(after["manifest.json"])
    left = one.changed(dict.fromkeys(rest[:45], ()))
    left.write(one)
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]
    assert len(Manifest.load(path, "suite")) == 14


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
