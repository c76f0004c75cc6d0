import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from harness.generation import Cache, Generated, SharedFolder
from harness.records import Recipe, Trial
from tests.generation.conftest import Pen, generate_all, png, trial


def cache_in(folder: Path, identity: object = None) -> Cache:
    return Cache(folder, lambda _recipe: {} if identity is None else identity)  # type: ignore[arg-type, return-value]


def run(trials: list[Trial], pen: Pen, cache: Cache) -> list[Generated]:
    results = list(generate_all(trials, {"pen": pen}, share=True, cache=cache))
    assert all(isinstance(r, Generated) for r in results)
    return [r for r in results if isinstance(r, Generated)]


def test_a_second_run_takes_its_images_from_the_cache(pen: Pen, tmp_path: Path) -> None:
    trials = [trial(seed=i, case=f"c{i}") for i in range(5)]
    first = {r.trial.key: r.generated for r in run(trials, pen, cache_in(tmp_path))}
    cache = cache_in(tmp_path)
    second = {r.trial.key: r.generated for r in run(trials, pen, cache)}
    assert (cache.hits, cache.stored, pen.generated["a fox"]) == (5, 0, 5)
    for key, generated in second.items():
        assert (generated.source, generated.cost, generated.seconds) == ("cache", 0.0, 0.0)
        assert (generated.data, generated.environment) == (first[key].data, first[key].environment)
    assert cache.shelf.size().entries == 5
    assert (tmp_path / ".gitignore").read_text() == "*\n", "a cache is not committed"
    assert cache.shelf.size().bytes > sum(len(generated.data) for generated in first.values())


def test_what_changes_the_image_is_no_hit(pen: Pen, tmp_path: Path) -> None:
    run([trial()], pen, cache_in(tmp_path))
    for other in (trial("a cat"), trial(seed=1), trial(quality="hd")):
        run([other], pen, cache_in(tmp_path))
    run([trial()], pen, cache_in(tmp_path, {"files": {"generate.sh": "other bytes"}}))
    assert pen.generated.total() == 5


def test_unseeded_repeated_junk_and_replayed_images_are_not_kept(pen: Pen, tmp_path: Path) -> None:
    run([trial(seed=None), trial(repeat=1), trial("junk"), trial(case="d")], pen, cache_in(tmp_path))
    assert [entry["recipe"]["request"]["prompt"] for _, entry in SharedFolder(tmp_path).entries()] == ["a fox"]
    run([trial(repeat=1)], pen, cache := cache_in(tmp_path))
    assert cache.hits == 0


def test_what_an_adapter_does_not_want_kept_is_generated(pen: Pen, tmp_path: Path) -> None:
    cache = Cache(tmp_path, lambda _recipe: None)
    run([trial()], pen, cache)
    run([trial()], pen, cache)
    assert pen.generated["a fox"] == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["image", "cut image", "no image", "entry", "cut entry", "other entry"])
def test_a_damaged_entry_is_generated_anew(pen: Pen, tmp_path: Path, damage: str) -> None:
    run([trial()], pen, cache_in(tmp_path))
    [image] = tmp_path.glob("images/*")
    [entry] = tmp_path.glob("entries/*/*.json")
    if damage == "image":
        image.write_bytes(png(99))
    elif damage == "cut image":
        image.write_bytes(image.read_bytes()[:20])
    elif damage == "no image":
        image.unlink()
    elif damage == "entry":
        entry.write_text(entry.read_text().replace("m-1", "m-2"))
    elif damage == "cut entry":
        entry.write_bytes(entry.read_bytes()[:50])
    else:
        entry.write_text(json.dumps({"generated": 3}))
    cache = cache_in(tmp_path)
    [result] = run([trial()], pen, cache)
    assert (result.generated.source, result.generated.data) == ("generated", png(0))
    assert (cache.corrupt, cache.hits, cache.stored) == (1, 0, 1)
    assert run([trial()], pen, cache_in(tmp_path))[0].generated.source == "cache"


def test_a_cache_that_cannot_be_written_loses_no_image(pen: Pen, tmp_path: Path) -> None:
    (tmp_path / "entries").write_text("in the way")
    cache = cache_in(tmp_path)
    [result] = run([trial()], pen, cache)
    assert result.generated.source == "generated"
    assert "the cache keeps nothing" in cache.problem


WORKER = """\
    import sys
    from pathlib import Path
    from harness.generation import Cache
    from tests.generation.conftest import Pen, generate_all, trial

    cache = Cache(Path(sys.argv[1]), lambda _recipe: {})
    rounds = int(sys.argv[2])
    print("ready", flush=True)
    for turn in range(rounds):
        trials = [trial(seed=seed, case=f"c{seed}") for seed in range(turn % 7, 40)]
        for result in generate_all(trials, {"pen": Pen()}, share=True, cache=cache):
            assert result.generated.data, result
    assert not cache.problem, cache.problem
    print(cache.hits, cache.stored, cache.corrupt)
"""


def worker(folder: Path, rounds: int) -> "subprocess.Popen[str]":
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", textwrap.dedent(WORKER), str(folder), str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=root)


def test_two_processes_share_a_folder(tmp_path: Path, pen: Pen) -> None:
    both = [worker(tmp_path, 4) for _ in range(2)]
    reported = [process.communicate(timeout=60)[0].split()[1:] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(corrupt == "0" for _, _, corrupt in reported)
    cache = cache_in(tmp_path)
    run([trial(seed=seed, case=f"c{seed}") for seed in range(40)], pen, cache)
    assert (cache.hits, pen.generated.total()) == (40, 0)


def test_a_kill_leaves_whole_entries_or_none(tmp_path: Path, pen: Pen) -> None:
    for wait in (0.0, 0.01, 0.03):
        process = worker(tmp_path, 1000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL
    cache = cache_in(tmp_path)
    results = run([trial(seed=seed, case=f"c{seed}") for seed in range(40)], pen, cache)
    assert cache.corrupt == 0
    assert {r.trial.key.seed: r.generated.data for r in results} == {seed: png(seed) for seed in range(40)}
    for left in tmp_path.rglob(".*.tmp"):
        os.utime(left, (0, 0))
    cache.shelf.size()
    assert not list(tmp_path.rglob(".*.tmp"))


def test_identity_is_asked_once_for_each_subject(pen: Pen, tmp_path: Path) -> None:
    asked: list[Recipe] = []
    cache = Cache(tmp_path, lambda recipe: asked.append(recipe) or {})  # type: ignore[func-returns-value]
    run([trial(seed=i, case=f"c{i}") for i in range(6)], pen, cache)
    run([trial(quality="hd")], pen, cache)
    assert len(asked) == 2
