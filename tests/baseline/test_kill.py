import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.baseline import Baselines, Selection, accept, changing, read_log, writing
from harness.records import TrialKey

ACCEPTER = """
import itertools, sys
from pathlib import Path
from harness.baseline import Baselines, Selection, accept
baselines = Baselines(sys.argv[1])
print("ready", flush=True)
for run in itertools.cycle(sys.argv[2:]):
    accept(baselines, Path(run), Selection(), reason="turn", who="nobody")
"""


def test_kill_at_random_moments_leaves_baselines_that_can_be_read(baselines: Baselines, new_run) -> None:
    cases = [f"case-{number}" for number in range(6)]
    runs = {}
    for content in ("left", "right"):
        run = new_run()
        for case in cases:
            run.add(case, content=f"{content} {case}", verdict="drift")
        runs[content] = run.folder
    accept(baselines, runs["left"], Selection(), reason="first", who="Ada")
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    chance = random.Random(11)
    states = set()
    for _ in range(6):
        accepter = subprocess.Popen(
            [sys.executable, "-c", ACCEPTER, str(baselines.root), *map(str, runs.values())],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        assert accepter.stdout.readline() == "ready\n", accepter.stderr.read()
        time.sleep(chance.uniform(0.02, 0.25))
        os.kill(accepter.pid, signal.SIGKILL)
        accepter.wait()
        assert accepter.stderr.read() == ""
        accepter.stdout.close()
        accepter.stderr.close()
        reader = Baselines(baselines.root)
        assert reader.verify() == []
        held = {reader.load(reader.find(TrialKey("quickstart", case, "base", 0))[0]).split()[0] for case in cases}
        assert len(held) == 1, "a manifest is changed as a whole"
        states |= held
        list(read_log(baselines.root / "quickstart" / "log.jsonl"))
    for folder in runs.values():
        accept(baselines, folder, Selection(), reason="last", who="Ada")
    assert baselines.verify() == []
    left = {path.name for path in Path(baselines.root).rglob("*") if path.is_file() and ".replaced" not in path.parts}
    assert left == {"manifest.json", "log.jsonl", "base-s0.png"}
    assert states <= {b"left", b"right"}


def test_the_next_writer_settles_what_a_kill_left(baselines: Baselines, new_run, files, monkeypatch) -> None:
    run = new_run()
    key = run.add(content="first")
    accept(baselines, run.folder, Selection(), reason="first", who="Ada")
    again = new_run()
    again.add(content="second", verdict="drift")

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writing, "_into_place", killed)
        with pytest.raises(KeyboardInterrupt):
            accept(baselines, again.folder, Selection(), reason="second", who="Ada")
    stray = baselines.root / "quickstart" / "fox" / "other.png.pending"
    stray.write_bytes(b"never named")
    baselines.clear_cache()
    assert [baselines.load(item) for item in baselines.find(key)] == [b"second"]
    assert files()["quickstart/fox/base-s0.png"] == b"first"
    with changing(baselines, "quickstart"):
        assert {name: data for name, data in files().items() if "fox" in name} == {
            "quickstart/fox/base-s0.png": b"second"
        }
    assert baselines.verify() == []
