"""Two levels of the CPU as two profiles: the same program with and without the wider instructions of numpy."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy._core import _multiarray_umath as umath

from harness.ledger import find_run, iter_results
from harness.vocabulary import Code
from tests.cli.conftest import Harness

PROGRAM = """
import sys
import numpy as np
from PIL import Image

seed, size, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
noise = np.random.default_rng(seed).standard_normal((size, size), dtype=np.float32)
line = np.linspace(0, 6, size, dtype=np.float32)
field = np.sin(np.outer(line, line) + np.float32(0.2) * noise)
for _ in range(22):
    # a chaotic map: the last bits of float32 grow until they are seen
    field = np.sin(field * np.float32(3.1) + np.exp(-np.abs(field)) + np.float32(0.1) * noise.mean(axis=0))
image = np.clip((field + 1) * 127.5, 0, 255).astype(np.uint8)
Image.fromarray(np.stack([image, np.roll(image, 3, 0), 255 - image], -1)).save(out)
"""
SUITE = """
suite: levels
provider: numpy
providers:
  numpy:
    kind: command
    argv: ["{python}", make.py, "{{seed}}", "{{width}}", "{{out}}"]
    env: [NPY_DISABLE_CPU_FEATURES]
    price: 0
    promise: exact-per-environment
defaults: {{size: 128x128, seeds: 0, profile: [cpu]}}
cases:
  - {{id: waves, prompt: waves of sines}}
"""
WIDER = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]


@pytest.mark.skipif(not WIDER, reason="this CPU has no instructions beyond those that numpy needs")
def test_two_levels_are_two_profiles(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("make.py").write_text(PROGRAM)
    Path("levels.yaml").write_text(SUITE.format(python=sys.executable))
    accept = ("accept", "latest", "--reason", "test", "--unproven")
    runs = []
    harness("run", "levels.yaml", "--env", "cpu=wide")
    harness(*accept)
    assert harness("run", "levels.yaml", "--env", "cpu=wide").code == 0
    runs.append(str(find_run(Path("reports"), "latest")))
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", " ".join(WIDER))
    harness("run", "levels.yaml", "--env", "cpu=wide")
    (lied,) = iter_results(find_run(Path("reports"), "latest"))
    if lied.outcome.verdict == "identical":
        pytest.skip(f"numpy {np.__version__} computes the same with and without {WIDER} here")
    assert lied.outcome.reasons[0].code == Code.ENVIRONMENT_CHANGED
    (changed,) = lied.outcome.reasons[0].data["differences"]
    assert changed["path"] == "process.variables.NPY_DISABLE_CPU_FEATURES"
    assert changed["after"] == " ".join(WIDER)
    harness("run", "levels.yaml", "--env", "cpu=narrow")
    harness(*accept)
    assert harness("run", "levels.yaml", "--env", "cpu=narrow").code == 0
    runs.append(str(find_run(Path("reports"), "latest")))
    across = json.loads(harness("report", "--json", "--across", "profile", *runs).out)
    assert across["profiles"] == [{"cpu": "wide"}, {"cpu": "narrow"}]
    wide, narrow = across["rows"][0]["cells"]
    assert (wide["verdict"], narrow["verdict"]) == ("identical", "identical")
    assert narrow["distance"]["measurements"]["changed"]["value"] > 0
