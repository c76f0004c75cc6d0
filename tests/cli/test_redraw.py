"""What a person reads when trials failed, and when they are drawn again."""

import json
from collections.abc import Callable
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from harness.ledger import latest_run


def test_after_an_outage(
    project: Callable[..., Path], harness: Callable[..., object], snapshot: SnapshotAssertion
) -> None:
    program = project(seeds="0..2", options=", concurrency: 1") / "drawing.py"
    outage = '    if (HERE / "down").exists() and seed == 1:\n        raise OSError("the service is down")\n'
    program.write_text(program.read_text().replace('    if "slow" in prompt', outage + '    if "slow" in prompt'))
    Path("down").touch()
    assert harness("run", "suites/small.yaml") == snapshot(name="an outage")
    Path("down").unlink()
    assert harness("run", "suites/small.yaml", "--resume", "--redraw", "failed") == snapshot(name="drawn again")
    told = json.loads((latest_run(Path("reports")) / "run.json").read_text())
    assert (told["totals"], told["complete"]) == ({"new": 6}, True)
    assert harness("run", "suites/small.yaml", "--resume", "--redraw", "failed") == snapshot(name="nothing failed")
    assert harness("run", "suites/small.yaml", "--redraw", "failed") == snapshot(name="no run is named")
    assert harness("run", "suites/small.yaml", "--resume", "--redraw", "drift") == snapshot(name="these have pictures")
