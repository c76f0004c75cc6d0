"""Images of tests: what is known of the process is recorded, and named where it changed."""

from pathlib import Path

import pytest

from harness.ledger import find_run, iter_results
from harness.records import PROCESS, TrialResult
from harness.vocabulary import Code
from tests.pytest_plugin.running import pytest_run

TEST = """
from pathlib import Path
import numpy as np

def test_dot(image_harness):
    image = np.zeros((16, 16, 3), np.uint8)
    image[4:9, 4:9] = int(Path("level").read_text())
    image_harness.check(image)
"""


def latest() -> TrialResult:
    (result,) = iter_results(find_run(Path("reports"), "latest"))
    return result


def test_the_process_is_recorded_and_named_as_the_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("test_it.py").write_text(TEST)
    Path("level").write_text("200")
    pytest_run("--harness-update", "missing", OMP_NUM_THREADS="1")
    process = latest().environment[PROCESS]
    assert process["variables"]["OMP_NUM_THREADS"] == "1"
    assert process["packages"]["numpy"]
    Path("level").write_text("90")
    pytest_run(OMP_NUM_THREADS="1")
    assert Code.IMAGES_DIFFER in [reason.code for reason in latest().outcome.reasons]
    pytest_run(OMP_NUM_THREADS="2")
    reason = latest().outcome.reasons[0]
    assert reason.code == Code.ENVIRONMENT_CHANGED
    assert [one["path"] for one in reason.data["differences"]] == ["process.variables.OMP_NUM_THREADS"]
