"""What JSON has no form for: recorded as text with a note, in real runs, and never the end of one."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.ledger import iter_results, read_run
from harness.provider import Output
from harness.vocabulary import Verdict

SUITE = """\
suite: odd
providers:
  mine: {kind: KIND}
defaults: {provider: mine, size: 64x64, drift: {ssim: ">= 0.9"}}
cases:
  - {id: a, prompt: a red circle, seeds: [0, 1]}
"""

FUNCTION = """\
from PIL import Image, ImageDraw
def image(seed):
    if seed == 1:
        raise RuntimeError("the driver said \\ud800 and stopped")
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).ellipse((10, 10, 50, 50), "red")
    return image
"""

PROGRAM = """\
import sys
from PIL import Image, ImageDraw
seed, out = sys.argv[1:]
if seed == "1":
    sys.stderr.buffer.write(b"the driver said \\xff and stopped")
    sys.exit(1)
image = Image.new("RGB", (64, 64), "white")
ImageDraw.Draw(image).ellipse((10, 10, 50, 50), "red")
image.save(out)
"""

KINDS = {
    "python": '{kind: python, price: 0, function: "generate.py:image"}',
    "command": f'{{kind: command, price: 0, argv: ["{sys.executable}", program.py, "{{seed}}", "{{out}}"]}}',
}


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_character_in_an_error_fails_its_trial_and_no_other(kind: str, tmp_path: Path) -> None:
    (tmp_path / "generate.py").write_text(FUNCTION)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "suite.yaml").write_text(SUITE.replace("{kind: KIND}", KINDS[kind]))
    call = [sys.executable, "-m", "harness", "run", "suite.yaml"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode in (1, 3), done.stderr
    [folder] = (tmp_path / "reports").iterdir()
    assert read_run(folder).complete
    results = {result.key.seed: result for result in iter_results(folder)}
    assert results[0].outcome.verdict == Verdict.NEW
    assert results[0].notes is None
    assert results[1].outcome.verdict == Verdict.FAILED
    problem = results[1].outcome.reasons[0].data["problem"]
    assert "the driver said" in problem
    assert problem.isprintable()
    if kind == "python":
        assert [note.partition(":")[0] for note in results[1].notes or ()] == ["outcome.reasons[0].data.problem"]
    for line in (folder / "trials.jsonl").read_text("utf-8").splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(name))


def test_a_number_of_a_provider_that_is_not_finite_becomes_text_with_a_note() -> None:
    scheduler = {"class": "DPMSolver", "lambda_min_clipped": float("-inf"), "sigma": np.float32(0.5), "steps": (1, 2)}
    output = Output(b"", {"scheduler": scheduler, "driver": "\ud800", "tensor": object}, seconds=float("nan"))
    assert output.environment["scheduler"] == {**scheduler, "lambda_min_clipped": "-inf"}
    assert output.environment["driver"] == "\\ud800"
    assert output.seconds == 0.0
    assert [note.partition(":")[0] for note in output.notes] == [
        "seconds", "environment.scheduler.lambda_min_clipped", "environment.driver", "environment.tensor",
    ]  # fmt: skip


@pytest.mark.parametrize("cost", [10**400, 1e308, float("inf"), float("nan"), -1.0, "0.1", True])
def test_what_is_no_price_counts_as_unknown(cost: object) -> None:
    output = Output(b"", cost=cost)  # type: ignore[arg-type]
    assert output.cost is None
    assert [note.partition(":")[0] for note in output.notes] == ["cost"]


def test_a_price_counts_as_it_is() -> None:
    assert (Output(b"", cost=0.04).cost, Output(b"", cost=0).cost, Output(b"").cost) == (0.04, 0.0, None)
    assert Output(b"", {"a": [1, 2.5, None, "é"]}, cost=0.04).notes == ()
